"""What becomes of this room's rows when a person's data are erased: see lms.registry.erasing.

Her certificates stay, under her pseudonym and without the tail of her document; so do outside ones and checks, which
figures of the past count, but without numbers and free text.
"""

from typing import Any
from uuid import UUID

from certification.models import OPEN_ENTRY, EntryReview
from lms.registry.erasing import dash, own_key, pseudonym_of

BLANKED: dict[str, dict[str, Any]] = {
    "certification.certificate": {"holder_name": pseudonym_of, "holder_id_masked": ""},
    "certification.qualification": {"number": own_key, "reason": dash},
    "certification.entryreview": {"reason": dash},
    "certification.entrycheck": {"number": "", "channel": dash},
}


def still_open(people: list[UUID]) -> bool:
    """Whether an institution still wants one of these people on a post."""
    return EntryReview.objects.filter(person__in=people, state__in=OPEN_ENTRY).exists()
