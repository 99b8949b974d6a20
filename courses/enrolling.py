"""Enrolling people in runs, one or thousands, and letting them go again; waiting for a place in a full one.

The run's row is the lock of its places and of its waiting list.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from courses.errors import refuse
from courses.models import CourseRun, Enrollment, EnrollmentSource, EnrollmentState, RunState, Session, WaitingPlace
from courses.rules import Span
from lms.registry import auditing, noticing
from lms.registry.auditing import Act
from lms.registry.errors import Refusal as RegistryRefusal
from lms.registry.errors import guarded
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Ban, Filing, Institution, Membership, Person, User
from lms.registry.noticing import News


@dataclass
class EnrolReport:
    """What became of each person: newly enrolled, enrolled before, or refused with a code."""

    enrolled: list[Enrollment] = field(default_factory=list)
    kept: list[Enrollment] = field(default_factory=list)
    refused: list[tuple[Person, str]] = field(default_factory=list)


def enrol(
    *,
    by: Membership | User,
    run: CourseRun,
    person: Person,
    source: str,
    institution: Institution | None = None,
) -> Enrollment:
    """A place for one person; whoever had withdrawn gets her old row back.

    Refuses `run_closed`, `person_barred`, `merged_record`, `already_enrolled`, `session_clash`, `run_full`,
    `institution_closed`.
    """
    sent_by = {person.pk: institution.pk} if institution else {}
    report = _enrol(by, run, [person], EnrollmentSource(source), sent_by)
    if report.kept:
        raise refuse("already_enrolled", person=person.name)
    _raise_for(report.refused)
    return report.enrolled[0]


def _raise_for(refused: Iterable[tuple[Person, str]]) -> None:
    """Raise the first of these refusals, if there is any."""
    for person, code in refused:
        of_registry = code in RegistryRefusal.values
        raise refuse_by_registry(code, person=person.name) if of_registry else refuse(code, person=person.name)


def enrol_many(
    *,
    by: Membership | User,
    run: CourseRun,
    people: Sequence[Person],
    institutions: Mapping[uuid.UUID, uuid.UUID] | None = None,
    source: str = EnrollmentSource.CENTRE,
) -> EnrolReport:
    """Places for many, in the order given, in one transaction and a constant number of queries.

    `institutions` maps a person's key to the key of the institution that sends her. What `enrol`
    refuses for a person is reported with its code and stops nobody else, and so is `institution_closed`,
    for whom a closed institution sends; only `run_closed`, which concerns everybody, is raised.
    """
    return _enrol(by, run, people, EnrollmentSource(source), institutions or {})


@transaction.atomic
def _enrol(
    by: Membership | User,
    run: CourseRun,
    people: Sequence[Person],
    source: EnrollmentSource,
    sent_by: Mapping[uuid.UUID, uuid.UUID],
) -> EnrolReport:
    run = _open_run(run)
    report = _judge(run, people, sent_by)
    for row in report.enrolled:
        row.source, row.institution_id = source, sent_by.get(row.person_id)
        row.enrolled_by = account_of(by)
    _write(by, run, report.enrolled)
    # Whoever gets a place any other way waits no longer.
    placed = [row.person_id for row in report.enrolled]
    open_turns(run).filter(person_id__in=placed).update(placed_at=timezone.now())
    return report


def _open_run(run: CourseRun) -> CourseRun:
    """The run, locked and read anew; refuses `run_closed` unless it takes enrolments."""
    run = CourseRun.objects.select_for_update().get(pk=run.pk)
    if run.state != RunState.OPEN:
        raise refuse("run_closed", state=run.state)
    return run


def _judge(run: CourseRun, people: Sequence[Person], sent_by: Mapping[uuid.UUID, uuid.UUID]) -> EnrolReport:
    """Who gets a place in the locked run; the people are locked until commit."""
    banned = lock_people(person.pk for person in people)
    closed = set(
        Institution.objects.filter(pk__in=set(sent_by.values()), filing=Filing.CLOSED).values_list("pk", flat=True)
    )
    report = _sort(run, [person for person in people if sent_by.get(person.pk) not in closed], banned)
    report.refused += [(person, "institution_closed") for person in people if sent_by.get(person.pk) in closed]
    return report


def foresee(*, run: CourseRun, people: Sequence[Person]) -> EnrolReport:
    """What `enrol_many` would do now, for a preview; nothing is written, no place is held."""
    keys = [person.pk for person in people]
    banned = set(Ban.objects.standing().filter(person_id__in=keys).values_list("person_id", flat=True))
    return _sort(run, people, banned)


def _sort(run: CourseRun, people: Sequence[Person], banned: set[uuid.UUID]) -> EnrolReport:
    """Who gets a place (rows not written yet), who has one, and who is refused, in the order given."""
    keys = {person.pk for person in people}
    known = {row.person_id: row for row in run.enrollments.filter(person_id__in=keys)}
    clashing = _clashing(run, keys)
    free = run.capacity - run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).count()
    report = EnrolReport()
    for person in {person.pk: person for person in people}.values():
        before = known.get(person.pk)
        if before is not None and before.state != EnrollmentState.WITHDRAWN:
            report.kept.append(before)
        elif person.pk in banned:
            report.refused.append((person, "person_barred"))
        elif person.merged_into_id is not None:
            report.refused.append((person, "merged_record"))
        elif person.pk in clashing:
            report.refused.append((person, "session_clash"))
        elif len(report.enrolled) >= free:
            report.refused.append((person, "run_full"))
        else:
            report.enrolled.append(before or Enrollment(run=run, person=person))
    return report


def lock_people(keys: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Lock these people in the order of their keys; answers with those a ban stands on.

    Under the lock no ban on them can be confirmed and nobody else can credit them, until commit.
    """
    keys = list(keys)
    list(Person.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return set(Ban.objects.standing().filter(person_id__in=keys).values_list("person_id", flat=True))


def _clashing(run: CourseRun, keys: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Who of `keys` is in another run that meets at the same time as this one."""
    own = [Span(session.starts_at, session.ends_at) for session in run.sessions.filter(cancelled_at__isnull=True)]
    if not own:
        return set()
    meets = Q()
    for span in own:
        meets |= Q(starts_at__lt=span.ends, ends_at__gt=span.starts)
    held = Session.objects.filter(meets, cancelled_at__isnull=True)
    runs = held.exclude(run=run).exclude(run__state=RunState.CANCELLED).values("run_id")
    elsewhere = Enrollment.objects.filter(person_id__in=list(keys), run_id__in=runs)
    return set(elsewhere.exclude(state=EnrollmentState.WITHDRAWN).values_list("person_id", flat=True))


def _write(by: Membership | User, run: CourseRun, rows: list[Enrollment]) -> None:
    """Save these rows as enrolled; each says by whom, how and sent by which institution."""
    now = timezone.now()
    back: dict[bool, list[Enrollment]] = defaultdict(list)
    for row in rows:
        back[not row._state.adding].append(row)
        row.state, row.changed_at = EnrollmentState.ENROLLED, now
    with guarded():
        Enrollment.objects.bulk_create(back[False], batch_size=500)
        if back[True]:
            fields = ["state", "source", "changed_at", "enrolled_by", "institution"]
            Enrollment.objects.bulk_update(back[True], fields, batch_size=500)
    if rows:
        auditing.record_all(by, [Act("enrol", row, after=_words(run, row)) for row in rows])


def _words(run: CourseRun, row: Enrollment) -> dict[str, object]:
    return {"run": run.code, "state": str(row.state), "source": str(row.source), "person": str(row.person_id)}


@transaction.atomic
def withdraw(*, by: Membership | User, enrollment: Enrollment) -> Enrollment:
    """Give a place back, and with it to whoever waits longest; hours earned until then stay.

    Refuses `not_enrolled`, `run_state` once the run or her part in it is over.
    """
    run = CourseRun.objects.select_for_update().get(pk=enrollment.run_id)
    enrollment = Enrollment.objects.select_for_update().get(pk=enrollment.pk)
    if enrollment.state == EnrollmentState.WITHDRAWN:
        raise refuse("not_enrolled")
    if run.state not in (RunState.PLANNED, RunState.OPEN) or enrollment.state != EnrollmentState.ENROLLED:
        raise refuse("run_state", state=run.state)
    enrollment.state, enrollment.changed_at = EnrollmentState.WITHDRAWN, timezone.now()
    enrollment.save(update_fields=["state", "changed_at"])
    before, after = {"state": EnrollmentState.ENROLLED.value}, {"state": EnrollmentState.WITHDRAWN.value}
    auditing.record(by, "withdraw", enrollment, before=before, after=after)
    give_places(by=by, run=run)
    return enrollment


def wait(
    *, by: Membership | User, run: CourseRun, person: Person, source: str, institution: Institution | None = None
) -> WaitingPlace:
    """A turn on the waiting list of a full run.

    Refuses `places_free` while there are any, `already_waiting`, and what `enrol` refuses apart from `run_full`.
    """
    sent_by = {person.pk: institution.pk} if institution else {}
    waiting, refused = wait_many(by=by, run=run, people=[person], institutions=sent_by, source=source)
    _raise_for(refused)
    return waiting[0]


@transaction.atomic
def wait_many(
    *,
    by: Membership | User,
    run: CourseRun,
    people: Sequence[Person],
    institutions: Mapping[uuid.UUID, uuid.UUID] | None = None,
    source: str = EnrollmentSource.CENTRE,
) -> tuple[list[WaitingPlace], list[tuple[Person, str]]]:
    """Turns on the waiting list, in the order given, and who was refused with which code; see `wait`."""
    run, sent_by = _open_run(run), institutions or {}
    report = _judge(run, people, sent_by)
    refused = [(row.person, "already_enrolled") for row in report.kept]
    refused += [(row.person, "places_free") for row in report.enrolled]
    known = set(open_turns(run).values_list("person_id", flat=True))
    turns = []
    for person, code in report.refused:
        if code != "run_full" or person.pk in known:
            refused.append((person, "already_waiting" if code == "run_full" else code))
            continue
        turn = WaitingPlace(run=run, person=person, source=EnrollmentSource(source), asked_by=account_of(by))
        turn.institution_id = sent_by.get(person.pk)
        turns.append(turn)
    with guarded():
        WaitingPlace.objects.bulk_create(turns, batch_size=500)
    if turns:
        auditing.record_all(by, [Act("wait", turn, after=_turn_words(run, turn)) for turn in turns])
    return turns, refused


@transaction.atomic
def leave_queue(*, by: Membership | User, turn: WaitingPlace) -> WaitingPlace:
    """Give up a turn. Refuses `not_waiting` when it has ended already, also by a place."""
    run = CourseRun.objects.select_for_update().get(pk=turn.run_id)
    turn = WaitingPlace.objects.select_for_update(of=("self",)).get(pk=turn.pk)
    if turn.placed_at or turn.left_at:
        raise refuse("not_waiting")
    turn.left_at = timezone.now()
    turn.save(update_fields=["left_at"])
    auditing.record(by, "leave_queue", turn, after=_turn_words(run, turn))
    return turn


def give_places(*, by: Membership | User, run: CourseRun) -> list[Enrollment]:
    """Free places of a run go to whoever has waited longest, and she is told.

    The caller holds the run's lock. Somebody barred, or busy elsewhere at that time, is passed over and keeps her
    turn; the second is told, and the audit trail says why.
    """
    free = run.capacity - run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).count()
    if run.state != RunState.OPEN or free <= 0:
        return []
    turns = {turn.person_id: turn for turn in open_turns(run).select_related("person")}
    if not turns:
        return []
    sent_by = {key: turn.institution_id for key, turn in turns.items() if turn.institution_id}
    report = _judge(run, [turn.person for turn in turns.values()], sent_by)
    now = timezone.now()
    for row in report.enrolled:
        turn = turns[row.person_id]
        row.source, row.institution_id, row.enrolled_by_id = turn.source, turn.institution_id, turn.asked_by_id
        turn.placed_at = now
    _write(by, run, report.enrolled)
    WaitingPlace.objects.filter(pk__in=[turns[row.person_id].pk for row in report.enrolled]).update(placed_at=now)
    # Behind the last who got a place nobody was passed over: there was none left.
    last = len(turns) if len(report.enrolled) < free else list(turns).index(report.enrolled[-1].person_id)
    ahead = set(list(turns)[:last])
    passed = [(turns[person.pk], code) for person, code in report.refused if person.pk in ahead]
    if passed:
        acts = [Act("pass_over", turn, after={"run": run.code, "why": code}) for turn, code in passed]
        auditing.record_all(by, acts)
    _tell(run, report.enrolled, [turn for turn, code in passed if code == "session_clash"])
    return report.enrolled


def open_turns(run: CourseRun) -> "QuerySet[WaitingPlace]":
    """The waiting list of a run, whoever waits longest first."""
    return WaitingPlace.objects.filter(run=run, placed_at__isnull=True, left_at__isnull=True)


def _tell(run: CourseRun, placed: Iterable[Enrollment], passed: Iterable[WaitingPlace]) -> None:
    codes = {row.person_id: ("place_free", str(row.pk)) for row in placed}
    codes |= {turn.person_id: ("place_passed", str(turn.pk)) for turn in passed}
    path, context = reverse("my_run", args=[run.pk]), {"run": run.title}
    users = User.objects.filter(person__in=codes, is_active=True)
    # Somebody may get a place, give it back and get one again: each time is news.
    stamp = timezone.now().isoformat(timespec="microseconds")
    noticing.tell_all(
        News(user, code, f"{key}:{stamp}" if code == "place_free" else key, context, path)
        for user in users
        if user.person_id
        for code, key in [codes[user.person_id]]
    )


def _turn_words(run: CourseRun, turn: WaitingPlace) -> dict[str, object]:
    return {"run": run.code, "person": str(turn.person_id)}


def account_of(by: Membership | User) -> User:
    """The account behind whoever acts."""
    return by.user if isinstance(by, Membership) else by
