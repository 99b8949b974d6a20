"""Entering learners whom nobody employs (S45, C81): she needs no post to learn, only a name and a document."""

from django.db import transaction

from lms.registry import auditing, banning
from lms.registry.errors import refuse
from lms.registry.models import Membership, NameChange, Person, Region, Role
from lms.registry.registering import find_person, register_person
from lms.registry.rosters.identity import IdentityNumber


def admit_learner(
    *, by: Membership, name: str, document: IdentityNumber, phone: str = "", consent: bool = False
) -> Person:
    """The person with `document`, entered now if the register does not know her; her region is that of `by`.

    For a bureau's officer and a training centre. Of somebody known nothing is changed, above all not the phone
    that opens her account. Codes: not_allowed, consent_missing, person_barred, person_erased, name_differs (the
    document stands under a name she never bore).
    """
    region = _region_of(by)
    if not consent:
        raise refuse("consent_missing")
    with transaction.atomic():
        known = find_person(document.number, document.kind)
        if known is None:
            person = register_person(by=by, name=name, document=document, phone=phone)
        else:
            person = known
            banning.refuse_if_barred(person)
            if name != person.name and not NameChange.objects.filter(person=person, old_name=name).exists():
                raise refuse("name_differs")
        if person.erased_at:
            raise refuse("person_erased")
        if person.registered_in_id is None and not person.posts.exists():
            person.registered_in = region
            person.save(update_fields=["registered_in"])
            auditing.record(by, "person.admit", person, after={"region": region.code, "consent": True})
    return person


def _region_of(by: Membership) -> Region:
    if by.role == Role.BUREAU_OFFICER and by.region:
        return by.region
    if by.role == Role.CENTRE_STAFF and by.centre:
        return by.centre.region
    raise refuse("not_allowed")
