"""When a post is succeeded by one of another kind: what hangs on it goes on with the successor."""

from collections.abc import Sequence

from lms.registry.models import ClassDuty, Leave, Post

#: The state and what of the employment file no roster tells go over as they stand.
CARRIED = (
    "state",
    "manager_id",
    "probation_until",
    "work_permit_number",
    "work_permit_until",
)


def take_over(old: Post, new: Post) -> None:
    """Give the successor, not saved yet, the columns that a new kind of work does not change."""
    for name in CARRIED:
        setattr(new, name, getattr(old, name))


def hand_on(pairs: Sequence[tuple[Post, Post]]) -> None:
    """Leave, classes and those she manages go over from each ended post to its saved successor.

    What has begun is ended on the old post and goes on with the new one, what is planned moves.
    """
    if not pairs:
        return
    old = {before.pk: (before, after) for before, after in pairs}
    leaves = list(Leave.objects.filter(post__in=old, ended_on__isnull=True))
    duties = list(ClassDuty.objects.filter(post__in=old, ended_on__isnull=True))
    goes_on: list[Leave | ClassDuty] = []
    hanging: list[Leave | ClassDuty] = [*leaves, *duties]
    for row in hanging:
        before, after = old[row.post_id]
        assert before.ended_on is not None
        if row.started_on >= before.ended_on:
            row.post = after
            continue
        goes_on.append(_continued(row, after))
        row.ended_on = before.ended_on
    Leave.objects.bulk_update(leaves, ["post", "ended_on"])
    ClassDuty.objects.bulk_update(duties, ["post", "ended_on"])
    Leave.objects.bulk_create(row for row in goes_on if isinstance(row, Leave))
    ClassDuty.objects.bulk_create(row for row in goes_on if isinstance(row, ClassDuty))
    for before, after in pairs:
        Post.objects.filter(manager=before, ended_on__isnull=True).update(manager=after)


def _continued(row: Leave | ClassDuty, post: Post) -> Leave | ClassDuty:
    if isinstance(row, ClassDuty):
        return ClassDuty(group_id=row.group_id, post=post, started_on=post.started_on)
    return Leave(
        post=post,
        kind=row.kind,
        started_on=post.started_on,
        expected_until=row.expected_until,
        reason=row.reason,
        evidence_id=row.evidence_id,
        recorded_by_id=row.recorded_by_id,
    )
