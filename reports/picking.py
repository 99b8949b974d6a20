"""Which of an institution's people are picked: by a filter, by what of theirs is not in order, or by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from lms.registry import access as registry_access
from lms.registry.models import Institution, Membership, Post
from lms.registry.naming import formerly
from lms.registry.searching import named
from reports import metrics
from reports.metrics import Hours
from reports.waiting import due_papers


@dataclass(frozen=True)
class Note:
    """What of one person is not in order; `hours` says how many are missing, where hours are."""

    sentences: tuple[str | Promise, ...] = ()
    hours: Hours | None = None


def posts_picked(by: Membership, chosen: dict[str, Any]) -> "QuerySet[Post]":
    """The posts a filter of the staff list lets through, by name; those open now unless it names a state."""
    rows = registry_access.posts(by).order_by("person__sort_key", "person_id", "started_on")
    rows = rows.filter(state=chosen["state"]) if chosen.get("state") else rows.filter(ended_on__isnull=True)
    if text := chosen.get("q", "").strip():
        rows = rows.filter(named(text, "person__name") | Q(person__in=formerly(text)))
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    return rows


def by_hand(by: Membership, keys: Iterable[str]) -> "QuerySet[Post]":
    """The open posts of these keys, as far as they are one's own."""
    wanted = []
    for key in keys:
        try:
            wanted.append(UUID(key))
        except ValueError:
            continue
    rows = registry_access.posts(by).filter(pk__in=wanted, ended_on__isnull=True)
    return rows.order_by("person__sort_key", "person_id")


def notes_of(institution: Institution, show: str, today: date) -> dict[UUID, Note]:
    """Post → what is not in order: `papers` (missing, over, soon due), `certificate` (none that counts), `hours`."""
    staff = metrics.Staff(on=today, institution=institution)
    if show == "papers":
        found: dict[UUID, Note] = {}
        for due in due_papers(staff):
            before = found.get(due.row.post_id, Note())
            found[due.row.post_id] = Note((*before.sentences, due.paper.label))
        return found
    lines = metrics.hours_lines(staff) if show == "hours" else metrics.holding_lines(staff)
    return {line.post_id: Note(() if line.hours else (line.sentence,), line.hours) for line in lines if line.lacking}
