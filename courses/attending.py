"""Calling the roll of a session."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses import crediting, rules
from courses.enrolling import lock_people
from courses.errors import barred, refuse
from courses.models import (
    Attendance,
    Enrollment,
    EnrollmentState,
    RunState,
    Session,
)
from courses.rules import Span
from lms.registry import auditing
from lms.registry.auditing import Act
from lms.registry.errors import guarded
from lms.registry.models import Membership, Person, User


@dataclass(frozen=True)
class Mark:
    """What the roll says of one person: when she came and went; both None means absent."""

    person: Person
    arrived_at: datetime | None
    left_at: datetime | None


@transaction.atomic
def call_roll(*, by: Membership | User, session: Session, marks: Sequence[Mark]) -> list[Attendance]:
    """Record the marks and credit their minutes, all or none.

    A mark that says what is recorded already is passed over, so sending a page twice does no harm.
    Refuses `session_not_begun`, `run_state`, `not_enrolled`, `times_incomplete`, `times_outside`,
    `already_marked` (recorded otherwise: correct it instead) and `person_barred`, each with the
    person's name where it concerns one.
    """
    session = Session.objects.select_for_update(of=("self",)).select_related("run__course").get(pk=session.pk)
    if session.starts_at > timezone.now():
        raise refuse("session_not_begun")
    if session.run.state not in (RunState.OPEN, RunState.FINISHED):
        raise refuse("run_state", state=session.run.state)
    people = {mark.person.pk: mark.person for mark in marks}
    banned = lock_people(people)
    enrolled = set(
        Enrollment.objects.filter(run_id=session.run_id, person_id__in=people)
        .exclude(state=EnrollmentState.WITHDRAWN)
        .values_list("person_id", flat=True)
    )
    known = {row.person_id: row for row in session.attendances.filter(person_id__in=people)}
    taken = crediting.taken(session, people)
    rows: dict[uuid.UUID, Attendance] = {}
    for mark in marks:
        row = known.get(mark.person.pk) or rows.get(mark.person.pk)
        if row is not None:
            if (row.arrived_at, row.left_at) != (mark.arrived_at, mark.left_at):
                raise refuse("already_marked", person=mark.person.name)
            continue
        if mark.person.pk not in enrolled:
            raise refuse("not_enrolled", person=mark.person.name)
        presence = presence_of(session, mark.person, mark.arrived_at, mark.left_at)
        if presence and mark.person.pk in banned:
            raise barred(person=mark.person.name)
        row = Attendance(session=session, person=mark.person, recorded_by=account_of(by))
        rows[mark.person.pk] = judge(row, presence, taken.get(mark.person.pk, ()))
    written = list(rows.values())
    with guarded():
        Attendance.objects.bulk_create(written, batch_size=500)
    crediting.credit_all(by=by, session=session, attendances=written)
    if written:
        auditing.record_all(by, [Act("call_roll", row, after=words_of(row)) for row in written])
    return written


def presence_of(session: Session, person: Person, arrived_at: datetime | None, left_at: datetime | None) -> Span | None:
    """The time somebody was there; None for absent. Refuses what can't have been."""
    if arrived_at is None and left_at is None:
        return None
    if arrived_at is None or left_at is None:
        raise refuse("times_incomplete", person=person.name)
    presence = Span(arrived_at, left_at)
    if not rules.plausible(span_of(session), presence):
        raise refuse("times_outside", person=person.name)
    return presence


def judge(row: Attendance, presence: Span | None, taken: Sequence[Span]) -> Attendance:
    session = span_of(row.session)
    row.state = rules.state_of(session, presence)
    row.arrived_at = presence.starts if presence else None
    row.left_at = presence.ends if presence else None
    row.minutes = rules.minutes_present(session, row.session.break_minutes, presence, taken)
    return row


def span_of(session: Session) -> Span:
    return Span(session.starts_at, session.ends_at)


def words_of(row: Attendance) -> dict[str, object]:
    return {
        "person": str(row.person_id),
        "session": str(row.session_id),
        "state": str(row.state),
        "arrived_at": row.arrived_at.isoformat() if row.arrived_at else None,
        "left_at": row.left_at.isoformat() if row.left_at else None,
        "minutes": row.minutes,
        "revision": row.revision,
    }


def account_of(by: Membership | User) -> User:
    return by.user if isinstance(by, Membership) else by
