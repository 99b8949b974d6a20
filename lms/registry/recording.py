"""What an import changes, row by row, as undoing it needs it: see `RosterChange`."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

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


def changes_of(plan: Plan, upload: RosterUpload, claims: Iterable[CertificateClaim]) -> list[RosterChange]:
    """A chunk's changes in the order they were written; `claims` are those of the plan that came to stand."""
    changes = [_made(upload, INSTITUTION, institution) for institution in plan.institutions]
    # Her document goes with her, and any other one that she has by then keeps her.
    changes += [
        RosterChange(
            upload=upload, table=PERSON, row=row.person_id, created=True, before={}, after={"document": str(row.pk)}
        )
        for row in plan.documents
    ]
    changes += [
        _changed(upload, PERSON, person, plan.were, registering.columns_of(names)) for person, names in plan.completed
    ]
    changes += [_changed(upload, DOCUMENT, row, plan.were, DOCUMENT_DATES) for row in plan.redated]
    for placement in plan.placements:
        if placement.closing is not None:
            changes.append(_changed(upload, POST, placement.closing, plan.were, ENDED))
        if placement.fields:
            changes.append(_changed(upload, POST, placement.post, plan.were, placement.fields))
        else:
            changes.append(_made(upload, POST, placement.post))
    # A claim's key is no UUID: it is kept under its person's.
    changes += [
        RosterChange(
            upload=upload, table=CLAIM, row=claim.person_id, created=True, before={}, after={"claim": claim.pk}
        )
        for claim in claims
    ]
    return changes


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


def _made(upload: RosterUpload, table: str, row: Model) -> RosterChange:
    return RosterChange(upload=upload, table=table, row=row.pk, created=True, before={}, after={})


def _changed(
    upload: RosterUpload, table: str, row: Model, were: Mapping[Any, Mapping[str, object]], columns: Iterable[str]
) -> RosterChange:
    before = {name: plain(were[row.pk][name]) for name in columns}
    after = {name: plain(getattr(row, name)) for name in before}
    return RosterChange(upload=upload, table=table, row=row.pk, created=False, before=before, after=after)
