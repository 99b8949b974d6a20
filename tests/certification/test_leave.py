"""Leave and the hours of the year (domain formula 1): which leave protects, for how long, and when it is seen."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from certification import assessing
from certification.models import Assessment
from courses.models import TrainingYear
from lms.registry import absenting
from lms.registry.models import Leave, LeaveKind, Post
from tests.factories import YEAR, make_institution, make_manager, make_post, qingpu, songjiang

pytestmark = pytest.mark.django_db
MARCH = date(YEAR, 3, 1)
TODAY = timezone.localdate()


@pytest.fixture
def post() -> Post:
    return make_post(institution=make_institution(region=songjiang()))


def away(post: Post, days: int, *, kind: str = "maternity", start: date = MARCH) -> Leave:
    return Leave.objects.create(post=post, kind=kind, started_on=start, ended_on=start + timedelta(days=days))


def required(post: Post, year: int = YEAR) -> tuple[float, float]:
    """Lesson hours of skill and ethics."""
    row = assessing.assess(person=post.person, year=year)
    return row.required_skill / 45, row.required_ethics / 45


@pytest.mark.parametrize(
    ("place", "expected"), [(songjiang, (50, 23)), (qingpu, (41, 23))], ids=["88 and 40", "72 and 40"]
)
def test_158_days_of_leave(place, expected) -> None:
    post = make_post(institution=make_institution(region=place()))
    away(post, 158)
    assert required(post) == expected


@pytest.mark.parametrize(
    ("kind", "days", "protected"),
    [
        (LeaveKind.MATERNITY, 1, True),
        (LeaveKind.SUSPENSION, 1, True),
        (LeaveKind.SICK, 30, True),
        (LeaveKind.SICK, 29, False),
        (LeaveKind.OTHER, 158, False),
    ],
)
def test_which_leave_protects(post: Post, kind: LeaveKind, days: int, protected: bool) -> None:
    Leave.objects.create(
        post=post, kind=kind, started_on=MARCH, ended_on=MARCH + timedelta(days=days), expected_until=MARCH
    )
    row = assessing.assess(person=post.person, year=YEAR)
    assert row.explanation["days_counted"] == (365 - days if protected else 365)
    assert [span["days"] for span in row.explanation["leave"]] == ([days] if protected else [])


def test_sick_leave_in_one_go_counts_as_one_across_renewals_and_years(post: Post) -> None:
    away(post, 20, kind="sick", start=date(YEAR - 1, 12, 12))
    away(post, 10, kind="sick", start=date(YEAR, 1, 1))
    row = assessing.assess(person=post.person, year=YEAR)
    assert [(span["from"], span["days"]) for span in row.explanation["leave"]] == [(f"{YEAR}-01-01", 10)]


def test_leave_that_was_never_taken_changes_nothing(post: Post) -> None:
    away(post, 0)
    assert required(post) == (88, 40)


def test_leave_from_one_post_leaves_the_other_asking(post: Post) -> None:
    other = make_post(post.person, make_institution(region=qingpu()))
    away(post, 365, start=date(YEAR, 1, 1))
    assert required(other) == (72, 40)


def test_standing_leave_counts_up_to_today(post: Post) -> None:
    Leave.objects.create(post=post, kind="maternity", started_on=TODAY - timedelta(days=9), expected_until=TODAY)
    row = assessing.assess(person=post.person, year=TODAY.year)
    assert sum(span["days"] for span in row.explanation["leave"]) == min(10, TODAY.timetuple().tm_yday)


def test_planned_leave_does_not_count_yet(post: Post) -> None:
    Leave.objects.create(post=post, kind="maternity", started_on=TODAY + timedelta(days=1))
    assert assessing.assess(person=post.person, year=TODAY.year).explanation["leave"] == []


def test_every_change_of_leave_is_assessed_by_itself(post: Post) -> None:
    manager = make_manager(post.institution)
    TrainingYear.objects.create(person=post.person, year=YEAR, changed_at=timezone.now())
    assessing.assess_pending()

    def asked() -> int:
        assert assessing.waiting().filter(person=post.person, year=YEAR).exists()
        shown = assessing.current(person=post.person, year=YEAR).required_skill
        assessing.assess_pending()
        kept: int = Assessment.objects.get(person=post.person, year=YEAR).required_skill // 45
        assert shown // 45 == kept
        return kept

    leave = absenting.begin_leave(by=manager, post=post, kind="maternity", on=MARCH)
    assert asked() == 14  # back by nobody's word so far: 59 days of 365
    leave = absenting.end_leave(by=manager, leave=leave, on=MARCH + timedelta(days=158))
    assert asked() == 50
    absenting.correct_leave(
        by=manager, leave=leave, started_on=MARCH, ended_on=MARCH, expected_until=None, reason="未休"
    )
    assert asked() == 88
    assert not assessing.waiting().filter(person=post.person, year=YEAR).exists()


def test_people_of_a_batch_have_their_own_leave(post: Post) -> None:
    other = make_post(institution=post.institution)
    away(post, 158)
    outcome = assessing.assess_people([post.person_id, other.person_id], YEAR)
    found = {key[0]: row.required_skill // 45 for key, row in outcome.assessments.items()}
    assert found == {post.person_id: 50, other.person_id: 88}
