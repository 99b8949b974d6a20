"""Guards around erased people.

A row that never changes may lose the name on it, once there is an erasure of its person, and only to her pseudonym.
There is no flag to set: the erasure is the proof, and it is only ever added to.
"""

from lms.registry.guards.merges import WITH_ITS_PERSON
from lms.registry.guards.triggers import AnyGuard, append_only, append_only_but
from lms.registry.models import EmploymentNote, NameChange

#: SQL for "the row's person was erased".
ERASED = "EXISTS (SELECT 1 FROM registry_erasure e WHERE e.person_id = NEW.person_id)"
_POST_OF_ERASED = (
    "EXISTS (SELECT 1 FROM registry_post p JOIN registry_erasure e ON e.person_id = p.person_id"
    " WHERE p.id = NEW.post_id)"
)


def pseudonym_in(column: str) -> str:
    """SQL for "the row's person was erased, and this column takes her pseudonym"."""
    return f"EXISTS (SELECT 1 FROM registry_erasure e WHERE e.person_id = NEW.person_id AND e.pseudonym = NEW.{column})"


def emptied(column: str, erased: str = ERASED) -> str:
    """SQL for "the row's person was erased, and this column loses what it said"."""
    return f"NEW.{column} = '' AND {erased}"


GUARDS: list[AnyGuard] = [
    *append_only_but(
        NameChange,
        "append_only",
        but={
            "person_id": WITH_ITS_PERSON,
            "old_name": pseudonym_in("old_name"),
            "new_name": pseudonym_in("new_name"),
            "reason": emptied("reason"),
        },
    ),
    *append_only_but(
        EmploymentNote,
        "append_only",
        but={"title": emptied("title", _POST_OF_ERASED), "text": emptied("text", _POST_OF_ERASED)},
    ),
    *append_only("registry_erasure", "append_only", "person_id", "pseudonym"),
]
