"""Enrolling people in runs, one or thousands, and letting them go again."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses.errors import refuse
from courses.models import CourseRun, Enrollment, EnrollmentSource, EnrollmentState, RunState, Session
from courses.rules import Span
from lms.registry import auditing
from lms.registry.auditing import Act
from lms.registry.errors import Refusal as RegistryRefusal
from lms.registry.errors import guarded
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Ban, Filing, Institution, Membership, Person, User


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
    for _person, code in report.refused:
        of_registry = code in RegistryRefusal.values
        raise refuse_by_registry(code, person=person.name) if of_registry else refuse(code, person=person.name)
    return report.enrolled[0]


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
    # The run's row is the lock of its places.
    run = CourseRun.objects.select_for_update().get(pk=run.pk)
    if run.state != RunState.OPEN:
        raise refuse("run_closed", state=run.state)
    banned = lock_people(person.pk for person in people)
    closed = set(
        Institution.objects.filter(pk__in=set(sent_by.values()), filing=Filing.CLOSED).values_list("pk", flat=True)
    )
    report = _sort(run, [person for person in people if sent_by.get(person.pk) not in closed], banned)
    report.refused += [(person, "institution_closed") for person in people if sent_by.get(person.pk) in closed]
    _write(by, run, report.enrolled, source, sent_by)
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
    own = [Span(session.starts_at, session.ends_at) for session in run.sessions.all()]
    if not own:
        return set()
    meets = Q()
    for span in own:
        meets |= Q(starts_at__lt=span.ends, ends_at__gt=span.starts)
    runs = Session.objects.filter(meets).exclude(run=run).exclude(run__state=RunState.CANCELLED).values("run_id")
    elsewhere = Enrollment.objects.filter(person_id__in=list(keys), run_id__in=runs)
    return set(elsewhere.exclude(state=EnrollmentState.WITHDRAWN).values_list("person_id", flat=True))


def _write(
    by: Membership | User,
    run: CourseRun,
    rows: list[Enrollment],
    source: EnrollmentSource,
    sent_by: Mapping[uuid.UUID, uuid.UUID],
) -> None:
    now = timezone.now()
    back: dict[bool, list[Enrollment]] = defaultdict(list)
    for row in rows:
        back[not row._state.adding].append(row)
        row.state, row.source, row.changed_at = EnrollmentState.ENROLLED, source, now
        row.enrolled_by = by.user if isinstance(by, Membership) else by
        row.institution_id = sent_by.get(row.person_id)
    with guarded():
        Enrollment.objects.bulk_create(back[False], batch_size=500)
        if back[True]:
            fields = ["state", "source", "changed_at", "enrolled_by", "institution"]
            Enrollment.objects.bulk_update(back[True], fields, batch_size=500)
    if rows:
        after = {"run": run.code, "state": EnrollmentState.ENROLLED.value, "source": source.value}
        auditing.record_all(by, [Act("enrol", row, after=after | {"person": str(row.person_id)}) for row in rows])


@transaction.atomic
def withdraw(*, by: Membership | User, enrollment: Enrollment) -> Enrollment:
    """Give a place back; hours earned until then stay. Refuses `run_state` once the run or her part in it is over."""
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
    return enrollment
