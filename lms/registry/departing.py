"""Those whom a complete roster no longer names: who they are, and ending their posts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from lms.registry import auditing, ending, recording
from lms.registry.inserting import insert_all
from lms.registry.matching import Matcher
from lms.registry.models import Membership, Post, RosterUpload, User

#: Institutions looked at in one go, and posts ended in one transaction at most.
INSTITUTIONS = 200
POSTS = 1000
#: More leavers than one in five of the staff look like a list that is not complete.
MANY = 5


@dataclass(frozen=True)
class Departure:
    """What a complete list ends: posts open on the day `on`, the first day nobody works there any more.

    Posts recorded after `seen` were in no preview and stay; the change is kept with `upload`, if there is one.
    """

    on: date
    seen: datetime | None = None
    upload: RosterUpload | None = None


@dataclass
class Leavers:
    """Those a list would end: how many of how many on post, and their names by institution, at most `keep`."""

    count: int = 0
    staff: int = 0
    names: list[dict[str, object]] = field(default_factory=list)


def find_leavers(matcher: Matcher, departure: Departure, keep: int | None) -> Leavers:
    """Whom the rows read so far leave out, at the institutions they name."""
    found = Leavers()
    by_place: dict[str, list[str]] = {}
    named = 0
    for posts, staff in _batches(matcher, departure):
        found.count += len(posts)
        found.staff += staff
        for post in posts[: None if keep is None else max(keep - named, 0)]:
            where = str(post.institution)
            names = by_place.setdefault(where, [])
            names.append(post.person.name)
            named += 1
    found.names = [{"institution": place, "names": names} for place, names in by_place.items()]
    return found


def many(count: int, staff: int) -> bool:
    """Whether so many of the staff leave that somebody should look twice."""
    return count * MANY > staff


def next_leavers(matcher: Matcher, departure: Departure) -> Iterator[list[Post]]:
    """The leavers once more, in portions that fit a transaction."""
    for posts, _staff in _batches(matcher, departure):
        for start in range(0, len(posts), POSTS):
            yield posts[start : start + POSTS]


def end_posts(posts: list[Post], departure: Departure, by: "Membership | User | None") -> int:
    """End these posts inside the caller's transaction, unless somebody has meanwhile; how many were ended."""
    ids = [post.pk for post in posts]
    rows = list(Post.objects.select_for_update(of=("self",)).filter(pk__in=ids, ended_on__isnull=True).order_by("pk"))
    states = {row.pk: row.state for row in rows}
    ended = ending.end_posts(rows, departure.on)
    acts = [
        auditing.Act(
            "post.end",
            row,
            before={"state": states[row.pk]},
            after={"state": row.state, "ended_on": departure.on.isoformat(), "reason": "roster"},
        )
        for row in rows
    ]
    if departure.upload is not None:
        insert_all(recording.ends_of(rows, states, ended, departure.upload))
    auditing.record_all(by, acts)
    return len(rows)


def _batches(matcher: Matcher, departure: Departure) -> Iterator[tuple[list[Post], int]]:
    """(leavers, staff on post) of some institutions at a time, in an order that does not change."""
    present = matcher.present()
    ids = sorted(present)
    for start in range(0, len(ids), INSTITUTIONS):
        here = ids[start : start + INSTITUTIONS]
        staff = _open_posts(here, departure)
        rows = staff.select_related("person", "institution").order_by("institution_id", "person__sort_key", "pk")
        leavers = [
            post
            for post in rows.defer("person__phone_sealed").iterator(chunk_size=2000)
            if post.person_id not in present[post.institution_id] and not matcher.unclear(post.person.name)
        ]
        yield leavers, staff.aggregate(n=Count("pk"))["n"]


def _open_posts(institutions: list[UUID], departure: Departure) -> "QuerySet[Post]":
    rows = Post.objects.filter(institution__in=institutions, ended_on__isnull=True, started_on__lte=departure.on)
    return rows.filter(Q() if departure.seen is None else Q(recorded_at__lte=departure.seen))
