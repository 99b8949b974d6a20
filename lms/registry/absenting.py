"""Days away from a post: leave, and suspension pending an inquiry.

A leave is a row; `Post.state` only repeats what the rows say of today, and `keep_states` lets it follow
when a planned leave begins or a probation runs out. Maternity leave, long sick leave and suspension lower
the year's hours, so every change touches the post: its training years are then assessed anew.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import auditing, news, posting
from lms.registry.errors import guarded, refuse
from lms.registry.models import Ban, Leave, LeaveKind, Membership, Post, PostState, PrivateFile, Role, User

By = Membership | User | None
#: A suspension pending an inquiry lasts 30 days at most and may be renewed for as long (domain paper §6).
TERM = timedelta(days=30)
#: How far ahead leave may be planned.
PLANNED_AHEAD = timedelta(days=366)
DAY = timedelta(days=1)


def begin_leave(
    *,
    by: By,
    post: Post,
    kind: str,
    on: date,
    expected_until: date | None = None,
    reason: str = "",
    evidence: PrivateFile | None = None,
) -> Leave:
    """The person is away since `on`, or will be; `expected_until` is the last day she is expected to be away.

    Codes: not_allowed, post_ended, leave_dates (before the post, too far ahead, an end before the beginning),
    leave_overlaps, leave_kind (a suspension has a verb of its own).
    """
    if kind == LeaveKind.SUSPENSION or kind not in LeaveKind.values:
        raise refuse("leave_kind")
    if on > timezone.localdate() + PLANNED_AHEAD or (expected_until is not None and expected_until < on):
        raise refuse("leave_dates")
    with guarded():
        row = posting.open_post(by, post, Role.INSTITUTION_MANAGER)
        leave = Leave(post=row, kind=kind, started_on=on, expected_until=expected_until, reason=reason.strip())
        return _begun(by, row, leave, evidence)


def suspend(*, by: By, post: Post, on: date, until: date, reason: str, evidence: PrivateFile | None = None) -> Leave:
    """Suspend somebody pending an inquiry, `until` its last day; by her institution or the bureau.

    Codes: not_allowed, own_case (nobody suspends herself), reason_missing, post_ended, leave_dates (before
    the post, or in the future), suspension_term (longer than 30 days), leave_overlaps.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    if on > timezone.localdate():
        raise refuse("leave_dates")
    if not on <= until < on + TERM:
        raise refuse("suspension_term")
    with guarded():
        row = posting.open_post(by, post, Role.INSTITUTION_MANAGER, Role.BUREAU_OFFICER)
        posting.not_herself(by, row)
        leave = Leave(post=row, kind=LeaveKind.SUSPENSION, started_on=on, expected_until=until, reason=reason.strip())
        return _begun(by, row, leave, evidence)


def renew_suspension(*, by: By, leave: Leave, until: date, reason: str) -> Leave:
    """The inquiry takes longer: a new last day, at most 30 days after the one before. May be repeated.

    Codes: not_allowed, own_case, reason_missing, leave_kind, leave_ended, suspension_term.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    with guarded():
        post = posting.open_post(by, leave.post, Role.INSTITUTION_MANAGER, Role.BUREAU_OFFICER)
        posting.not_herself(by, post)
        row = _locked(leave)
        if row.kind != LeaveKind.SUSPENSION or row.expected_until is None:
            raise refuse("leave_kind")
        if row.ended_on is not None:
            raise refuse("leave_ended")
        if not row.expected_until < until <= row.expected_until + TERM:
            raise refuse("suspension_term")
        before = _told(row)
        row.expected_until = until
        row.save(update_fields=["expected_until"])
        auditing.record(by, "leave.renew", row, before=before, after=_told(row) | {"reason": reason.strip()})
    return row


def end_leave(*, by: By, leave: Leave, on: date, reason: str = "") -> Leave:
    """She is back on `on`, her first day at work; a leave ended on the day it begins was never taken.

    Codes: not_allowed, own_case and reason_missing (a suspension's end), leave_ended, leave_dates (before it
    began, or in the future, unless what was planned is called off).
    """
    suspension = leave.kind == LeaveKind.SUSPENSION
    if suspension and not reason.strip():
        raise refuse("reason_missing")
    with guarded():
        roles = (Role.INSTITUTION_MANAGER, Role.BUREAU_OFFICER) if suspension else (Role.INSTITUTION_MANAGER,)
        post = posting.open_post(by, leave.post, *roles)
        if suspension:
            posting.not_herself(by, post)
        row = _locked(leave)
        if row.ended_on is not None:
            raise refuse("leave_ended")
        if on < row.started_on or on > max(timezone.localdate(), row.started_on):
            raise refuse("leave_dates")
        before = _told(row)
        row.ended_on = on
        row.save(update_fields=["ended_on"])
        follow(post)
        _tell(row)
        auditing.record(by, "leave.end", row, before=before, after=_told(row) | _reason(reason))
    return row


def correct_leave(
    *, by: By, leave: Leave, started_on: date, ended_on: date | None, expected_until: date | None, reason: str
) -> Leave:
    """Other days for a leave that was recorded wrongly; what it said before stays in the audit trail.

    Codes: not_allowed, own_case (a suspension), reason_missing, leave_dates, suspension_term, leave_overlaps,
    post_ended (the post has ended, or an open leave would stand on it).
    """
    if not reason.strip():
        raise refuse("reason_missing")
    today = timezone.localdate()
    if expected_until is not None and expected_until < started_on:
        raise refuse("leave_dates")
    if ended_on is not None and not started_on <= ended_on <= max(today, started_on):
        raise refuse("leave_dates")
    with guarded():
        post = posting.open_post(by, leave.post, Role.INSTITUTION_MANAGER)
        row = _locked(leave)
        if row.kind == LeaveKind.SUSPENSION:
            posting.not_herself(by, post)
            if expected_until is None or started_on > today:
                raise refuse("leave_dates")
            # Renewals have moved the last day; a correction moves it no further.
            if expected_until > max(started_on + TERM - DAY, row.expected_until or started_on):
                raise refuse("suspension_term")
        before = _told(row)
        row.started_on, row.ended_on, row.expected_until = started_on, ended_on, expected_until
        _refuse_unfit(post, row)
        row.save(update_fields=["started_on", "ended_on", "expected_until"])
        follow(post)
        _tell(row)
        auditing.record(by, "leave.correct", row, before=before, after=_told(row) | _reason(reason))
    return row


# --- The state of a post --------------------------------------------------------------------


def state_on(post: Post, leaves: Iterable[Leave], today: date) -> PostState:
    """What `leaves`, all those of an open post, and its probation say of it on `today`."""
    for leave in leaves:
        if leave.started_on <= today and (leave.ended_on is None or leave.ended_on > today):
            return PostState.SUSPENDED if leave.kind == LeaveKind.SUSPENSION else PostState.LEAVE
    if post.probation_until is not None and post.probation_until >= today:
        return PostState.PROBATION
    # A probation without a known end goes on until somebody ends it.
    without_end = post.state == PostState.PROBATION and post.probation_until is None
    return PostState.PROBATION if without_end else PostState.ON_POST


def keep_states(limit: int = 500) -> int:
    """Let the states of open posts follow the days: planned leave begins, probation runs out; how many changed.

    Posts on which leave stands are touched once a day, for with each day more of the year's hours falls away.
    """
    today = timezone.localdate()
    away = Leave.objects.filter(post=OuterRef("pk"), ended_on__isnull=True, started_on__lte=today)
    due = Q(Exists(away), state__in=(PostState.ON_POST, PostState.PROBATION))
    due |= Q(state=PostState.PROBATION, probation_until__lt=today)
    # A barred person's post is ended, never brought back to work.
    barred = Ban.objects.standing().filter(person=OuterRef("person"))
    posts = Post.objects.filter(due, ended_on__isnull=True).exclude(Exists(barred))
    changed = 0
    for pk in list(posts.order_by("pk").values_list("pk", flat=True)[:limit]):
        with guarded():
            try:
                post = posting.open_post(None, Post(pk=pk))
            except DomainError:  # ended in between
                continue
            before = post.state
            if follow(post):
                changed += 1
                auditing.record(None, "post.state", post, before={"state": before}, after={"state": post.state})
    standing = Post.objects.filter(Exists(away), ended_on__isnull=True, updated_at__date__lt=today)
    standing.update(updated_at=timezone.now())
    return changed


def follow(post: Post) -> bool:
    """Bring the locked post's state in step with its leave; touched in any case, for its hours may change."""
    before = post.state
    post.state = state_on(post, post.leaves.all(), timezone.localdate())
    post.save(update_fields=["state", "updated_at"])
    return before != post.state


def _locked(leave: Leave) -> Leave:
    return Leave.objects.select_for_update(of=("self",)).select_related("post").get(pk=leave.pk)


def _begun(by: By, post: Post, leave: Leave, evidence: PrivateFile | None) -> Leave:
    _refuse_unfit(post, leave)
    leave.evidence = evidence
    leave.recorded_by = by.user if isinstance(by, Membership) else by
    leave.save(force_insert=True)
    follow(post)
    _tell(leave)
    auditing.record(by, "leave.begin", leave, after=_told(leave) | _reason(leave.reason))
    return leave


def _tell(leave: Leave) -> None:
    """Hours of days of suspension give nothing, also those credited before it was recorded."""
    if leave.kind == LeaveKind.SUSPENSION:
        news.tell_suspension()


def _refuse_unfit(post: Post, leave: Leave) -> None:
    """leave_dates before the post began; leave_overlaps with another leave; one that was never taken is in no way."""
    if leave.started_on < post.started_on:
        raise refuse("leave_dates")
    others = post.leaves.exclude(pk=leave.pk).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=leave.started_on))
    for other in others:
        taken = other.ended_on is None or other.ended_on > other.started_on
        if taken and (leave.ended_on is None or other.started_on < leave.ended_on):
            raise refuse("leave_overlaps")


def _told(leave: Leave) -> dict[str, str | None]:
    days = {name: getattr(leave, name) for name in ("started_on", "expected_until", "ended_on")}
    return {"post": str(leave.post_id), "kind": str(leave.kind)} | {
        name: day.isoformat() if day else None for name, day in days.items()
    }


def _reason(reason: str) -> dict[str, str | None]:
    return {"reason": reason.strip()} if reason.strip() else {}
