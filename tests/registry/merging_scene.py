"""Two records of one person, each with a life of its own, and what her bureau's officer does with them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import ForeignKey, ForeignObjectRel, Model

from certification.models import Certificate, EntryCheck, Qualification
from courses import attending, crediting
from courses.attending import Mark
from courses.models import CourseKind, CourseRun, EnrollmentState, RunState, Session
from lms.registry import merging
from lms.registry.models import CertificateClaim, Membership, Person, PersonMerge, Post
from tests import certified
from tests import factories as f

#: What tells when a row was looked at, not what it says.
CLOCKS = {"changed_at", "assessed_at", "updated_at"}


@dataclass
class Scene:
    """`kept` and `other` work in one district; `other` is the record that is to be absorbed."""

    officer: Membership
    kept: Person
    other: Person
    post: Post
    run: CourseRun
    session: Session
    certificate: Certificate
    trainer: Membership

    def merge(self) -> PersonMerge:
        return merging.merge(by=self.officer, kept=self.kept, absorbed=self.other, reason="证件号更正，同一人")

    def unmerge(self, merge: PersonMerge) -> PersonMerge:
        return merging.unmerge(by=self.officer, merge=merge, reason="核实为两个人")


def make_scene() -> Scene:
    """`other` has been at a pre-service run that is over, passed it, and holds its certificate."""
    f.make_standard()
    kept, other = (f.make_person(name="沈秋云", born_on=date(1990, 5, 1)) for _ in range(2))
    f.make_post(kept)
    post = f.make_post(other)
    run = f.make_run(f.make_course(kind=CourseKind.PRE_SERVICE, awards="post_training"), state=RunState.FINISHED)
    session = f.make_session(run)
    trainer = f.make_trainer(run.centre)
    attend(trainer, session, other)
    enrollment = other.enrollments.get()
    enrollment.state = EnrollmentState.PASSED
    enrollment.save()
    return Scene(
        officer=f.make_officer(),
        kept=kept,
        other=other,
        post=post,
        run=run,
        session=session,
        certificate=certified.issue_post(enrollment=enrollment),
        trainer=trainer,
    )


def attend(trainer: Membership, session: Session, *people: Person) -> None:
    """They take part in the session's run and are there from beginning to end."""
    for person in people:
        if not session.run.enrollments.filter(person=person).exists():
            f.make_enrollment(session.run, person)
    marks = [Mark(person, session.starts_at, session.ends_at) for person in people]
    attending.call_roll(by=trainer, session=session, marks=marks)


def held_session(start: str = f"{f.YEAR}-04-10 09:00", run: CourseRun | None = None, **kw: Any) -> Session:
    """A session of an in-service run, in the past."""
    return f.make_session(run or f.make_run(), f.at(start), **kw)


def enrich(scene: Scene) -> None:
    """Everything that can pass, and everything of which both have one."""
    both = held_session()
    attend(scene.trainer, both, scene.kept, scene.other)
    attend(scene.trainer, held_session("2025-05-10 09:00"), scene.kept)
    overlapping = held_session("2025-05-10 10:00")
    attend(scene.trainer, overlapping, scene.other)
    own = held_session("2025-06-10 09:00", minutes=120)
    attend(scene.trainer, own, scene.other)
    reversed_one = held_session("2024-06-10 09:00")
    attend(scene.trainer, reversed_one, scene.other)
    crediting.reverse(by=None, entries=[scene.other.hour_entries.get(session=reversed_one)], note="记错了人")
    doubled = f.make_institution()
    for number, person in enumerate((scene.kept, scene.other)):
        f.make_post(person, doubled, kind="teacher", started_on=date(2024, 3, 1 + number))
        CertificateClaim.objects.create(person=person, kind="childcare_worker", name="保育师", number="A1")
        for name in ("A1", f"B{number}"):
            Qualification.objects.create(person=person, kind_id="infant_carer", number=name)
    EntryCheck.objects.create(
        person=scene.other, institution=doubled, kind="health", done_on=date(2025, 1, 1), passed=True
    )
    f.make_learner(scene.other)


def everything(*people: Person) -> dict[str, list[dict[str, Any]]]:
    """All rows of every table that names one of these records, clocks apart."""
    keys = [person.pk for person in people]
    found: dict[str, list[dict[str, Any]]] = {}
    tables: list[tuple[type[Model], str]] = [(Person, "pk"), *referring()]
    for model, column in tables:
        if model is PersonMerge:
            continue
        rows = model._base_manager.filter(**{f"{column}__in": keys}).order_by("pk").values()
        table = f"{model._meta.db_table}.{column}"
        found[table] = [{name: value for name, value in row.items() if name not in CLOCKS} for row in rows]
    return found


def referring() -> list[tuple[type[Model], str]]:
    """Every model that refers to a person, with the column it does so by."""
    return [
        (relation.related_model, relation.field.attname)
        for relation in Person._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey)
    ]
