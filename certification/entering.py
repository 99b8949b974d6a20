"""Entry review (资格审查, F67, Q197-199, S49, X142): nobody comes on post before the checks her post needs are in.

An institution opens an entry, collects the papers and submits; the bureau approves, which puts the person on
post in the same transaction, or returns it with a reason. Whether somebody is barred the system looks up itself,
at every step; the guards of the database hold whatever this module forgets.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from certification import checking
from certification.access import refuse_unless_bureau_of
from certification.checking import Item, refuse_unless_manager
from certification.errors import Refusal, refuse
from certification.models import OPEN_ENTRY, CheckKind, EntryReview, EntryState
from certification.policies import CheckRules
from lms.jobs.errors import DomainError
from lms.registry import auditing, banning, finding, noticing, posting, registering
from lms.registry.errors import guarded
from lms.registry.models import (
    Answer,
    EmploymentQuery,
    Filing,
    Institution,
    Membership,
    NameChange,
    Person,
    Post,
    User,
)
from lms.registry.rosters.identity import IdentityNumber

#: States in which the institution still works on it.
WITH_INSTITUTION = (EntryState.COLLECTING, EntryState.RETURNED)


@dataclass
class Decisions:
    """What became of many entries: those decided as asked, and why the others were not."""

    done: list[EntryReview] = field(default_factory=list)
    refused: list[tuple[EntryReview, DomainError]] = field(default_factory=list)


# --- The institution's steps ----------------------------------------------------------------


def open_entry(
    *,
    by: Membership,
    institution: Institution,
    name: str,
    document: IdentityNumber,
    kind: str,
    planned_on: date,
    full_time: bool = True,
    phone: str = "",
) -> EntryReview:
    """The institution's manager wants the person with `document` on a post; she is registered if need be.

    Codes: not_allowed, not_found, institution_suspended, name_differs, person_barred, id_held_near_match (a new
    person whose name and birth date are a barred one's; a bureau's "may" on a check before hiring lets her in),
    on_post_already, entry_open.
    """
    refuse_unless_manager(by, institution)
    if institution.filing in (Filing.SUSPENDED, Filing.CLOSED):
        raise refuse("institution_suspended")
    person = finding.look_up(by=by, document=document, purpose=_("Entry on a post"))
    if person is None:
        _refuse_near_match(name, document)
    elif not _is_called(person, name):
        raise refuse("name_differs")
    today = timezone.localdate()
    with guarded():
        person = registering.register_person(by=by, name=name, document=document, phone=phone)
        person = Person.objects.select_for_update(no_key=True).get(pk=person.merged_into_id or person.pk)
        banning.refuse_if_barred(person)
        if Post.objects.filter(person=person, institution=institution, ended_on__isnull=True).exists():
            raise refuse("on_post_already")
        try:
            with transaction.atomic():
                entry = EntryReview.objects.create(
                    person=person,
                    institution=institution,
                    kind=kind,
                    full_time=full_time,
                    planned_on=planned_on,
                    due_on=_due_on(institution, kind, today),
                    opened_by=by.user,
                )
        except IntegrityError as error:
            if "guard:" in str(error):
                raise
            raise refuse("entry_open") from error
        auditing.record(by, "entry.open", entry, after={"person": str(person.pk), "kind": kind})
    return entry


def submit(*, by: Membership, entry: EntryReview) -> EntryReview:
    """Everything is in: the bureau's turn.

    Codes: not_allowed, not_found, entry_state, person_barred, checks_missing.
    """
    refuse_unless_manager(by, entry.institution)
    with transaction.atomic():
        row = _locked(entry, *WITH_INSTITUTION)
        _refuse_unless_complete(row)
        row.state, row.reason, row.submitted_at = EntryState.SUBMITTED, "", timezone.now()
        row.save(update_fields=["state", "reason", "submitted_at"])
        key = f"{row.pk}:{row.submitted_at.isoformat()}"
        _tell(noticing.officers(row.institution.region), row, "entry_submitted", key, reverse("bureau_entries"))
        auditing.record(by, "entry.submit", row, after={"state": row.state})
    return row


def withdraw(*, by: Membership, entry: EntryReview) -> EntryReview:
    """The institution no longer wants her. Codes: not_allowed, not_found, entry_state."""
    refuse_unless_manager(by, entry.institution)
    with transaction.atomic():
        row = _locked(entry, *OPEN_ENTRY)
        before = {"state": row.state}
        row.state = EntryState.WITHDRAWN
        row.save(update_fields=["state"])
        auditing.record(by, "entry.withdraw", row, before=before, after={"state": row.state})
    return row


# --- The bureau's steps ---------------------------------------------------------------------


def return_(*, by: Membership, entry: EntryReview, reason: str) -> EntryReview:
    """Something isn't right: back to the institution, which reads the reason.

    Codes: not_allowed, not_found, reason_missing, entry_state.
    """
    refuse_unless_bureau_of(by, entry.institution.region)
    if not reason.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        row = _locked(entry, EntryState.SUBMITTED)
        row.state, row.reason = EntryState.RETURNED, reason.strip()
        row.decided_by, row.decided_at = by.user, timezone.now()
        row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        key = f"{row.pk}:{row.decided_at.isoformat()}"
        _tell(_managers(row), row, "entry_returned", key, reverse("institution_entry", args=[row.pk]))
        auditing.record(by, "entry.return", row, after={"state": row.state, "reason": row.reason})
    return row


def approve_many(*, by: Membership, entries: Iterable[EntryReview]) -> Decisions:
    """Approve entries one by one: each puts its person on post, or says why not, and stops no other.

    Each is a transaction of its own, so that no person's lock is waited for while the chain of acts is held.
    Codes per entry: not_allowed, not_found, entry_state, person_barred, checks_missing, institution_suspended.
    """
    return _each(entries, lambda entry: _approve(by, entry))


def return_many(*, by: Membership, entries: Iterable[EntryReview], reason: str) -> Decisions:
    """Return entries one by one for the same reason; see `return_`. Codes: reason_missing, nothing_picked."""
    if not reason.strip():
        raise refuse("reason_missing")
    return _each(entries, lambda entry: return_(by=by, entry=entry, reason=reason))


def _each(entries: Iterable[EntryReview], decide: Callable[[EntryReview], EntryReview]) -> Decisions:
    answer = Decisions()
    for entry in entries:
        try:
            answer.done.append(decide(entry))
        except DomainError as error:
            answer.refused.append((entry, error))
    if not (answer.done or answer.refused):
        raise refuse("nothing_picked")
    return answer


def _approve(by: Membership, entry: EntryReview) -> EntryReview:
    refuse_unless_bureau_of(by, entry.institution.region)
    with guarded():
        row = _locked(entry, EntryState.SUBMITTED)
        if row.institution.filing in (Filing.SUSPENDED, Filing.CLOSED):
            raise refuse("institution_suspended")
        items = _refuse_unless_complete(row)
        # Nobody was on post before her papers were seen, whatever was planned.
        started_on = max(row.planned_on, timezone.localdate())
        post = posting.place_on_post(
            by=by,
            person=row.person,
            institution=row.institution,
            kind=row.kind,
            started_on=started_on,
            full_time=row.full_time,
            **_dates_of(items),
        )
        if post.ended_on is not None:
            raise refuse("entry_state")
        row.state, row.post = EntryState.APPROVED, post
        row.decided_by, row.decided_at = by.user, timezone.now()
        row.save(update_fields=["state", "post", "decided_by", "decided_at"])
        path = reverse("institution_entry", args=[row.pk])
        _tell(_managers(row), row, "entry_approved", str(row.pk), path)
        after = {"state": row.state, "post": str(post.pk), "person": str(row.person_id)}
        auditing.record(by, "entry.approve", row, after=after)
    return row


def _dates_of(items: list[Item]) -> dict[str, object]:
    """What the new post shows of the checks; dates alone, never a result."""
    told: dict[str, object] = {}
    for item in items:
        if item.check is not None and item.kind == CheckKind.HEALTH:
            told |= {"health_expires_on": item.until, "health_number": item.check.number}
        if item.check is not None and item.kind == CheckKind.NO_CRIME:
            told["no_crime_checked_on"] = item.check.done_on
    return told


# --- Checks ---------------------------------------------------------------------------------


def checklist(entry: EntryReview) -> list[Item]:
    """What this entry needs, and how each stands today."""
    return checking.checklists([entry], timezone.localdate())[entry.pk]


def _locked(entry: EntryReview, *states: EntryState) -> EntryReview:
    rows = EntryReview.objects.select_for_update(of=("self",)).select_related("person", "institution__region")
    row = rows.get(pk=entry.pk)
    if row.state not in states:
        raise refuse("entry_state")
    return row


def _refuse_unless_complete(entry: EntryReview) -> list[Item]:
    """The checklist, once nothing in it is missing; `checks_missing` names what is, in context `missing` by code."""
    items = checklist(entry)
    banning.refuse_if_barred(entry.person)
    missing = [item for item in items if not item.good]
    if missing:
        names = pgettext("between words of a list", ", ").join(str(item.kind.label) for item in missing)
        sentence = _("Still missing: %(names)s.") % {"names": names}
        raise DomainError(Refusal.CHECKS_MISSING.value, sentence, missing=[item.kind.value for item in missing])
    return items


def _refuse_near_match(name: str, document: IdentityNumber) -> None:
    """Somebody new with the name and birth date of a barred person waits for a human (domain §6)."""
    if document.born_on is None or not banning.near_barred([(name, document.born_on)]):
        return
    asked = EmploymentQuery.objects.filter(document_index=registering.index_of(document.number))
    answered = asked.filter(decided_at__isnull=False).order_by("-decided_at").first()
    if answered is None or answered.decided_answer != Answer.MAY:
        raise refuse("id_held_near_match")


def _is_called(person: Person, name: str) -> bool:
    """Whether she is called so, or was before a change of name."""
    return person.name == name or NameChange.objects.filter(person=person, old_name=name).exists()


def _due_on(institution: Institution, kind: str, today: date) -> date:
    """By when everything must be in: the shortest term of the checks that people hand in."""
    prefix = institution.region.prefix
    needed = CheckRules([prefix]).needed(prefix, kind, today)
    terms = [rule.due_days for rule in needed if rule.kind != CheckKind.BAN]
    return today + timedelta(days=min(terms, default=0))


def blocking(items: Iterable[Item]) -> list[Item]:
    """What keeps somebody from coming on post."""
    return [item for item in items if not item.good]


def _managers(entry: EntryReview) -> list[User]:
    found: dict[UUID, list[User]] = noticing.managers([entry.institution])
    return found.get(entry.institution_id, [])


def _tell(users: Iterable[User], entry: EntryReview, code: str, key: str, path: str) -> None:
    context: dict[str, str | int] = {
        "name": entry.person.name,
        "institution": entry.institution.name,
        "post": entry.kind,
        "reason": entry.reason,
    }
    noticing.tell_all([noticing.News(user, code, key, context, path) for user in users])
