"""Automatic sources of veto items (否决项): one function per source, named by `Veto.source`.

Each reads all institutions of a scope at once and gives the facts it found, per institution. Facts only
propose: what is in force is decided by people (PIPL art. 24), in `rating.confirm_veto` or, for a ban, by
the two officers who decided the ban.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.registry.models import Ban, Filing, Institution, Post, PostKind, PostState
from reports import rules
from reports.indicators import Scope

#: A fact as it is kept: `key` tells it from every other, `code` is a FactCode; who, as what, and the day that decides.
Fact = dict[str, Any]
Found = dict[UUID, list[Fact]]
Source = Callable[[Scope, date], Found]


class FactCode(models.TextChoices):
    """What was found, in a sentence."""

    BARRED = "barred", _("Barred for life and on post.")
    CHECK_MISSING = "check_missing", _("No no-crime check on record.")
    CHECK_OLD = "check_old", _("The last no-crime check is more than a year old.")
    HEALTH_MISSING = "health_missing", _("No health certificate on record.")
    HEALTH_EXPIRED = "health_expired", _("The health certificate has expired.")
    NOT_FILED = "not_filed", _("The institution has not completed its filing.")
    REPORTED = "reported", _("Reported by an officer.")


#: Volunteers and interns need the no-crime check, not the health certificate (domain §3).
NO_HEALTH_CERTIFICATE = (PostKind.VOLUNTEER, PostKind.INTERN)
OFF_DUTY = (PostState.LEAVE, PostState.SUSPENDED)


def barred_on_post(scope: Scope, on: date) -> Found:
    """People on post at or after `on` while a ban on them stands, by what is known now.

    Whoever left no later than the day the ban was confirmed was dismissed at once, as the law asks.
    """
    found: Found = defaultdict(list)
    people = Post.objects.filter(scope.at("institution__")).values("person_id")
    bans: dict[UUID, list[Ban]] = defaultdict(list)
    for ban in Ban.objects.standing().filter(person__in=people):
        bans[ban.person_id].append(ban)
    for post in (
        Post.objects.filter(scope.at("institution__"), person__in=list(bans)).select_related("person").order_by("pk")
    ):
        for ban in bans[post.person_id]:
            assert ban.confirmed_at is not None
            since = timezone.localdate(ban.confirmed_at)
            if post.ended_on is None or post.ended_on > max(since, on):
                fact = _fact(FactCode.BARRED, f"{ban.pk}:{post.pk}", post, since)
                found[post.institution_id].append(fact | {"left": _iso(post.ended_on)})
    return found


def checks_missing(scope: Scope, on: date) -> Found:
    """Everybody on post on `on`, volunteers too, without a no-crime check within the year before (art. 62)."""
    found: Found = defaultdict(list)
    for post in _posts(scope, on).exclude(no_crime_checked_on__gte=rules.year_before(on), no_crime_checked_on__lte=on):
        checked = post.no_crime_checked_on
        missing = checked is None or checked > on
        code = FactCode.CHECK_MISSING if missing else FactCode.CHECK_OLD
        found[post.institution_id].append(_fact(code, str(post.pk), post, None if missing else checked))
    return found


def health_invalid(scope: Scope, on: date) -> Found:
    """Staff on duty on `on` whose health certificate is missing or over; on leave or suspended is not on duty."""
    found: Found = defaultdict(list)
    on_duty = _posts(scope, on).exclude(state__in=OFF_DUTY).exclude(kind__in=NO_HEALTH_CERTIFICATE)
    for post in on_duty.exclude(health_expires_on__gte=on):
        code = FactCode.HEALTH_EXPIRED if post.health_expires_on else FactCode.HEALTH_MISSING
        found[post.institution_id].append(_fact(code, str(post.pk), post, post.health_expires_on))
    return found


def not_filed(scope: Scope, on: date) -> Found:
    """Institutions whose filing (备案) is not complete now; the register keeps no history of it."""
    pending = Institution.objects.filter(scope.at()).exclude(filing=Filing.FILED)
    return {
        pk: [{"key": f"filing:{filing}", "code": FactCode.NOT_FILED.value}]
        for pk, filing in pending.values_list("pk", "filing")
    }


SOURCES: dict[str, Source] = {
    "barred_on_post": barred_on_post,
    "checks_missing": checks_missing,
    "health_invalid": health_invalid,
    "not_filed": not_filed,
}


def reported(note: str) -> Fact:
    """The fact behind a veto that no source can see: what an officer says of it."""
    return {"key": "reported", "code": FactCode.REPORTED.value, "note": note}


def sentence(fact: Fact) -> str | Promise:
    """What a fact says, for people."""
    return FactCode(fact["code"]).label


def bars(fact: Fact) -> bool:
    """Decided already by the two officers of a ban, so that it counts at once."""
    return bool(fact["code"] == FactCode.BARRED)


def on_post(fact: Fact, day: date) -> bool:
    """Whether the person behind a fact is still on post on `day`."""
    return fact.get("left") is None or date.fromisoformat(fact["left"]) > day


def _posts(scope: Scope, on: date) -> "models.QuerySet[Post]":
    return (
        Post.objects.on(on)
        .filter(scope.at("institution__"))
        .select_related("person")
        .order_by("person__sort_key", "pk")
    )


def _fact(code: FactCode, key: str, post: Post, day: date | None) -> Fact:
    return {
        "key": f"{code.value}:{key}",
        "code": code.value,
        "person": str(post.person_id),
        "name": post.person.name,
        "post": post.kind,
        "day": _iso(day),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
