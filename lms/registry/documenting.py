"""The identity documents of a person: one or several, each findable by its own blind index.

The kinds are those of the register: resident cards of 15 and 18 digits (one number in two forms), residence and
travel permits of Hong Kong, Macao and Taiwan, foreigners' permanent cards (15 characters before 2023, 18 since),
residence permits, passports. A number is never changed: another document is added, an old one ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise

from lms.jobs.errors import DomainError
from lms.registry import access, auditing
from lms.registry.deduplicating import note_pair
from lms.registry.errors import guarded, refuse
from lms.registry.models import IdentityDocument, Likeness, Membership, Person, Post, Role, Sex, User
from lms.registry.registering import index_of, new_document
from lms.registry.rosters.identity import IdentityNumber, normalise_id

#: How long before its last day a document is called up, in days.
WARNED_BEFORE = 90


def add_document(
    *,
    by: Membership | User | None,
    person: Person,
    document: IdentityNumber,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> IdentityDocument:
    """`person` holds `document` too; adding it again only brings its dates up to date.

    Codes: not_allowed, not_found, merged_record, person_erased, document_dates, and document_taken when it stands
    on another record: whose is not said, but the pair waits in the queue of possible duplicates from then on.
    """
    _may(by, person)
    if valid_from and valid_until and valid_until < valid_from:
        raise refuse("document_dates")
    holder = _holder(document)
    if holder is None or holder.person_id == person.pk:
        try:
            with guarded():
                return _written(by, person, document, {"valid_from": valid_from, "valid_until": valid_until})
        except IntegrityError:
            # Somebody registered the same number since we looked.
            holder = _holder(document)
            if holder is None:
                raise
    if holder.person_id != person.pk:
        with transaction.atomic():
            note_pair(person.pk, holder.person_id, Likeness.DOCUMENT)
            auditing.record(by, "person.document_taken", person, after={"kind": document.kind})
        raise refuse("document_taken")
    return holder


def end_document(
    *, by: Membership | User | None, document: IdentityDocument, on: date, reason: str
) -> IdentityDocument:
    """The document is valid no longer than `on`; it stays hers, and she is found by it for ever.

    Codes: reason_missing, not_allowed, not_found, document_dates (before it began).
    """
    if not reason.strip():
        raise refuse("reason_missing")
    _may(by, document.person)
    with transaction.atomic():
        row = IdentityDocument.objects.select_for_update().get(pk=document.pk)
        if row.valid_from and on < row.valid_from:
            raise refuse("document_dates")
        before = _dates(row)
        row.valid_until = on
        row.save(update_fields=["valid_until"])
        auditing.record(by, "person.document_end", row, before=before, after=_dates(row) | {"reason": reason.strip()})
    return row


@dataclass(frozen=True)
class Mismatch:
    """A document says otherwise than the record: `field` is sex or born_on."""

    document: IdentityDocument
    field: str
    said: Any
    recorded: Any


def mismatches(person: Person, documents: Iterable[IdentityDocument]) -> list[Mismatch]:
    """Where sex or birth date on record differ from what a document number itself says."""
    found = []
    for document in documents:
        try:
            read = normalise_id(document.number, document.kind, today=timezone.localdate())
        except DomainError:  # registered under older rules; it says nothing then
            continue
        if read.sex and person.sex and read.sex != person.sex:
            found.append(Mismatch(document, "sex", _sex(read.sex), _sex(person.sex)))
        if read.born_on and person.born_on and read.born_on != person.born_on:
            found.append(Mismatch(document, "born_on", read.born_on, person.born_on))
    return found


@dataclass(frozen=True)
class Expiring:
    """A paper that runs out soon, or has run out; `over` says which."""

    label: str | Promise
    until: date
    over: bool


def expiring(documents: Iterable[IdentityDocument], posts: Iterable[Post], day: date) -> list[Expiring]:
    """Identity documents and work permits of open posts that run out within WARNED_BEFORE days of `day`."""
    last = day + timedelta(days=WARNED_BEFORE)
    ends: list[tuple[str | Promise, date | None]] = [
        (document.get_kind_display(), document.valid_until) for document in documents
    ]
    label = Post._meta.get_field("work_permit_until").verbose_name
    ends += [(label, post.work_permit_until) for post in posts if post.ended_on is None]
    return sorted((Expiring(name, end, end < day) for name, end in ends if end and end <= last), key=lambda e: e.until)


def _may(by: Membership | User | None, person: Person) -> None:
    """A bureau's officer for the people of her region; the system for all."""
    if isinstance(by, Membership):
        if by.role != Role.BUREAU_OFFICER:
            raise refuse("not_allowed")
        access.one(access.people(by), pk=person.pk)


def _holder(document: IdentityNumber) -> IdentityDocument | None:
    return IdentityDocument.objects.filter(number_index=index_of(document.number)).first()


def _written(
    by: Membership | User | None, person: Person, document: IdentityNumber, dates: dict[str, date | None]
) -> IdentityDocument:
    owner = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if owner.merged_into_id:
        raise refuse("merged_record")
    if owner.erased_at:
        raise refuse("person_erased")
    row = owner.documents.filter(number_index=index_of(document.number)).first()
    if row is not None:
        before = _dates(row)
        told = [name for name, value in dates.items() if value and value != getattr(row, name)]
        for name in told:
            setattr(row, name, dates[name])
        if row.valid_from and row.valid_until and row.valid_until < row.valid_from:
            raise refuse("document_dates")
        if told:
            row.save(update_fields=told)
            auditing.record(by, "person.document_dates", row, before=before, after=_dates(row))
        return row
    row = new_document(owner, document, index_of(document.number))
    row.valid_from, row.valid_until = dates["valid_from"], dates["valid_until"]
    row.save(force_insert=True)
    auditing.record(by, "person.document_add", owner, after={"kind": row.kind, **_dates(row)})
    return row


def _dates(row: IdentityDocument) -> dict[str, str | None]:
    return {
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
    }


def _sex(value: str) -> str | Promise:
    return Sex(value).label
