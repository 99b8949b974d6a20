"""The check before hiring (入职前核查): may somebody be employed, must she not, or must a human look first.

The answer never says why. Somebody barred is known by any of her documents; a near match (the name and birth date of
a barred person) and a document registered under another name wait for the bureau, which answers within one working
day. Every question is a row, and an act in the audit trail with its purpose; the person can read who asked.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.registry import access, auditing, banning, noticing
from lms.registry.errors import guarded, refuse
from lms.registry.models import (
    Answer,
    Ban,
    EmploymentQuery,
    IdentityDocument,
    Membership,
    NameChange,
    Role,
)
from lms.registry.registering import index_of
from lms.registry.rosters.identity import IdentityNumber, mask_number, mask_runs

#: Single questions of one institution within `WINDOW`; whoever needs more sends a file.
MOST_AN_HOUR = 200
WINDOW = timedelta(hours=1)
ASKERS = (Role.INSTITUTION_MANAGER,)
#: Questions that wait for a bureau.
WAITING = Q(answer=Answer.WAIT, decided_at__isnull=True)
SATURDAY = 5
WORDINGS = {
    "query_decided": noticing.Wording(
        _("The bureau has answered your check before hiring of %(name)s: %(answer)s."), choices={"answer": Answer}
    ),
}


def ask(
    *,
    by: Membership,
    name: str,
    document: IdentityNumber,
    purpose: str,
    consent: bool,
    batch: UUID | None = None,
) -> EmploymentQuery:
    """Whether `by`'s institution may employ whoever holds `document` and is called `name`; the answer is recorded.

    Three queries find it, whatever the size of the register. Codes: not_allowed, consent_missing, purpose_missing,
    too_many_queries (single questions only; a `batch` is limited by its file).
    """
    institution = by.institution
    if by.role not in ASKERS or institution is None:
        raise refuse("not_allowed")
    if not consent:
        raise refuse("consent_missing")
    if not purpose.strip():
        raise refuse("purpose_missing")
    if batch is None and _asked_lately(by) >= MOST_AN_HOUR:
        raise refuse("too_many_queries")
    index = index_of(document.number)
    held = _holding(index, name)
    query = EmploymentQuery(
        institution=institution,
        asked_by=by.user,
        purpose=mask_runs(purpose.strip()),
        consent=True,
        name=name,
        document_index=index,
        document_masked=mask_number(document.number),
        person=held.person if held else None,
        answer=_answer(name, document, held),
        region_id=institution.region_id,
        batch=batch,
    )
    with transaction.atomic():
        query.save(force_insert=True)
        auditing.record(by, "query.ask", query, purpose=query.purpose, after={"answer": query.answer})
    return query


def decide(*, by: Membership, query: EmploymentQuery, answer: str, reason: str) -> EmploymentQuery:
    """A bureau has looked at what waited and answers it, once: the institution's managers are told, never why.

    Codes: not_allowed (another role, another answer than may or may not), not_found, reason_missing, own_case,
    query_state (answered meanwhile, or never waiting).
    """
    if by.role not in access.BUREAU or answer not in (Answer.MAY, Answer.MAY_NOT):
        raise refuse("not_allowed")
    if not reason.strip():
        raise refuse("reason_missing")
    with guarded():
        row = access.one(queries(by).select_for_update(of=("self",)), pk=query.pk)
        own = Membership.objects.current().filter(user=by.user_id, institution=row.institution_id)
        if own.exists() or (row.person_id is not None and row.person_id == by.user.person_id):
            raise refuse("own_case")
        if row.answer != Answer.WAIT or row.decided_at is not None:
            raise refuse("query_state")
        row.decided_answer, row.reason = answer, mask_runs(reason.strip())
        row.decided_by, row.decided_at = by.user, timezone.now()
        row.save(update_fields=["decided_answer", "reason", "decided_by", "decided_at"])
        context, path = {"name": row.name, "answer": answer}, reverse("institution_queries")
        told = noticing.managers([row.institution]).get(row.institution_id, [])
        noticing.tell_all(noticing.News(user, "query_decided", str(row.pk), context, path) for user in told)
        auditing.record(by, "query.decide", row, before={"answer": row.answer}, after={"answer": answer})
    return row


def queries(by: Membership) -> "models.QuerySet[EmploymentQuery]":
    """Bureau: what institutions of its region asked. Manager: what was asked for her institution."""
    rows = EmploymentQuery.objects.select_related("institution__region", "asked_by")
    if by.role in access.BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    if by.role == Role.INSTITUTION_MANAGER and by.institution_id:
        return rows.filter(institution_id=by.institution_id)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def stands(query: EmploymentQuery) -> str:
    """The answer that holds now: the bureau's, once it has answered."""
    return query.decided_answer or query.answer


def due_at(asked_at: datetime) -> datetime:
    """When the bureau must have answered: the same time on the next weekday.

    Public holidays are moved every year by the State Council and are not known here, so a page says so.
    """
    local = timezone.localtime(asked_at) + timedelta(days=1)
    while local.weekday() >= SATURDAY:
        local += timedelta(days=1)
    return local


def _asked_lately(by: Membership) -> int:
    since = timezone.now() - WINDOW
    lately = EmploymentQuery.objects.filter(institution=by.institution_id, asked_at__gt=since, batch__isnull=True)
    return lately.count()


def _holding(index: str, name: str) -> Any:
    """The document of this index with its person, whether she is barred, and whether she once bore `name`."""
    standing = Ban.objects.standing()
    # A ban stands on the record that was kept: nobody barred is merged into another record.
    own = Exists(standing.filter(person=OuterRef("person")))
    kept = Exists(standing.filter(person=OuterRef("person__merged_into")))
    bore = Exists(NameChange.objects.filter(person=OuterRef("person"), old_name=name))
    rows = IdentityDocument.objects.filter(number_index=index).select_related("person")
    return rows.annotate(barred=own | kept, bore=bore).first()


def _answer(name: str, document: IdentityNumber, held: Any) -> Answer:
    if held is not None and held.barred:
        return Answer.MAY_NOT
    if held is not None and held.person.name != name and not held.bore:
        return Answer.WAIT
    born_on: date | None = document.born_on or (held.person.born_on if held else None)
    return Answer.WAIT if banning.near_barred([(name, born_on)]) else Answer.MAY
