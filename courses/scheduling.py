"""Planning runs and taking them through their states: planned, open, finished or cancelled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from courses import announcing, rules
from courses.errors import refuse
from courses.models import (
    Attendance,
    Course,
    CourseRun,
    HourCategory,
    Room,
    RunState,
    Session,
    SessionShare,
    Trainer,
    WaitingPlace,
)
from lms.registry import auditing
from lms.registry.models import Membership, Region, TrainingCentre, User

By = Membership | User
#: A session may cross midnight, yet nobody sits in one for longer than this.
LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Share:
    """So many `parts` of a session's minutes go to this bucket and category."""

    bucket: str
    parts: int
    category: str = ""


@dataclass(frozen=True)
class SessionPlan:
    """One session as planned: [starts_at, ends_at) less `break_minutes`; all of it for one bucket and category
    unless `shares` split it."""

    title: str
    bucket: str
    starts_at: datetime
    ends_at: datetime
    break_minutes: int = 0
    trainer: Trainer | None = None
    room: Room | None = None
    category: str = ""
    shares: tuple[Share, ...] = ()

    @property
    def span(self) -> rules.Span:
        return rules.Span(self.starts_at, self.ends_at)


@transaction.atomic
def plan_run(
    *,
    by: By,
    course: Course,
    centre: TrainingCentre,
    title: str,
    place: str,
    capacity: int,
    sessions: Sequence[SessionPlan],
    open: bool = False,
) -> CourseRun:
    """A new run with its sessions, numbered in order of time; with `open` it takes enrolments at once.

    Refuses `course_inactive`, what `check_sessions` and `book` refuse and, when it is to open without any
    session, `run_without_sessions`.
    """
    if not course.active:
        raise refuse("course_inactive")
    check_sessions(sessions)
    if open and not sessions:
        raise refuse("run_without_sessions")
    book(centre, sessions)
    ordered = sorted(sessions, key=lambda plan: plan.starts_at)
    run = CourseRun.objects.create(
        code=_next_code(centre, ordered[0].starts_at if ordered else timezone.now()),
        course=course,
        centre=centre,
        region=centre.region,
        title=title,
        place=place,
        capacity=capacity,
        state=RunState.OPEN if open else RunState.PLANNED,
        created_by=by.user if isinstance(by, Membership) else by,
    )
    rows = [session_of(run, number, plan) for number, plan in enumerate(ordered, 1)]
    Session.objects.bulk_create(rows)
    for row, plan in zip(rows, ordered, strict=True):
        write_shares(row, plan.shares)
    after = {"code": run.code, "course": course.code, "state": run.state, "sessions": len(ordered), "places": capacity}
    auditing.record(by, "plan_run", run, after=after)
    return run


def session_of(run: CourseRun, number: int, plan: SessionPlan) -> Session:
    """The row of a planned session, not saved yet."""
    return Session(
        run=run,
        number=number,
        title=plan.title,
        bucket=plan.bucket,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        break_minutes=plan.break_minutes,
        trainer=plan.trainer,
        room=plan.room,
        category=plan.category,
    )


def write_shares(session: Session, shares: Iterable[Share]) -> None:
    """Put these shares in the place of those there are."""
    session.shares.all().delete()
    SessionShare.objects.bulk_create(
        SessionShare(session=session, number=number, bucket=share.bucket, category=share.category, parts=share.parts)
        for number, share in enumerate(shares, 1)
    )


def check_sessions(sessions: Sequence[SessionPlan]) -> None:
    """Refuse sessions that can't be: `session_times` when one ends before it starts or lasts longer than a day,
    `break_too_long`, `sessions_overlap` among themselves, `category_bucket`."""
    for number, plan in enumerate(sessions, 1):
        if not timedelta(0) < plan.ends_at - plan.starts_at <= LONGEST:
            raise refuse("session_times", number=number)
        if timedelta(minutes=plan.break_minutes) >= plan.span.length:
            raise refuse("break_too_long", number=number)
    if rules.clashes(plan.span for plan in sessions):
        raise refuse("sessions_overlap")
    named = [(plan.category, plan.bucket) for plan in sessions]
    named += [(share.category, share.bucket) for plan in sessions for share in plan.shares]
    check_categories(named)


def check_categories(named: Iterable[tuple[str, str]]) -> None:
    """Refuse a category that is none, or one of the other bucket (`category_bucket`)."""
    wanted = {(category, bucket) for category, bucket in named if category}
    if wanted and not wanted <= set(HourCategory.objects.values_list("name", "bucket")):
        raise refuse("category_bucket")


def book(centre: TrainingCentre, plans: Sequence[SessionPlan], moved: Session | None = None) -> None:
    """Hold the rooms and trainers of `plans` for their times until the transaction ends.

    Their rows are the locks, so that two plans made at once can't have the same room. Refuses `not_of_centre`,
    `room_taken`, `trainer_busy`. `moved` is the session being moved, which is in nobody's way. What a trainer
    does at another centre isn't known here; the bureau sees it.
    """
    rooms = {plan.room.pk for plan in plans if plan.room}
    trainers = {plan.trainer.pk for plan in plans if plan.trainer}
    # What a session has already may be kept when the room or trainer was taken out of use since.
    kept = {moved.room_id, moved.trainer_id} if moved else set()
    for model, keys in ((Room, rooms), (Trainer, trainers)):
        usable = Q(active=True) | Q(pk__in=[key for key in kept if key])
        rows = model.objects.filter(usable, pk__in=keys, centre=centre)
        if set(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)) != keys:
            raise refuse("not_of_centre")
    others = standing().exclude(pk=moved.pk) if moved else standing()
    for plan in plans:
        meeting = others.filter(starts_at__lt=plan.ends_at, ends_at__gt=plan.starts_at)
        if plan.room and (other := meeting.filter(room=plan.room).first()):
            raise refuse("room_taken", room=plan.room.name, session=str(other))
        if plan.trainer and (other := meeting.filter(trainer=plan.trainer).first()):
            raise refuse("trainer_busy", trainer=plan.trainer.name, session=str(other))


def standing() -> "QuerySet[Session]":
    """Sessions that were not cancelled, of runs that were not either."""
    return Session.objects.filter(cancelled_at__isnull=True).exclude(run__state=RunState.CANCELLED)


def _next_code(centre: TrainingCentre, begins: datetime) -> str:
    """The region's next run number of the year, such as 310117-2026-0042; its row is the lock."""
    region = Region.objects.select_for_update().get(pk=centre.region_id)
    stem = f"{region.code}-{timezone.localtime(begins).year}-"
    last = CourseRun.objects.filter(code__startswith=stem).order_by("-code").values_list("code", flat=True).first()
    return f"{stem}{int(last.removeprefix(stem)) + 1 if last else 1:04d}"


@transaction.atomic
def open_run(*, by: By, run: CourseRun) -> CourseRun:
    """Let people enrol. Refuses `run_state` unless planned, `run_without_sessions`."""
    run = in_state(run, RunState.PLANNED)
    if not run.sessions.filter(cancelled_at__isnull=True).exists():
        raise refuse("run_without_sessions")
    return _move(by, run, RunState.OPEN)


@transaction.atomic
def finish_run(*, by: By, run: CourseRun) -> CourseRun:
    """Close a run after its last session, and ask everybody what she thinks of it.

    Refuses `run_state` unless open, `sessions_ahead`.
    """
    run = in_state(run, RunState.OPEN)
    if run.sessions.filter(ends_at__gt=timezone.now(), cancelled_at__isnull=True).exists():
        raise refuse("sessions_ahead")
    run = _move(by, run, RunState.FINISHED)
    _end_queue(run)
    announcing.tell_over(run)
    return run


@transaction.atomic
def cancel_run(*, by: By, run: CourseRun) -> CourseRun:
    """Call a run off, and tell everybody.

    Refuses `run_state` unless planned or open, `roll_called` once somebody was there.
    """
    run = in_state(run, RunState.PLANNED, RunState.OPEN)
    if Attendance.objects.filter(session__run=run, minutes__gt=0).exists():
        raise refuse("roll_called")
    run = _move(by, run, RunState.CANCELLED)
    announcing.tell_cancelled(run)
    _end_queue(run)
    return run


def in_state(run: CourseRun, *states: RunState) -> CourseRun:
    """The run, locked and read anew, if it is in one of `states`; else `run_state`."""
    run = CourseRun.objects.select_for_update(of=("self",)).select_related("centre").get(pk=run.pk)
    if run.state not in states:
        raise refuse("run_state", state=run.state)
    return run


def _move(by: By, run: CourseRun, state: RunState) -> CourseRun:
    before, run.state = run.state, state
    run.save(update_fields=["state"])
    auditing.record(by, f"{state}_run", run, before={"state": before}, after={"state": state})
    return run


def _end_queue(run: CourseRun) -> None:
    """Nobody waits for a run that takes nobody any more."""
    open_turns = WaitingPlace.objects.filter(run=run, placed_at__isnull=True, left_at__isnull=True)
    open_turns.update(left_at=timezone.now())
