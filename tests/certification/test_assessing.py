"""Assessing: the queue, the numbers, who is asked for nothing, and what changes while it runs."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certification import assessing
from certification.models import Assessment
from courses.models import TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import Post
from tests.commands import manage
from tests.factories import YEAR, make_institution, make_person, make_post, make_region, qingpu, songjiang, yuecheng

pytestmark = pytest.mark.django_db


@pytest.fixture
def institution():
    return make_institution(region=songjiang())


def hours(person, *, skill: int = 0, ethics: int = 0, year: int = YEAR) -> TrainingYear:
    """The training year as crediting leaves it, in lesson hours."""
    row, _ = TrainingYear.objects.update_or_create(
        person=person,
        year=year,
        defaults={"skill_minutes": skill * 45, "ethics_minutes": ethics * 45, "changed_at": timezone.now()},
    )
    return row


def pending() -> set:
    return set(assessing.waiting().values_list("person_id", "year"))


def required(assessment: Assessment) -> tuple[int, int]:
    return assessment.required_skill, assessment.required_ethics


# --- The numbers ----------------------------------------------------------------------------


def test_full_year_in_songjiang(institution):
    post = make_post(institution=institution)
    hours(post.person, skill=88, ethics=39)

    assessment = assessing.assess(person=post.person, year=YEAR)

    assert required(assessment) == (88 * 45, 40 * 45)
    assert (assessment.missing("skill"), assessment.missing("ethics")) == (0, 45)
    assert (assessment.reached, assessment.region.code) == (False, "310117")
    assert (assessment.standard.code, assessment.rule_version) == ("songjiang-hours-2021", "hours-2")
    hours(post.person, skill=88, ethics=40)
    assert assessing.assess(person=post.person, year=YEAR).reached
    assert Assessment.objects.count() == 1


def test_move_between_districts_explains_itself(institution):
    moved_on = date(YEAR, 1, 1) + timedelta(days=181)
    person = make_person()
    make_post(person, make_institution(region=qingpu()), ended_on=moved_on, state="left")
    make_post(person, institution, started_on=moved_on)

    assessment = assessing.assess(person=person, year=YEAR)

    assert required(assessment) == (3623, 40 * 45)  # 80.5 lesson hours; the half minute goes up
    assert (assessment.standard.code, assessment.region.code) == ("songjiang-hours-2021", "310117")
    why = assessment.explanation
    assert why["required"]["skill"] == {"exact": "29224/365", "rounded": "80.5"}
    assert [(spell["days"], spell["until"], spell["standards"]) for spell in why["spells"]] == [
        (181, f"{YEAR}-06-30", ["qingpu-hours-2021"]),
        (184, f"{YEAR}-12-31", ["songjiang-hours-2021"]),
    ]
    assert why["standards"]["qingpu-hours-2021"]["line"] == "Q99-101"
    assert (why["variant"], why["days_of_year"], why["days_counted"]) == ("prorata", 365, 365)


def test_two_posts_on_the_same_days_ask_the_larger_figure(institution):
    post = make_post(institution=make_institution(region=qingpu()))
    make_post(post.person, institution)
    assert required(assessing.assess(person=post.person, year=YEAR)) == (88 * 45, 40 * 45)


def test_days_in_a_region_without_hours_ask_nothing(institution):
    person = make_person()
    make_post(person, institution, ended_on=date(YEAR, 7, 1), state="left")
    make_post(person, make_institution(region=yuecheng()), started_on=date(YEAR, 7, 1))
    assessment = assessing.assess(person=person, year=YEAR)
    assert assessment.explanation["days_counted"] == 181
    assert required(assessment) == (44 * 45, 20 * 45)
    assert assessment.region.code == "310117"


def test_street_is_assessed_by_its_district():
    post = make_post(institution=make_institution(region=make_region("310117001")))
    assert required(assessing.assess(person=post.person, year=YEAR)) == (88 * 45, 40 * 45)


# --- Nothing asked --------------------------------------------------------------------------


def test_region_without_a_standard_is_policy_missing():
    post = make_post(institution=make_institution(region=yuecheng()))
    with pytest.raises(DomainError) as refusal:
        assessing.assess(person=post.person, year=YEAR)
    assert refusal.value.code == "policy_missing"
    assert refusal.value.context == {"region": "330602", "year": YEAR}
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("kind", ["volunteer", "intern"])
def test_volunteers_and_interns_are_asked_for_nothing(institution, kind):
    post = make_post(institution=institution, kind=kind)
    with pytest.raises(DomainError) as refusal:
        assessing.assess(person=post.person, year=YEAR)
    assert refusal.value.code == "not_on_post"


@pytest.mark.parametrize(
    ("started_on", "ended_on"),
    [
        (date(YEAR - 2, 1, 1), date(YEAR, 1, 1)),  # left on new year's eve
        (date(YEAR + 1, 1, 1), None),
        (date(YEAR, 5, 1), date(YEAR, 5, 1)),  # not a day
    ],
)
def test_nobody_on_post_that_year_is_assessed(institution, started_on, ended_on):
    post = make_post(
        institution=institution, started_on=started_on, ended_on=ended_on, state="left" if ended_on else "on_post"
    )
    with pytest.raises(DomainError) as refusal:
        assessing.assess(person=post.person, year=YEAR)
    assert refusal.value.code == "not_on_post"


def test_old_answer_goes_when_nothing_is_asked_any_more(institution):
    post = make_post(institution=institution)
    hours(post.person, skill=1)
    assessing.assess_pending()
    assert Assessment.objects.filter(person=post.person, year=YEAR).exists()

    post.kind = "volunteer"
    post.save()
    assessing.assess_pending()

    assert not Assessment.objects.filter(person=post.person, year=YEAR).exists()
    assert (post.person_id, YEAR) not in pending()


# --- The queue ------------------------------------------------------------------------------


def test_pending_is_what_changed_and_nothing_is_done_twice(institution):
    post = make_post(institution=institution)
    row = hours(post.person, skill=10)
    assert (post.person_id, YEAR) in pending()

    done = {(row.person_id, row.year) for row in assessing.assess_pending()}
    assert (post.person_id, YEAR) in done
    assert pending() == set()
    assert assessing.assess_pending() == []

    TrainingYear.objects.filter(pk=row.pk).update(skill_minutes=900, changed_at=timezone.now())
    assert [(one.earned_skill, one.year) for one in assessing.assess_pending()] == [(900, YEAR)]


def test_changed_post_puts_the_year_back_into_the_queue(institution):
    post = make_post(institution=institution)
    hours(post.person)
    assessing.assess_pending()
    post.started_on = date(YEAR, 10, 1)
    post.save()
    assessing.assess_pending()
    assert required(Assessment.objects.get(person=post.person, year=YEAR)) == (int(22.5 * 45) + 1, int(10.5 * 45) + 1)


def test_change_written_by_a_clock_ahead_is_seen_once(institution):
    post = make_post(institution=institution)
    ahead = timezone.now() + timedelta(minutes=5)
    row = hours(post.person, skill=5)
    TrainingYear.objects.filter(pk=row.pk).update(changed_at=ahead)
    assessing.assess_pending()
    row.refresh_from_db()
    assert row.assessed_at == ahead
    assert pending() == set()


def test_staff_without_any_hours_are_assessed_for_this_year(institution):
    today = timezone.localdate()
    under = make_post(institution=institution)
    outside = make_post(institution=make_institution(region=yuecheng()))
    assessing.assess_pending()
    assert Assessment.objects.get(person=under.person, year=today.year).earned_skill == 0
    assert not TrainingYear.objects.filter(person=outside.person).exists()


def test_limit_leaves_the_rest_for_the_next_time(institution):
    for _ in range(5):
        hours(make_post(institution=institution, ended_on=date(YEAR, 12, 1), state="left").person)
    assert len(assessing.assess_pending(limit=3)) == 3
    assert len(assessing.assess_pending(limit=3)) == 2
    assert assessing.assess_pending(limit=3) == []


def queries_for(number: int, institution) -> int:
    for _ in range(number):
        hours(make_post(institution=institution, ended_on=date(YEAR, 12, 1), state="left").person, skill=3)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(assessing.assess_pending()) == number
    return len(queries)


def test_number_of_queries_does_not_grow_with_people(institution):
    assert queries_for(60, institution) <= queries_for(3, institution) + 2 <= 20


# --- Showing --------------------------------------------------------------------------------


def test_current_is_kept_while_fresh_and_computed_when_not(institution, django_assert_num_queries):
    post = make_post(institution=institution)
    hours(post.person, skill=10)
    shown = assessing.current(person=post.person, year=YEAR)
    assert (shown.earned_skill, Assessment.objects.count()) == (450, 0)

    assessing.assess_pending()
    with django_assert_num_queries(1):
        kept = assessing.current(person=post.person, year=YEAR)
        assert kept.standard.code == "songjiang-hours-2021"
    assert kept.assessed_at

    hours(post.person, skill=11)
    assert assessing.current(person=post.person, year=YEAR).earned_skill == 495
    assert Assessment.objects.get(person=post.person, year=YEAR).earned_skill == 450


def test_current_without_hours_or_without_a_standard(institution):
    post = make_post(institution=institution)
    assert assessing.current(person=post.person, year=YEAR).earned_skill == 0
    elsewhere = make_post(institution=make_institution(region=yuecheng()))
    with pytest.raises(DomainError) as refusal:
        assessing.current(person=elsewhere.person, year=YEAR)
    assert refusal.value.code == "policy_missing"
    assert not TrainingYear.objects.exists()


# --- The command ----------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, dict]:
    ended = manage("assess_year", *arguments, "--json")
    return ended.code, ended.answer


def test_command_assesses_a_region_with_people_who_have_no_hours(institution):
    posts: list[Post] = [make_post(institution=institution) for _ in range(3)]
    make_post(institution=make_institution(region=qingpu()))
    hours(posts[0].person, skill=88, ethics=40)

    code, answer = run("--year", str(YEAR), "--region", "310117")

    assert (code, answer["assessed"], answer["refused"]) == (0, 3, {})
    people = {row["person"]: row for row in answer["people"]}
    assert set(people) == {str(post.person_id) for post in posts}
    assert people[str(posts[0].person_id)]["reached"] is True
    assert people[str(posts[1].person_id)]["missing"] == {"skill": 3960, "ethics": 1800}
    assert people[str(posts[1].person_id)]["why"]["standards"]["songjiang-hours-2021"]["line"] == "S25"


def test_command_for_one_person_without_a_standard_says_so():
    post = make_post(institution=make_institution(region=yuecheng()))
    code, answer = run("--year", str(YEAR), "--person", str(post.person_id))
    assert (code, answer["assessed"], answer["refused"]) == (1, 0, {"policy_missing": 1})
