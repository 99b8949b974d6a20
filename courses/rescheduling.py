"""Changing a run after it was planned: its places, its sessions. Whoever is in it is told; numbers stay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from courses import announcing, enrolling
from courses.errors import refuse
from courses.models import (
    NOT_THERE,
    CourseRun,
    Enrollment,
    EnrollmentState,
    Room,
    RunState,
    Session,
    SessionAct,
    Trainer,
)
from courses.scheduling import (
    By,
    SessionPlan,
    Share,
    book,
    check_categories,
    check_sessions,
    in_state,
    session_of,
    standing,
    write_shares,
)
from lms.registry import auditing
from lms.registry.models import Person


@dataclass(frozen=True)
class Clash:
    """Somebody in a session who is in another one at the same time."""

    person: Person
    other: Session


@transaction.atomic
def change_run(*, by: By, run: CourseRun, title: str, place: str, capacity: int) -> CourseRun:
    """What a run is called, where it is, how many places it has; places that are new go to whoever waits.

    Refuses `run_state` unless planned or open, `capacity_taken` when more people are enrolled.
    """
    run = in_state(run, RunState.PLANNED, RunState.OPEN)
    if run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).count() > capacity:
        raise refuse("capacity_taken")
    before = {"title": run.title, "place": run.place, "places": run.capacity}
    run.title, run.place, run.capacity = title, place, capacity
    run.save(update_fields=["title", "place", "capacity"])
    after = {"title": title, "place": place, "places": capacity}
    auditing.record(by, "change_run", run, before=before, after=after)
    enrolling.give_places(by=by, run=run)
    return run


@transaction.atomic
def add_session(*, by: By, run: CourseRun, plan: SessionPlan) -> Session:
    """One more session, numbered after the last.

    Refuses `run_state` unless planned or open, and what `check_sessions` and `book` refuse.
    """
    run = in_state(run, RunState.PLANNED, RunState.OPEN)
    check_sessions([plan])
    _check_own(run, plan)
    book(run.centre, [plan])
    last = run.sessions.aggregate(last=Max("number"))["last"] or 0
    session = session_of(run, last + 1, plan)
    session.save(force_insert=True)
    write_shares(session, plan.shares)
    auditing.record(by, "add_session", session, after=_words(session))
    announcing.tell_added(session)
    return session


@transaction.atomic
def move_session(
    *,
    by: By,
    session: Session,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None,
    trainer: Trainer | None,
    reason: str,
) -> Session:
    """Another time, room or trainer; whom it makes busy twice is what `clashes` then says.

    Refuses `reason_missing`, `nothing_changed`, `run_state`, `session_cancelled`, `session_closed`, `roll_called`
    once somebody was there, and what `check_sessions` and `book` refuse.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    session = _changeable(session)
    was = (session.starts_at, session.ends_at, session.room, session.trainer)
    if was == (starts_at, ends_at, room, trainer):
        raise refuse("nothing_changed")
    plan = SessionPlan(session.title, session.bucket, starts_at, ends_at, session.break_minutes, trainer, room)
    check_sessions([plan])
    _check_own(session.run, plan, moved=session)
    book(session.run.centre, [plan], moved=session)
    before = _words(session)
    act = _act(by, session, SessionAct.Step.MOVE, reason)
    session.starts_at, session.ends_at, session.room, session.trainer = starts_at, ends_at, room, trainer
    session.save(update_fields=["starts_at", "ends_at", "room", "trainer"])
    auditing.record(by, "move_session", session, before=before, after=_words(session))
    announcing.tell_moved(session, act, {was[3], trainer})
    return session


@transaction.atomic
def describe_session(
    *,
    by: By,
    session: Session,
    title: str,
    bucket: str,
    category: str,
    break_minutes: int,
    shares: Iterable[Share] = (),
) -> Session:
    """What a session is about and how its minutes are split.

    Refuses `run_state`, `session_cancelled`, `session_closed`, `roll_called` once somebody was there: the hours
    were credited as it stood; `break_too_long`, `category_bucket`.
    """
    session, shares = _changeable(session), tuple(shares)
    check_sessions([SessionPlan(title, bucket, session.starts_at, session.ends_at, break_minutes)])
    check_categories([(category, bucket), *((share.category, share.bucket) for share in shares)])
    before = _words(session)
    session.title, session.bucket, session.category = title, bucket, category
    session.break_minutes = break_minutes
    session.save(update_fields=["title", "bucket", "category", "break_minutes"])
    write_shares(session, shares)
    auditing.record(by, "describe_session", session, before=before, after=_words(session))
    return session


@transaction.atomic
def cancel_session(*, by: By, session: Session, reason: str) -> Session:
    """A session doesn't take place; the others keep their numbers.

    Refuses `reason_missing`, `run_state`, `session_cancelled`, `session_closed`, `roll_called` once somebody
    was there.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    session = _changeable(session)
    act = _act(by, session, SessionAct.Step.CANCEL, reason)
    session.cancelled_at = timezone.now()
    session.save(update_fields=["cancelled_at"])
    auditing.record(by, "cancel_session", session, before=_words(session), after={"reason": act.reason})
    announcing.tell_session_cancelled(session, act)
    return session


def clashes(session: Session) -> list[Clash]:
    """Who in this session is in another run's session at the same time, by name."""
    taking_part = Enrollment.objects.exclude(state=EnrollmentState.WITHDRAWN)
    meeting = (
        standing().filter(starts_at__lt=session.ends_at, ends_at__gt=session.starts_at).exclude(run=session.run_id)
    )
    people = taking_part.filter(run=session.run_id).values("person")
    others = {other.run_id: other for other in meeting.select_related("run").order_by("-starts_at")}
    rows = taking_part.filter(run__in=others, person__in=people).select_related("person")
    return [Clash(row.person, others[row.run_id]) for row in rows.order_by("person__sort_key", "person__name")]


def _changeable(session: Session) -> Session:
    """The session and its run, locked and read anew, while nobody was there."""
    run = in_state(session.run, RunState.PLANNED, RunState.OPEN)
    rows = Session.objects.select_for_update(of=("self",)).select_related("room", "trainer")
    session = rows.get(pk=session.pk)
    session.run = run
    if session.cancelled_at is not None:
        raise refuse("session_cancelled")
    if session.closed_at is not None:
        raise refuse("session_closed")
    if session.attendances.exclude(state__in=NOT_THERE).exists() or session.scans.exists():
        raise refuse("roll_called")
    return session


def _check_own(run: CourseRun, plan: SessionPlan, moved: Session | None = None) -> None:
    """Sessions of one run never meet: everybody is in all of them."""
    others = run.sessions.filter(cancelled_at__isnull=True)
    if moved:
        others = others.exclude(pk=moved.pk)
    if others.filter(starts_at__lt=plan.ends_at, ends_at__gt=plan.starts_at).exists():
        raise refuse("sessions_overlap")


def _act(by: By, session: Session, step: SessionAct.Step, reason: str) -> SessionAct:
    return SessionAct.objects.create(
        session=session,
        step=step,
        was_starts_at=session.starts_at,
        was_ends_at=session.ends_at,
        was_room=session.room,
        reason=reason.strip(),
        by=enrolling.account_of(by),
    )


def _words(session: Session) -> dict[str, object]:
    return {
        "run": session.run.code,
        "number": session.number,
        "title": session.title,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "break_minutes": session.break_minutes,
        "bucket": str(session.bucket),
        "category": session.category,
        "room": str(session.room_id) if session.room_id else None,
        "trainer": str(session.trainer_id) if session.trainer_id else None,
    }
