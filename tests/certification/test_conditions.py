"""Standards with conditions, school years, and the bulk path against the path for one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certification import assessing
from certification.models import Assessment, TrainingStandard
from courses.models import HourEntry, Source, TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import Leave, Person
from tests import certified
from tests.commands import manage
from tests.factories import (
    YEAR,
    give_hours,
    make_institution,
    make_learner,
    make_person,
    make_post,
    make_region,
    make_standard,
    qingpu,
    signed_in,
    songjiang,
    yuecheng,
)

pytestmark = pytest.mark.django_db
SCHOOL_YEAR = (date(YEAR, 9, 1), date(YEAR + 1, 8, 31))


def strict_standard(**kw: Any) -> TrainingStandard:
    """Hours for Yuecheng, where no paper asks for any."""
    return make_standard(yuecheng(), **({"year_from": 2020, "skill_hours": 8, "ethics_hours": 4} | kw))


def learnt(person: Person, day: date, hours: int, **kw: Any) -> HourEntry:
    values = {"bucket": "skill", "source": Source.ONLINE if kw.get("online") else Source.EXAM} | kw
    return HourEntry.objects.create(
        person=person, day=day, year=day.year, minutes=hours * 45, rule_version="test", **values
    )


@pytest.fixture
def carer() -> Person:
    return make_post(institution=make_institution(region=yuecheng())).person


def test_a_minimum_per_category_is_part_of_the_year(carer: Person) -> None:
    strict_standard(category_hours={"安全防范": 2})
    learnt(carer, date(YEAR, 3, 1), 8)
    learnt(carer, date(YEAR, 3, 2), 4, bucket="ethics")
    row = assessing.assess(person=carer, year=YEAR)
    assert (row.reached, row.missing("skill"), row.missing("ethics")) == (False, 0, 0)
    assert row.explanation["categories"] == {"安全防范": {"required": 90, "earned": 0, "missing": 90}}
    assert row.explanation["least"]["安全防范"] == {"exact": "2", "rounded": "2"}

    learnt(carer, date(YEAR, 3, 3), 2, category="安全防范")
    assert assessing.assess(person=carer, year=YEAR).reached


def test_a_minimum_per_category_shrinks_with_the_days_on_post() -> None:
    strict_standard(category_hours={"安全防范": 4})
    post = make_post(institution=make_institution(region=yuecheng()), started_on=date(YEAR, 10, 1))
    row = assessing.assess(person=post.person, year=YEAR)
    assert row.explanation["least"]["安全防范"] == {"exact": "368/365", "rounded": "1.5"}


def test_ceiling_and_share_on_site_say_what_fell_away(carer: Person) -> None:
    strict_standard(day_ceiling=6, onsite_percent=50)
    learnt(carer, date(YEAR, 3, 1), 8, online=True)
    row = assessing.assess(person=carer, year=YEAR)
    assert (row.earned_skill, row.reached) == (4 * 45, False)
    assert row.explanation["counted"]["skill"] == {
        "required": 360,
        "earned": 360,
        "counted": 180,
        "missing": 180,
        "over_ceiling": 90,
        "over_online": 90,
    }
    assert row.explanation["conditions"] == {"day_ceiling": 6, "onsite_percent": 50}


def test_reversed_and_pre_service_hours_count_for_nothing(carer: Person) -> None:
    strict_standard(day_ceiling=8)
    taken_back = learnt(carer, date(YEAR, 3, 1), 8)
    HourEntry.objects.create(
        person=carer,
        bucket="skill",
        minutes=-taken_back.minutes,
        day=taken_back.day,
        year=YEAR,
        source=taken_back.source,
        reverses=taken_back,
        rule_version="test",
    )
    assert assessing.assess(person=carer, year=YEAR).earned_skill == 0


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (SCHOOL_YEAR[0] - timedelta(days=1), False),
        (SCHOOL_YEAR[0], True),
        (SCHOOL_YEAR[1], True),
        (SCHOOL_YEAR[1] + timedelta(days=1), False),
    ],
)
def test_a_school_year_runs_from_september_to_august(carer: Person, day: date, counts: bool) -> None:
    strict_standard(year_kind="school")
    learnt(carer, day, 3)
    row = assessing.assess(person=carer, year=YEAR)
    assert row.earned_skill == (3 * 45 if counts else 0)
    assert row.explanation["year"] == {"from": f"{YEAR}-09-01", "until": f"{YEAR + 1}-08-31"}
    assert row.explanation["days_of_year"] == 365


def test_school_year_asks_by_its_own_days() -> None:
    strict_standard(year_kind="school")
    post = make_post(institution=make_institution(region=yuecheng()), started_on=date(YEAR + 1, 3, 2))
    row = assessing.assess(person=post.person, year=YEAR)
    assert row.explanation["days_counted"] == 183
    with pytest.raises(DomainError) as refused:
        assessing.assess(person=post.person, year=YEAR - 1)
    assert refused.value.code == "not_on_post"


def test_a_certificate_of_a_school_year_consumes_its_hours(carer: Person) -> None:
    strict_standard(year_kind="school", skill_hours=2, ethics_hours=1, year_from=YEAR - 1)
    before = learnt(carer, date(YEAR, 8, 31), 9)
    own = [learnt(carer, date(YEAR, 9, 1), 2), learnt(carer, date(YEAR, 10, 1), 1, bucket="ethics")]
    certificate = certified.issue_yearly(person=carer, year=YEAR)
    consumed = set(certificate.entries.values_list("entry_id", flat=True))
    assert consumed == {row.pk for row in own}
    assert before.pk not in consumed


def test_a_learner_reads_what_fell_away_and_what_is_missing() -> None:
    person = make_post(institution=make_institution(region=yuecheng()), started_on=date(YEAR, 1, 1)).person
    strict_standard(day_ceiling=6, onsite_percent=50, category_hours={"安全防范": 2})
    today = timezone.localdate()
    learnt(person, today.replace(month=1, day=2), 8, online=True)
    body = signed_in(make_learner(person)).get(reverse("my_home")).content.decode()
    assert "有 90 分钟不计入：当天超过 6 课时" in body
    assert "线上学习有 90 分钟不计入：50% 的学时须在线下取得" in body
    assert "“安全防范”还差 90 分钟" in body


# --- Many at once ---------------------------------------------------------------------------


def a_mixed_crowd() -> None:
    """Lives of every sort: whole years, late starts, moves, leave, nothing asked, no hours, conditions."""
    strict_standard(category_hours={"安全防范": 1}, day_ceiling=6)
    sites = [make_institution(region=region) for region in (songjiang(), qingpu(), yuecheng(), make_region("330100"))]
    for number, site in enumerate(sites * 3):
        post = make_post(institution=site, started_on=date(YEAR - number % 2, 1 + number, 1))
        give_hours(post.person, skill=30 * 45 * number, ethics=20 * 45)
        learnt(post.person, date(YEAR, 5, 1), 7, category="安全防范")
        if number % 4 == 1:
            Leave.objects.create(post=post, kind="maternity", started_on=date(YEAR, 3, 1), ended_on=date(YEAR, 8, 6))
    both = make_post(institution=sites[0]).person
    make_post(both, sites[1], started_on=date(YEAR, 7, 1))
    make_post(institution=sites[0], kind="volunteer")
    make_post(make_person(), sites[1], started_on=date(YEAR - 1, 1, 1), ended_on=date(YEAR, 4, 1), state="left")


def kept() -> dict[Any, tuple[Any, ...]]:
    rows = Assessment.objects.values_list(
        "person_id",
        "region_id",
        "standard_id",
        "required_skill",
        "required_ethics",
        "earned_skill",
        "earned_ethics",
        "reached",
        "explanation",
        "rule_version",
    )
    return {row[0]: row[1:] for row in rows}


def test_bulk_and_single_path_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    a_mixed_crowd()
    monkeypatch.setattr(assessing, "MANY", 4)
    wanted = assessing.on_post_in(YEAR, "")
    heard: list[tuple[int, int]] = []
    total = assessing.assess_many(wanted, YEAR, say=lambda done, of: heard.append((done, of)))
    bulk = kept()
    assert not assessing.waiting().filter(year=YEAR, person__in=wanted).exists()
    Assessment.objects.all().delete()

    refused = {}
    for person in Person.objects.filter(pk__in=wanted):
        try:
            assessing.assess(person=person, year=YEAR)
        except DomainError as refusal:
            refused[person.pk] = refusal.code

    assert bulk == kept()
    assert (total.assessed, total.reached) == (len(bulk), sum(row[6] for row in bulk.values()))
    assert total.refused.total() == len(refused) == len(wanted) - len(bulk)
    assert set(refused.values()) == {"not_on_post", "policy_missing"}
    assert heard == [(len(wanted), len(wanted))]


def test_bulk_run_takes_the_place_of_what_was_kept() -> None:
    a_mixed_crowd()
    wanted = assessing.on_post_in(YEAR, "")
    assessing.assess_many(wanted, YEAR)
    before = kept()
    TrainingYear.objects.filter(year=YEAR).update(skill_minutes=9999, changed_at=timezone.now())
    assessing.assess_many(wanted, YEAR)
    after = kept()
    assert before.keys() == after.keys()
    plain = TrainingStandard.objects.get(code="songjiang-hours-2021").pk
    assert {row[4] for row in after.values() if row[1] == plain} == {9999}


def test_command_sums_up_where_a_list_would_be_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    a_mixed_crowd()
    listed = manage("assess_year", "--year", YEAR, "--json").answer
    monkeypatch.setattr("certification.management.commands.assess_year.MOST_LISTED", 3)
    summed = manage("assess_year", "--year", YEAR, "--json").answer
    assert (listed["listed"], summed["listed"], summed["people"]) == (True, False, [])
    same = ("assessed", "reached", "refused", "required", "earned", "missing")
    assert {name: listed[name] for name in same} == {name: summed[name] for name in same}
    assert listed["missing"]["skill"] == sum(row["missing"]["skill"] for row in listed["people"])


def test_a_new_standard_has_the_years_it_speaks_of_judged_anew(carer: Person) -> None:
    other = make_post(institution=make_institution(region=songjiang())).person
    seen = {"changed_at": timezone.now() - timedelta(days=1), "assessed_at": timezone.now()}
    for person, year in ((carer, YEAR), (other, YEAR), (carer, YEAR - 3)):
        TrainingYear.objects.create(person=person, year=year, **seen)
    standard = strict_standard(year_from=YEAR)
    assert assessing.look_again([standard]) == 1
    assert set(assessing.waiting().values_list("person_id", "year")) == {(carer.pk, YEAR)}
