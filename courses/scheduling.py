"""Planning runs and taking them through their states: planned, open, finished or cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from courses import rules
from courses.errors import refuse
from courses.models import Attendance, Course, CourseRun, Room, RunState, Session, Trainer
from lms.registry import auditing
from lms.registry.models import Membership, Region, TrainingCentre, User


@dataclass(frozen=True)
class SessionPlan:
    """One session as planned: [starts_at, ends_at) less `break_minutes`, all of it for one bucket."""

    title: str
    bucket: str
    starts_at: datetime
    ends_at: datetime
    break_minutes: int = 0
    trainer: Trainer | None = None
    room: Room | None = None
    category: str = ""

    @property
    def span(self) -> rules.Span:
        return rules.Span(self.starts_at, self.ends_at)


@transaction.atomic
def plan_run(
    *,
    by: Membership | User,
    course: Course,
    centre: TrainingCentre,
    title: str,
    place: str,
    capacity: int,
    sessions: Sequence[SessionPlan],
    open: bool = False,
) -> CourseRun:
    """A new run with its sessions, numbered in order of time; with `open` it takes enrolments at once.

    Refuses `course_inactive`, `session_times`, `break_too_long`, `sessions_overlap` and, when it is to
    open without any session, `run_without_sessions`.
    """
    if not course.active:
        raise refuse("course_inactive")
    check_sessions(sessions)
    if open and not sessions:
        raise refuse("run_without_sessions")
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
    Session.objects.bulk_create(
        Session(
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
        for number, plan in enumerate(ordered, 1)
    )
    after = {"code": run.code, "course": course.code, "state": run.state, "sessions": len(ordered), "places": capacity}
    auditing.record(by, "plan_run", run, after=after)
    return run


def check_sessions(sessions: Sequence[SessionPlan]) -> None:
    """Refuse sessions that end before they start or on another day, that are all break, or that meet."""
    for number, plan in enumerate(sessions, 1):
        last_moment = plan.ends_at - timedelta(microseconds=1)
        if plan.ends_at <= plan.starts_at or timezone.localdate(last_moment) != timezone.localdate(plan.starts_at):
            raise refuse("session_times", number=number)
        if timedelta(minutes=plan.break_minutes) >= plan.span.length:
            raise refuse("break_too_long", number=number)
    if rules.clashes(plan.span for plan in sessions):
        raise refuse("sessions_overlap")


def _next_code(centre: TrainingCentre, begins: datetime) -> str:
    """The region's next run number of the year, such as 310117-2026-0042; its row is the lock."""
    region = Region.objects.select_for_update().get(pk=centre.region_id)
    stem = f"{region.code}-{timezone.localtime(begins).year}-"
    last = CourseRun.objects.filter(code__startswith=stem).order_by("-code").values_list("code", flat=True).first()
    return f"{stem}{int(last.removeprefix(stem)) + 1 if last else 1:04d}"


@transaction.atomic
def open_run(*, by: Membership | User, run: CourseRun) -> CourseRun:
    """Let people enrol. Refuses `run_state` unless planned, `run_without_sessions`."""
    run = _in_state(run, RunState.PLANNED)
    if not run.sessions.exists():
        raise refuse("run_without_sessions")
    return _move(by, run, RunState.OPEN)


@transaction.atomic
def finish_run(*, by: Membership | User, run: CourseRun) -> CourseRun:
    """Close a run after its last session. Refuses `run_state` unless open, `sessions_ahead`."""
    run = _in_state(run, RunState.OPEN)
    if run.sessions.filter(ends_at__gt=timezone.now()).exists():
        raise refuse("sessions_ahead")
    return _move(by, run, RunState.FINISHED)


@transaction.atomic
def cancel_run(*, by: Membership | User, run: CourseRun) -> CourseRun:
    """Call a run off. Refuses `run_state` unless planned or open, `roll_called` once somebody was there."""
    run = _in_state(run, RunState.PLANNED, RunState.OPEN)
    if Attendance.objects.filter(session__run=run, minutes__gt=0).exists():
        raise refuse("roll_called")
    return _move(by, run, RunState.CANCELLED)


def _in_state(run: CourseRun, *states: RunState) -> CourseRun:
    """The run, locked and read anew, if it is in one of `states`."""
    run = CourseRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in states:
        raise refuse("run_state", state=run.state)
    return run


def _move(by: Membership | User, run: CourseRun, state: RunState) -> CourseRun:
    before, run.state = run.state, state
    run.save(update_fields=["state"])
    auditing.record(by, f"{state}_run", run, before={"state": before}, after={"state": state})
    return run
