"""The one way in which a post ends without a successor, and what ends with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.utils import timezone

from lms.registry.models import ClassDuty, Leave, Post, PostState

#: Rows per statement.
BATCH = 500


@dataclass(frozen=True)
class Ended:
    """The open leave and the duties in classes that ended with some posts."""

    leaves: list[Leave] = field(default_factory=list)
    duties: list[ClassDuty] = field(default_factory=list)


def end_posts(posts: Sequence[Post], on: date) -> Ended:
    """End these open posts, locked by the caller, on `on`, the first day nobody works there any more.

    What began later, or would have, ends on the day it begins. Suspension ends with the post too: the inquiry
    has nobody left to keep from work. The caller records it.
    """
    now = timezone.now()
    days: dict[UUID, date] = {}
    for post in posts:
        post.state, post.ended_on, post.updated_at = PostState.LEFT, max(on, post.started_on), now
        days[post.pk] = post.ended_on
    ended = Ended(
        list(Leave.objects.filter(post__in=days, ended_on__isnull=True)),
        list(ClassDuty.objects.filter(post__in=days, ended_on__isnull=True)),
    )
    _end(ended.leaves, days)
    _end(ended.duties, days)
    Leave.objects.bulk_update(ended.leaves, ["ended_on"], batch_size=BATCH)
    ClassDuty.objects.bulk_update(ended.duties, ["ended_on"], batch_size=BATCH)
    Post.objects.bulk_update(posts, ["state", "ended_on", "updated_at"], batch_size=BATCH)
    return ended


def _end(rows: Iterable[Leave | ClassDuty], days: dict[UUID, date]) -> None:
    for row in rows:
        row.ended_on = max(days[row.post_id], row.started_on)
