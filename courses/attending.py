"""Recording who was at a session: the one place that writes attendance, whichever way it was noted."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from courses import crediting, policies, rules
from courses.crediting import Beside
from courses.enrolling import lock_people
from courses.errors import barred, refuse
from courses.models import (
    Attendance,
    AttendanceRule,
    AttendanceState,
    Enrollment,
    EnrollmentState,
    Excuse,
    Late,
    RunState,
    Session,
    Way,
)
from courses.rules import Span
from lms.registry import auditing
from lms.registry.auditing import Act
from lms.registry.errors import guarded
from lms.registry.inserting import insert_all
from lms.registry.models import Membership, Person, Role, User

By = Membership | User
#: Noted by whoever came, not by the centre.
BY_HERSELF = (Way.CODE, Way.KIOSK)


@dataclass(frozen=True)
class Mark:
    """What is noted of one person: when she came and went; both None means absent."""

    person: Person
    arrived_at: datetime | None
    left_at: datetime | None


def call_roll(*, by: By, session: Session, marks: Sequence[Mark]) -> list[Attendance]:
    """Record marks made by hand; see `record`."""
    return record(by=by, session=session, marks=marks, way=Way.HAND)


@transaction.atomic
def record(*, by: By | None, session: Session, marks: Sequence[Mark], way: Way) -> list[Attendance]:
    """Record the marks and credit their minutes, all or none; answers with what is new.

    A mark that says what is recorded already is passed over, so sending it twice does no harm. Whoever was granted
    an excuse is excused instead of absent. Refuses `session_cancelled`, `session_closed`, `session_not_begun`,
    `run_state`, `policy_missing`, and with the person's name: `not_enrolled`, `times_incomplete`, `times_outside`,
    `already_marked` (recorded otherwise: correct it instead), `own_session`, `person_barred`.
    """
    session = open_session(session)
    if session.starts_at > timezone.now():
        raise refuse("session_not_begun")
    if session.run.state not in (RunState.OPEN, RunState.FINISHED):
        raise refuse("run_state", state=session.run.state)
    people = {mark.person.pk: mark.person for mark in marks}
    banned = lock_people(people)
    new = _new_marks(session, marks)
    there = [mark.person.pk for mark in new if mark.arrived_at or mark.left_at]
    own = teaching(session, there)
    beside = crediting.beside(span_of(session), there, but=session)
    excused = _excused(session, [mark.person.pk for mark in new if mark.person.pk not in set(there)])
    rule = policies.attendance_rule_for(session.run.region, rules.day_of(session.starts_at))
    written = []
    for mark in new:
        presence = presence_of(session, mark.person, mark.arrived_at, mark.left_at)
        if presence and mark.person.pk in own:
            raise refuse("own_session", person=mark.person.name)
        if presence and mark.person.pk in banned:
            raise barred(person=mark.person.name)
        row = Attendance(
            session=session, person=mark.person, way=way, recorded_by=by.user if isinstance(by, Membership) else by
        )
        here = beside.get(mark.person.pk, Beside())
        written.append(judge(row, presence, rule, here, excused=mark.person.pk in excused))
    with guarded():
        insert_all(written)
    crediting.credit_all(by=by, session=session, attendances=written, beside=beside)
    if written:
        action = "check_in" if way in BY_HERSELF else "call_roll"
        auditing.record_all(by, [Act(action, row, after=words_of(row)) for row in written])
    return written


def open_session(session: Session) -> Session:
    """The session, read anew and locked until commit. Refuses `session_cancelled`, `session_closed`."""
    rows = Session.objects.select_for_update(of=("self",)).select_related("run__course", "run__region", "trainer")
    session = rows.get(pk=session.pk)
    if session.cancelled_at is not None:
        raise refuse("session_cancelled")
    if session.closed_at is not None:
        raise refuse("session_closed")
    return session


def teaching(session: Session, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Who of `people` teaches this session or works for the centre that gives it: they can't attend it (domain §7)."""
    if not people:
        return set()
    staff = Membership.objects.filter(
        role=Role.CENTRE_STAFF, centre_id=session.run.centre_id, ended_at__isnull=True, user__person_id__in=people
    )
    found = {key for key in staff.values_list("user__person_id", flat=True) if key}
    trainer = session.trainer.person_id if session.trainer else None
    if trainer is not None and trainer in people:
        found.add(trainer)
    return found


def _new_marks(session: Session, marks: Sequence[Mark]) -> list[Mark]:
    """The marks that say something new, each person once. Refuses `already_marked`, `not_enrolled`."""
    people = {mark.person.pk for mark in marks}
    enrolled = set(
        Enrollment.objects.filter(run_id=session.run_id, person_id__in=people)
        .exclude(state=EnrollmentState.WITHDRAWN)
        .values_list("person_id", flat=True)
    )
    known = {row.person_id: (row.arrived_at, row.left_at) for row in session.attendances.filter(person_id__in=people)}
    new = []
    for mark in marks:
        times = (mark.arrived_at, mark.left_at)
        if mark.person.pk not in known:
            if mark.person.pk not in enrolled:
                raise refuse("not_enrolled", person=mark.person.name)
            known[mark.person.pk] = times
            new.append(mark)
        elif known[mark.person.pk] != times:
            raise refuse("already_marked", person=mark.person.name)
    return new


def _excused(session: Session, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    if not people:
        return set()
    granted = Excuse.objects.filter(session=session, person_id__in=people, state=Excuse.State.GRANTED)
    return set(granted.values_list("person_id", flat=True))


@transaction.atomic
def excuse(*, by: By, session: Session, person: Person) -> Attendance | None:
    """Somebody absent is excused after all, as her granted request says; None where she isn't marked absent.

    Refuses `session_cancelled`, `session_closed`.
    """
    session = open_session(session)
    rows = Attendance.objects.select_for_update(of=("self",)).filter(session=session, person=person)
    row = rows.filter(state=AttendanceState.ABSENT).first()
    if row is None:
        return None
    before = words_of(row)
    row.state = AttendanceState.EXCUSED
    row.save(update_fields=["state"])
    auditing.record(by, "excuse", row, before=before, after=words_of(row))
    return row


def presence_of(session: Session, person: Person, arrived_at: datetime | None, left_at: datetime | None) -> Span | None:
    """The time somebody was there; None for absent. Refuses `times_incomplete`, and `times_outside` for what can't
    have been."""
    if arrived_at is None and left_at is None:
        return None
    if arrived_at is None or left_at is None:
        raise refuse("times_incomplete", person=person.name)
    presence = Span(arrived_at, left_at)
    if not rules.plausible(span_of(session), presence):
        raise refuse("times_outside", person=person.name)
    return presence


def judge(
    row: Attendance, presence: Span | None, rule: AttendanceRule, beside: Beside, *, excused: bool = False
) -> Attendance:
    """Let a row, not saved yet, say what this presence is under this rule, beside what counts already."""
    verdict = rules.judge(
        span_of(row.session),
        row.session.break_minutes,
        presence,
        excused=excused,
        grace_minutes=rule.grace_minutes,
        late_counts=rule.late == Late.PRORATA,
        suspended=beside.suspended,
        taken=beside.taken,
    )
    row.state, row.minutes, row.less = verdict.state, verdict.minutes, verdict.less
    row.arrived_at = presence.starts if presence else None
    row.left_at = presence.ends if presence else None
    return row


def moment_at(session: Session, clock: time | None) -> datetime | None:
    """A time of day at a session, in Beijing; None for none. Times past midnight belong to its end."""
    if clock is None:
        return None
    day = rules.day_of(session.starts_at)
    found = timezone.make_aware(datetime.combine(day, clock))
    # A session until midnight is left at 00:00, which is the next day.
    past_midnight = rules.day_of(session.ends_at) > day and found <= session.starts_at - timedelta(hours=12)
    return found + timedelta(days=1) if past_midnight else found


def span_of(session: Session) -> Span:
    return Span(session.starts_at, session.ends_at)


def words_of(row: Attendance) -> dict[str, object]:
    """What the audit trail keeps of an attendance."""
    return {
        "person": str(row.person_id),
        "session": str(row.session_id),
        "state": str(row.state),
        "way": str(row.way),
        "arrived_at": row.arrived_at.isoformat() if row.arrived_at else None,
        "left_at": row.left_at.isoformat() if row.left_at else None,
        "minutes": row.minutes,
        "less": row.less,
        "revision": row.revision,
    }


def account_of(by: By) -> User:
    return by.user if isinstance(by, Membership) else by
