"""What is known about who a person is: her documents, the names she bore, and records that are hers too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from lms.registry import deduplicating, documenting
from lms.registry.documenting import Expiring, Mismatch
from lms.registry.models import (
    IdentityDocument,
    Membership,
    NameChange,
    Person,
    PersonMerge,
    PossibleDuplicate,
    Post,
)


@dataclass(frozen=True)
class Identity:
    """Merges and waiting pairs are for a bureau only; both are empty for an institution."""

    documents: Sequence[IdentityDocument]
    mismatches: list[Mismatch]
    expiring: list[Expiring]
    names: list[NameChange]
    merges: list[PersonMerge]
    pairs: list[PossibleDuplicate]


def identity_of(
    *, by: Membership, person: Person, documents: Sequence[IdentityDocument], posts: Sequence[Post], day: date
) -> Identity:
    """Put together from what the reader has at hand already, with three queries at most."""
    bureau = by.audience == "bureau"
    pairs = deduplicating.waiting(deduplicating.queue(by)).filter(Q(first=person) | Q(second=person))
    return Identity(
        documents=documents,
        mismatches=documenting.mismatches(person, documents),
        expiring=documenting.expiring(documents, posts, day),
        names=list(person.name_changes.select_related("changed_by", "evidence")),
        merges=list(person.merges.select_related("absorbed", "merged_by", "undone_by")) if bureau else [],
        pairs=list(pairs) if bureau else [],
    )
