"""What an import changes, row by row, as undoing it needs it: see `RosterChange`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Model

from lms.registry import registering
from lms.registry.ending import Ended
from lms.registry.matching import DOCUMENT_DATES, Plan
from lms.registry.models import (
    CertificateClaim,
    ClassDuty,
    Institution,
    Leave,
    Person,
    Post,
    RosterChange,
    RosterUpload,
)

PERSON = Person._meta.db_table
POST = Post._meta.db_table
INSTITUTION = Institution._meta.db_table
DOCUMENT = "registry_identitydocument"
CLAIM = CertificateClaim._meta.db_table
LEAVE = Leave._meta.db_table
DUTY = ClassDuty._meta.db_table
ENDED = ("state", "ended_on")
#: No table: the register's rows that a chunk of a roster named and found as they are.
NAMED = "named"


def changes_of(plan: Plan, upload: RosterUpload, claims: Mapping[UUID, Sequence[int]]) -> list[RosterChange]:
    """A chunk's changes in the order they were written; `claims` are the keys of those that came to stand, by person.

    Somebody new is one change: her document, posts and claims go with her, see `unfolded`.
    """
    changes = [_made(upload, INSTITUTION, institution.pk) for institution in plan.institutions]
    # Any other document that she has by then keeps her.
    new: dict[UUID, dict[str, Any]] = {
        row.person_id: {"document": str(row.pk), "posts": [], "claims": []} for row in plan.documents
    }
    changes += [_made(upload, PERSON, person, after) for person, after in new.items()]
    changes += [
        _changed(upload, PERSON, person, plan.were, registering.columns_of(names)) for person, names in plan.completed
    ]
    changes += [_changed(upload, DOCUMENT, row, plan.were, DOCUMENT_DATES) for row in plan.redated]
    for placement in plan.placements:
        if placement.closing is not None:
            changes.append(_changed(upload, POST, placement.closing, plan.were, ENDED))
        if placement.fields:
            changes.append(_changed(upload, POST, placement.post, plan.were, placement.fields))
        elif placement.post.person_id in new:
            new[placement.post.person_id]["posts"].append(str(placement.post.pk))
        else:
            changes.append(_made(upload, POST, placement.post.pk))
    for person, keys in claims.items():
        if person in new:
            new[person]["claims"] += keys
        else:
            # A claim's key is no UUID: it is kept under its person's.
            changes += [_made(upload, CLAIM, person, {"claim": key}) for key in keys]
    return changes


def unfolded(change: RosterChange) -> Iterator[RosterChange]:
    """The change and those folded into it, each as if it had been kept by itself."""
    yield change
    for key in change.after.get("posts", ()):
        yield RosterChange(table=POST, row=UUID(key), created=True)
    for key in change.after.get("claims", ()):
        yield RosterChange(table=CLAIM, row=change.row, created=True, after={"claim": key})


def naming_of(plan: Plan, upload: RosterUpload | None) -> list[RosterChange]:
    """What of the register a chunk repeated: undoing an earlier import leaves it. Also of imports by command."""
    if not plan.named:
        return []
    named = {"named": [key.hex for key in plan.named]}
    return [RosterChange(upload=upload, table=NAMED, row=uuid4(), created=False, after=named)]


def ends_of(
    posts: Iterable[Post], states: Mapping[UUID, str], ended: Ended, upload: RosterUpload
) -> list[RosterChange]:
    """The changes of posts that were ended, with their `states` before, and of what ended with them."""
    rows: list[Leave | ClassDuty] = [*ended.leaves, *ended.duties]
    # Kept under their posts', whose ends are taken back first: the newest change goes first.
    changes = [
        RosterChange(
            upload=upload,
            table=row._meta.db_table,
            row=row.post_id,
            created=False,
            before={"ended_on": None},
            after={"key": str(row.pk), "ended_on": plain(row.ended_on)},
        )
        for row in rows
    ]
    return changes + [
        RosterChange(
            upload=upload,
            table=POST,
            row=post.pk,
            created=False,
            before={"state": states[post.pk], "ended_on": None},
            after={"state": post.state, "ended_on": plain(post.ended_on)},
        )
        for post in posts
    ]


def plain(value: Any) -> Any:
    """A column's value as JSON holds it; sealed bytes stay sealed."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value) if isinstance(value, str) else value


def _made(upload: RosterUpload, table: str, key: UUID, after: dict[str, Any] | None = None) -> RosterChange:
    return RosterChange(upload_id=upload.pk, table=table, row=key, created=True, after=after or {})


def _changed(
    upload: RosterUpload, table: str, row: Model, were: Mapping[Any, Mapping[str, object]], columns: Iterable[str]
) -> RosterChange:
    before = {name: plain(were[row.pk][name]) for name in columns}
    after = {name: plain(getattr(row, name)) for name in before}
    return RosterChange(upload=upload, table=table, row=row.pk, created=False, before=before, after=after)
