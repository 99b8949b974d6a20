"""Automatic sources of veto items (否决项): one function per source, named by `Veto.source`.

Each takes the staff of a region or an institution on a day and gives the facts it found, per institution.
Facts only propose: what is in force is decided by people (PIPL art. 24), in `rating.confirm_veto` or, for a ban, by
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

from lms.registry.models import Filing, Post, PostKind, PostState
from reports import rules, staffing
from reports.metrics import Staff, scope_of
from reports.metrics.staff import OnPost

#: A fact as it is kept: `key` tells it from every other, `code` is a FactCode; who, as what, and the day that decides.
Fact = dict[str, Any]
Found = dict[UUID, list[Fact]]
Source = Callable[[Staff], Found]


class FactCode(models.TextChoices):
    """What was found, in a sentence."""

    BARRED = "barred", _("Barred for life and on post.")
    CHECK_MISSING = "check_missing", _("No no-crime check on record.")
    CHECK_OLD = "check_old", _("The last no-crime check is more than a year old.")
    HEALTH_MISSING = "health_missing", _("No health certificate on record.")
    HEALTH_EXPIRED = "health_expired", _("The health certificate has expired.")
    NOT_FILED = "not_filed", _("The institution has not completed its filing.")
    STAFF_SHORT = "staff_short", _("Too few staff for the children of a class.")
    CLASS_TOO_LARGE = "class_too_large", _("More children in a class than allowed.")
    REPORTED = "reported", _("Reported by an officer.")


#: Volunteers and interns need the no-crime check, not the health certificate (domain §3).
NO_HEALTH_CERTIFICATE = (PostKind.VOLUNTEER, PostKind.INTERN)
OFF_DUTY = (PostState.LEAVE, PostState.SUSPENDED)


def barred_on_post(staff: Staff) -> Found:
    """People on post on the day or later while a ban on them stands, by what is known now.

    Whoever left no later than the day the ban was confirmed was dismissed at once, as the law asks.
    """
    found: Found = defaultdict(list)
    at = scope_of(staff.region, staff.institution, "institution__")
    posts = Post.objects.filter(at, person__bans__confirmed_at__isnull=False, person__bans__annulled_at__isnull=True)
    for pk, person, name, site, kind, ended, ban, confirmed in posts.order_by("pk", "person__bans").values_list(
        *("pk", "person_id", "person__name", "institution_id", "kind", "ended_on"),
        *("person__bans", "person__bans__confirmed_at"),
    ):
        since = timezone.localdate(confirmed)
        if ended is None or ended > max(since, staff.on):
            fact = _fact(FactCode.BARRED, f"{ban}:{pk}", person, name, kind, since)
            found[site].append(fact | {"left": _iso(ended)})
    return found


def checks_missing(staff: Staff) -> Found:
    """Everybody on post, volunteers too, without a no-crime check within the year before the day (art. 62)."""
    found: Found = defaultdict(list)
    for row in staff.rows:
        checked = row.no_crime_checked_on
        if checked is None or checked > staff.on:
            found[row.institution_id].append(_of(row, FactCode.CHECK_MISSING, None))
        elif checked < rules.year_before(staff.on):
            found[row.institution_id].append(_of(row, FactCode.CHECK_OLD, checked))
    return found


def health_invalid(staff: Staff) -> Found:
    """Staff on duty whose health certificate is missing or over; on leave or suspended is not on duty."""
    found: Found = defaultdict(list)
    for row in staff.rows:
        until = row.health_expires_on
        on_duty = row.state not in OFF_DUTY and row.kind not in NO_HEALTH_CERTIFICATE
        if on_duty and (until is None or until < staff.on):
            code = FactCode.HEALTH_EXPIRED if until else FactCode.HEALTH_MISSING
            found[row.institution_id].append(_of(row, code, until))
    return found


def not_filed(staff: Staff) -> Found:
    """Institutions whose filing (备案) is not complete now; the register keeps no history of it."""
    return {
        pk: [{"key": f"{FactCode.NOT_FILED.value}:{site.filing}", "code": FactCode.NOT_FILED.value}]
        for pk, site in staff.sites.items()
        if site.filing != Filing.FILED
    }


def ratio_breach(staff: Staff) -> Found:
    """Classes with too few staff on duty that day for their children, or with too many children (domain 2.7)."""
    found: Found = defaultdict(list)
    monitor = staffing.Staffing(first=staff.on, region=staff.region, institution=staff.institution)
    for row in monitor.on(staff.on):
        numbers = {"group": row.group.name, "children": row.children, "needed": row.needed, "present": str(row.present)}
        for code, breach in ((FactCode.STAFF_SHORT, row.short), (FactCode.CLASS_TOO_LARGE, row.over)):
            if breach:
                key = f"{code.value}:{row.group.pk}"
                found[row.group.institution_id].append({"key": key, "code": code.value} | numbers)
    return found


SOURCES: dict[str, Source] = {
    "barred_on_post": barred_on_post,
    "checks_missing": checks_missing,
    "health_invalid": health_invalid,
    "not_filed": not_filed,
    "ratio_breach": ratio_breach,
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


def _of(row: OnPost, code: FactCode, day: date | None) -> Fact:
    return _fact(code, str(row.post_id), row.person_id, row.name, row.kind, day)


def _fact(code: FactCode, key: str, person: UUID, name: str, post: str, day: date | None) -> Fact:
    return {
        "key": f"{code.value}:{key}",
        "code": code.value,
        "person": str(person),
        "name": name,
        "post": post,
        "day": _iso(day),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
