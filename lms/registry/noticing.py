"""Telling people what concerns them: a notice on their desk, and a mail where they have an address.

A notice keeps a code and its facts, never a sentence, so that it is read in the reader's language. Every
room adds the sentences of its codes to `WORDINGS`. The unique key makes telling somebody twice impossible,
so whoever tells needn't know what was told before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import formats, timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.registry.models import Institution, Membership, Notice, Region, Role, User


@dataclass(frozen=True)
class Wording:
    """The sentence of one code: %(name)s stands for what the context holds under that name."""

    text: str | Promise
    #: Names whose values are days ("2026-03-05") and are shown as such.
    days: tuple[str, ...] = ()
    #: Names whose values are members of these choices and are shown by their labels.
    choices: Mapping[str, type[models.TextChoices]] = field(default_factory=dict)


#: The wording of every code; each room adds its own in its AppConfig.ready.
WORDINGS: dict[str, Wording] = {}


@dataclass(frozen=True)
class News:
    """One thing to tell one account. `key` names the fact (e.g. post, paper and day), not the reader."""

    user: User
    code: str
    key: str
    context: Mapping[str, str | int] = field(default_factory=dict)
    path: str = ""


def tell(user: User, code: str, key: str, context: Mapping[str, str | int] | None = None, path: str = "") -> bool:
    """Tell one account one thing once: False when it was told this `key` before.

    `context` holds what the sentence of `code` needs, without ID numbers and phones; `path` leads to where
    something can be done about it.
    """
    return tell_all([News(user, code, key, context or {}, path)]) == 1


def tell_all(news: Iterable[News]) -> int:
    """Tell many things to many accounts; how many had not been told before."""
    rows = {}
    for item in news:
        if item.code not in WORDINGS:
            raise LookupError(f"No wording for notices of code {item.code!r}")
        row = Notice(
            to=item.user,
            key=f"{item.user.pk}:{item.code}:{item.key}",
            code=item.code,
            context=dict(item.context),
            path=item.path,
        )
        rows[row.key] = row
    known = Notice.objects.filter(key__in=list(rows)).values_list("key", flat=True)
    fresh = [row for key, row in rows.items() if key not in set(known)]
    Notice.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    return len(fresh)


def managers(institutions: Iterable[Institution]) -> dict[Any, list[User]]:
    """Institution's key → the accounts that manage it now."""
    found: dict[Any, list[User]] = {}
    rows = Membership.objects.current().filter(role=Role.INSTITUTION_MANAGER, institution__in=list(institutions))
    for row in rows:
        found.setdefault(row.institution_id, []).append(row.user)
    return found


def officers(region: Region) -> list[User]:
    """The accounts of the bureau nearest to `region`: its own officers, else those of the region above."""
    rows = Membership.objects.current().filter(role=Role.BUREAU_OFFICER, region__prefix__in=region.lineage)
    nearest: dict[str, list[User]] = {}
    for row in rows:
        if row.region:
            nearest.setdefault(row.region.prefix, []).append(row.user)
    return nearest[max(nearest, key=len)] if nearest else []


def sentence_of(notice: Notice) -> str:
    """What the notice says, in the language of whoever reads it now."""
    wording = WORDINGS.get(notice.code)
    if wording is None:
        return _("This notice comes from another version of the system.")
    return str(wording.text) % {name: _word(wording, name, value) for name, value in notice.context.items()}


def _word(wording: Wording, name: str, value: str | int) -> str | int:
    if name in wording.days:
        return formats.date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
    if name in wording.choices:
        return str(wording.choices[name](str(value)).label)
    return value


def unread() -> Coalesce:
    """How many notices the account of a membership hasn't read: an annotation, so that shells cost no query."""
    waiting = Notice.objects.filter(to=OuterRef("user_id"), read_at__isnull=True).order_by()
    return Coalesce(Subquery(waiting.values("to").annotate(n=Count("pk")).values("n")), 0)


def notices_of(user: User) -> "QuerySet[Notice]":
    """What an account was told, newest first."""
    return Notice.objects.filter(to=user).order_by("-created_at", "key")


def mark_read(user: User, notice: Notice | None = None) -> int:
    """The account has read this notice, or with None all of them; how many it hadn't read before."""
    rows = Notice.objects.filter(to=user, read_at__isnull=True)
    return (rows.filter(pk=notice.pk) if notice else rows).update(read_at=timezone.now())


def mail_waiting(limit: int = 200) -> int:
    """Mail notices to accounts that have an address; how many were sent.

    A notice is marked before it is sent: a process killed in between leaves it on the desk only, and
    never mails it twice. What the mail server refuses is tried again the next time.
    """
    with transaction.atomic():
        waiting = Notice.objects.select_for_update(skip_locked=True, of=("self",)).select_related("to")
        due = waiting.filter(mailed_at__isnull=True, read_at__isnull=True, to__is_active=True).exclude(to__email="")
        rows = list(due.order_by("created_at")[:limit])
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=timezone.now())
    sent = 0
    with translation.override(settings.LANGUAGE_CODE):
        for row in rows:
            try:
                send_mail(_subject(), _letter(row), None, [row.to.email])
            except (SMTPException, OSError):
                Notice.objects.filter(pk=row.pk).update(mailed_at=None)
            else:
                sent += 1
    return sent


def _subject() -> str:
    return _("You have a new notice")


def _letter(row: Notice) -> str:
    lines = [sentence_of(row)]
    if row.path:
        lines.append(settings.PUBLIC_URL + row.path)
    return "\n\n".join(lines)
