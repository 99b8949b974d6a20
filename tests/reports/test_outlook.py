"""How everybody's year stands and will end, read from posts, assessments and bookings."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from courses.models import Bucket, CourseKind, Enrollment, EnrollmentState, RunState, SessionShare
from lms.registry.models import Person
from reports.metrics.outlook import Outlook, Outlooks, days_of
from reports.metrics.seats import free_places, months_until, seats_needed, usual_minutes
from reports.rules import Prospect
from tests.factories import make_course, make_enrollment, make_institution, make_post, make_run, make_session
from tests.reports.hours_scene import ETHICS, SKILL, Scene, assess, make_scene, run_ahead, soon

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def outlooks(scene: Scene) -> dict[Person, Outlook]:
    rows = Outlooks(Q(institution=scene.institution)).rows
    return {Person.objects.get(pk=row.place.person_id): row for row in rows}


def test_hours_earned_and_days_so_far_and_left(scene: Scene) -> None:
    person = scene.somebody(skill=450, ethics=90)
    row = outlooks(scene)[person]
    today = timezone.localdate()
    assert (row.skill.required, row.skill.earned, row.ethics.earned) == (SKILL, 450, 90)
    assert row.skill.so_far == (today - date(today.year, 1, 1)).days + 1
    assert row.skill.left == (date(today.year, 12, 31) - today).days
    assert row.skill.booked == 0
    assert row.lacking == [Bucket.SKILL, Bucket.ETHICS]


def test_reached_missed_and_on_course_by_booking(scene: Scene) -> None:
    done = scene.somebody(skill=SKILL, ethics=ETHICS)
    # Nothing earned gives no pace, so that only bookings can help, on any day of the year.
    missing, booked = scene.somebody(), scene.somebody()
    run = run_ahead(scene.region, skill=SKILL)
    more = make_run()
    make_session(more, soon(), minutes=ETHICS, bucket=Bucket.ETHICS)
    for one in (run, more):
        make_enrollment(one, booked)
    found = outlooks(scene)
    assert found[done].prospect is Prospect.REACHED
    assert found[missing].prospect is Prospect.WILL_MISS
    if soon(6).year == scene.year:
        assert found[booked].prospect is Prospect.ON_COURSE
        assert found[booked].lacking == []


@pytest.mark.parametrize(
    ("kw", "enrolled"),
    [
        ({"state": RunState.CANCELLED}, {}),
        ({}, {"state": EnrollmentState.WITHDRAWN}),
        ({"course": "pre_service"}, {}),
    ],
)
def test_what_will_give_nothing_is_not_booked(scene: Scene, kw: dict[str, Any], enrolled: dict[str, Any]) -> None:
    person = scene.somebody()
    if kw.get("course"):
        kw = {"course": make_course(kind=CourseKind.PRE_SERVICE)}
    run = run_ahead(scene.region, skill=90, **kw)
    make_enrollment(run, person, **enrolled)
    assert outlooks(scene)[person].skill.booked == 0


def test_a_cancelled_session_is_not_booked_and_shares_split_one(scene: Scene) -> None:
    person = scene.somebody()
    run = make_run()
    make_session(run, soon(), minutes=60, cancelled_at=timezone.now())
    shared = make_session(run, soon(70), minutes=100)
    for number, (bucket, parts) in enumerate([(Bucket.SKILL, 1), (Bucket.ETHICS, 2)]):
        SessionShare.objects.create(session=shared, number=number, bucket=bucket, parts=parts)
    make_enrollment(run, person)
    row = outlooks(scene)[person]
    if soon(170).year == scene.year:
        assert (row.skill.booked, row.ethics.booked) == (33, 67)


def test_a_session_after_the_year_is_not_booked_for_it(scene: Scene) -> None:
    person = scene.somebody()
    run = make_run()
    make_session(run, timezone.now() + timedelta(days=370), minutes=60)
    make_enrollment(run, person)
    assert outlooks(scene)[person].skill.booked == 0


def test_a_person_at_two_places_counts_once_and_a_leaver_not_at_all(scene: Scene) -> None:
    person = scene.somebody()
    elsewhere = make_institution(region=scene.region)
    make_post(person, elsewhere, kind="teacher", started_on=date(scene.year, 1, 1))
    gone = make_post(institution=scene.institution, ended_on=timezone.localdate(), state="left").person
    assess(person, gone)
    (row,) = Outlooks(Q(institution__region=scene.region, institution__in=[scene.institution, elsewhere])).rows
    assert (row.place.person_id, row.place.institution) == (person.pk, elsewhere.name)
    assert list(outlooks(scene)) == [person]


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (date(2025, 1, 31), (31, 0)),
        (date(2025, 1, 1), (1, 30)),
        (date(2024, 12, 31), (0, 31)),
        (date(2025, 6, 1), (31, 0)),
    ],
)
def test_days_of_a_spell(on: date, days: tuple[int, int]) -> None:
    assert days_of([{"from": "2025-01-01", "until": "2025-01-31"}], on) == days


def test_the_months_to_the_end_of_the_year() -> None:
    assert months_until(date(2025, 11, 22), date(2026, 1, 1)) == [date(2025, 11, 1), date(2025, 12, 1)]
    assert months_until(date(2025, 12, 31), date(2026, 1, 1)) == [date(2025, 12, 1)]


def test_seats_for_what_nobody_is_booked_for(scene: Scene) -> None:
    scene.somebody(skill=SKILL - 200, ethics=ETHICS)
    scene.somebody(skill=SKILL - 100, ethics=ETHICS)
    scene.somebody(skill=SKILL, ethics=ETHICS)
    run = make_run(region=scene.region)
    make_session(run, timezone.now() - timedelta(days=3), minutes=90)
    make_session(run, timezone.now() - timedelta(days=4), minutes=150)
    assert usual_minutes(scene.region)[Bucket.SKILL] == 120
    rows = Outlooks(Q(institution=scene.institution)).rows
    (district,) = seats_needed(rows, scene.region, timezone.localdate())
    assert (district.people, district.minutes["skill"], district.total) == (2, 300, 3)
    assert sum(month.needed for month in district.months) == 3


def test_free_seats_are_those_of_every_session_ahead(scene: Scene) -> None:
    run = run_ahead(scene.region, skill=60, ethics=60, capacity=5)
    make_enrollment(run)
    first = timezone.localdate(soon()).replace(day=1)
    assert free_places(scene.region)[scene.region.prefix, first] == 8
    Enrollment.objects.all().delete()
    assert free_places(scene.region)[scene.region.prefix, first] == 10
