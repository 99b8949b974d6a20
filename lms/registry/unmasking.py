"""Showing a whole document number or phone: with a purpose, on record, and once."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.registry import access, auditing
from lms.registry.errors import refuse
from lms.registry.models import Membership, Person, Post, Role
from lms.registry.rosters.identity import mask_phone

PHONE = "phone"


def people(by: Membership) -> "QuerySet[Person]":
    """Those whose numbers `by` may ask for. Bureau: everybody it may see. Manager: her own staff of today."""
    if by.role in access.BUREAU:
        return access.people(by)
    if by.role == Role.INSTITUTION_MANAGER and by.institution_id:
        here = Post.objects.on(timezone.localdate()).filter(institution=by.institution_id)
        return Person.objects.filter(pk__in=here.values("person_id"))
    return Person.objects.none()


def numbers_of(person: Person) -> list[tuple[str, str]]:
    """(key, what it is, masked) of every number on record about `person`."""
    found = [
        (str(document.pk), f"{document.get_kind_display()} {document.masked}")
        for document in person.documents.all()
        if document.number_sealed
    ]
    if person.phone_index:
        found.append((PHONE, f"{_('Phone')} {mask_phone(person.phone)}"))
    return found


def unmask(*, by: Membership, person: Person, what: str, purpose: str) -> str:
    """The whole number behind one key of `numbers_of`; that it was shown, to whom and what for is recorded.

    Codes: not_found (not hers to ask for), purpose_missing, nothing_to_show.
    """
    row = access.one(people(by), pk=person.pk)
    if not purpose.strip():
        raise refuse("purpose_missing")
    if what == PHONE:
        number = row.phone
    else:
        document = next((document for document in row.documents.all() if str(document.pk) == what), None)
        number = document.number if document else ""
    if not number:
        raise refuse("nothing_to_show")
    with transaction.atomic():
        kind = PHONE if what == PHONE else "document"
        auditing.record(by, "person.unmask", row, purpose=purpose.strip(), after={"what": kind, "key": what})
    return str(number)
