"""Finding what was asked for: somebody by a document number, which is recorded; what a command names by its code."""

from django.db import transaction
from django.utils.translation import gettext as _

from lms.jobs.answering import WrongUsage
from lms.registry import auditing
from lms.registry.errors import refuse
from lms.registry.models import Institution, Membership, Person, Region
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


def region_named(code: str) -> Region:
    """The region a command was given by its code. Code: region_unknown."""
    found = Region.objects.filter(code=code.strip()).first()
    if found is None:
        raise WrongUsage("region_unknown", _("There is no region with the code %(code)s.") % {"code": code})
    return found


def institution_named(uscc: str) -> Institution:
    """The institution a command was given by its credit code. Code: institution_unknown."""
    found = Institution.objects.filter(uscc=uscc.strip()).select_related("region").first()
    if found is None:
        raise WrongUsage("institution_unknown", _("There is no institution with the code %(code)s.") % {"code": uscc})
    return found
