"""Rows for tests about certificates, on top of tests.factories."""

from datetime import date
from typing import Any

from django.db import transaction

from certification import issuing
from certification.models import Certificate
from courses.models import CourseKind, Enrollment, Source
from lms.registry.models import Institution, Person
from tests import factories
from tests.factories import YEAR


def make_reached(year: int = YEAR, *, name: str | None = None, institution: Institution | None = None) -> Person:
    """Somebody on post in Songjiang whose hours of `year` reach any standard; nothing is assessed or issued yet."""
    factories.make_standard()
    factories.make_kind()
    person = factories.make_post(factories.make_person(name=name), institution, started_on=date(year - 1, 1, 1)).person
    factories.give_hours(person, year, skill=88 * 45, ethics=40 * 45)
    return person


def make_passed(person: Person | None = None, **course: Any) -> Enrollment:
    """A pre-service run passed with 180 minutes of hours, not certified yet."""
    factories.make_kind("post_training")
    person = person or factories.make_post().person
    run = factories.make_run(
        factories.make_course(**({"kind": CourseKind.PRE_SERVICE, "awards": "post_training"} | course))
    )
    factories.make_entry(person, factories.make_session(run), 180, source=Source.PRE_SERVICE)
    return factories.make_enrollment(run, person, state="passed", score=86)


def issue_yearly(*, person: Person, year: int) -> Certificate:
    """The certificate of one person's year, or its refusal raised."""
    with transaction.atomic():
        return _single(issuing.issue_year_of([person.pk], year))


def issue_post(*, enrollment: Enrollment) -> Certificate:
    """The certificate of one passed run, or its refusal raised."""
    with transaction.atomic():
        return _single(issuing.issue_passed([enrollment.pk]))


def _single(outcome: issuing.Outcome) -> Certificate:
    for refusal in outcome.refusals:
        raise refusal
    return (outcome.issued or outcome.kept)[0]
