"""Looking somebody up by a document number: an act that is recorded with its purpose."""

from django.db import transaction

from lms.registry import auditing
from lms.registry.errors import refuse
from lms.registry.models import Membership, Person
from lms.registry.registering import find_person
from lms.registry.rosters.identity import IdentityNumber


def look_up(*, by: Membership, document: IdentityNumber, purpose: str) -> Person | None:
    """Whoever holds `document`, anywhere in the register; None when nobody does.

    Recorded either way, a miss under the acting role, and never with the number. Whether `by` may see
    more of her than that she exists is for the caller (`access.people`). Code: reason_missing.
    """
    if not purpose.strip():
        raise refuse("reason_missing")
    person = find_person(document.number, document.kind)
    with transaction.atomic():
        auditing.record(by, "person.lookup", person or by, purpose=purpose.strip(), after={"found": person is not None})
    return person
