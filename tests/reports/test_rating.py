"""A round from opening to closing: points, gates and grades, versions, what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Filing
from reports import rating
from reports.models import IndicatorScore, Rating, RatingRound
from tests import factories as make
from tests.reports.rounds import FULL, certify, make_carer, open_round

pytestmark = pytest.mark.django_db


def refused(code: str):
    return pytest.raises(DomainError, match=None, check=lambda error: error.code == code)


# --- Points, gates, grades -------------------------------------------------------------------


def test_everything_full_gives_the_best_grade() -> None:
    round = open_round()
    kept = round.enter().ratings[0]
    assert kept.grade.name == "市级示范"
    # No yearly hours are set in Shaoxing: their ten points are neither earned nor asked for.
    assert (kept.points, kept.explanation["possible"]) == (Decimal("990"), "990")
    hours = part(kept, "hours_reached")
    assert (hours["state"], hours["points"]) == ("left_out", "0")


@pytest.mark.parametrize(
    ("holders", "points", "grade"),
    [(20, "990", "市级示范"), (19, "987.5", "一级"), (18, "985", "二级"), (16, "980", "三级"), (15, "977.5", None)],
)
def test_the_holding_rate_gates_the_grade(holders: int, points: str, grade: str | None) -> None:
    round = open_round(holders=holders, staff=20)
    kept = round.enter().ratings[0]
    assert kept.points == Decimal(points)
    assert (kept.grade and kept.grade.name) == grade
    assert kept.explanation["outcome"] == ("graded" if grade else "no_grade")


def test_the_rate_earns_between_its_ends_and_is_cut_off_not_rounded() -> None:
    round = open_round(holders=2, staff=3)
    held = part(round.rate(), "holding_rate")
    # 20 × (2/3 − 0.6) / 0.4 = 10/3
    assert (held["exact"], held["points"], held["shown"]) == ("10/3", "3.3", "66.6%")


def test_few_points_fail_the_gate_whatever_the_rate() -> None:
    round = open_round()
    kept = round.enter(**(FULL | {"care": "0", "health": "110"})).ratings[0]
    assert kept.points == Decimal("690")
    # 690 of 990 is 69.6 %: the third grade asks for 60 %, the second for 70 %.
    assert kept.grade.name == "三级"
    assert [gate["points_met"] for gate in kept.explanation["gates"]] == [False, False, False, True]


def test_no_grade_before_all_points_are_entered() -> None:
    round = open_round()
    kept = round.enter(**{code: given for code, given in FULL.items() if code != "care"}).ratings[0]
    assert (kept.grade, kept.explanation["outcome"]) == (None, "incomplete")
    assert part(kept, "care")["state"] == "missing"


def test_nobody_who_should_hold_means_no_rate_and_no_grade() -> None:
    round = open_round(staff=0, holders=0)
    kept = round.enter().ratings[0]
    assert kept.explanation["rate"]["shown"] == "—"
    assert (kept.grade, kept.explanation["outcome"], kept.points) == (None, "no_grade", Decimal("970"))


def test_the_result_names_every_person_behind_the_rate() -> None:
    round = open_round(holders=1, staff=2)
    people = part(round.rate(), "holding_rate")["people"]
    assert {(row["person"], row["reason"]) for row in people} == {
        (str(round.staff[0].person_id), "holds"),
        (str(round.staff[1].person_id), "no_certificate"),
    }
    assert {row["rule"] for row in people} == {"national-carer"}


def part(kept: Rating, code: str) -> dict:
    return next(row for row in kept.explanation["indicators"] if row["code"] == code)


# --- Versions --------------------------------------------------------------------------------


def test_the_same_facts_make_no_second_version() -> None:
    round = open_round()
    first = round.rate()
    again = rating.rate(by=round.officer, round=round.row)
    assert (again.changed, again.unchanged) == (0, 1)
    assert again.ratings == [first]


def test_new_facts_make_the_next_version_and_leave_the_old() -> None:
    round = open_round(holders=4)
    first = round.rate()
    certify(round.staff[4].person)
    second = round.rate()
    assert (first.version, second.version) == (1, 2)
    assert second.points > first.points
    assert list(Rating.objects.latest_versions()) == [second]
    assert Rating.objects.count() == 2


def test_a_rating_is_never_changed_nor_deleted() -> None:
    kept = open_round().rate()
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.filter(pk=kept.pk).update(points=1000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.filter(pk=kept.pk).delete()


def test_a_round_rates_what_is_open_in_its_region() -> None:
    round = open_round()
    make.make_institution(region=make.yuecheng(), filing=Filing.CLOSED)
    make.make_institution(region=make.songjiang())
    other = make.make_institution(region=make.make_region("330604"))
    rated = rating.rate(by=None, round=round.row)
    assert {row.institution_id for row in rated.ratings} == {round.site.pk, other.pk}


# --- Opening and closing ---------------------------------------------------------------------


def test_opening_takes_the_newest_scheme_of_the_region_or_above_and_is_audited() -> None:
    officer = make.make_officer(make.yuecheng())
    row = rating.open_round(by=officer, region=make.yuecheng(), as_of=date(2026, 6, 30))
    assert (row.scheme.code, row.code, row.state) == ("shaoxing-rating-2", "330602-20260630", "open")
    second = rating.open_round(by=officer, region=make.yuecheng(), as_of=date(2026, 6, 30))
    assert second.code == "330602-20260630-2"
    assert AuditEntry.objects.filter(action="rating.open", actor=officer.user).count() == 2


def test_opening_is_refused() -> None:
    city, today = make.make_region("330600"), timezone.localdate()
    officer = make.make_officer(city)
    with refused("scheme_missing"):
        rating.open_round(by=make.make_officer(), region=make.songjiang(), as_of=today)
    with refused("not_found"):
        rating.open_round(by=make.make_officer(make.yuecheng()), region=city, as_of=today)
    with refused("not_allowed"):
        rating.open_round(by=make.make_manager(), region=city, as_of=today)
    with refused("day_ahead"):
        rating.open_round(by=officer, region=city, as_of=today + timedelta(days=1))
    rating.open_round(by=officer, region=city, as_of=today, code="2026年评定")
    with refused("round_exists"):
        rating.open_round(by=officer, region=city, as_of=today, code="2026年评定")
    assert RatingRound.objects.count() == 1


def test_closing_rates_once_more_and_freezes() -> None:
    round = open_round()
    round.enter(care="150")
    make_carer(round.site, certified=False)
    rating.close_round(by=round.second, round=round.row)
    kept = Rating.objects.latest_versions().get()
    assert part(kept, "holding_rate")["denominator"] == 6
    certify(round.staff[0].person)
    for act in (round.rate, round.enter, lambda: rating.close_round(by=round.officer, round=round.row)):
        with refused("round_closed"):
            act()
    assert Rating.objects.latest_versions().get() == kept


def test_closing_waits_for_vetoes() -> None:
    round = open_round(filing=Filing.PENDING)
    with refused("veto_undecided"):
        rating.close_round(by=round.officer, round=round.row)
    round.row.refresh_from_db()
    assert round.row.state == RatingRound.State.OPEN
    rating.dismiss_veto(
        by=round.officer, round=round.row, institution=round.site, veto=round.veto("not_filed"), reason="本周已受理"
    )
    assert rating.close_round(by=round.officer, round=round.row).state == RatingRound.State.CLOSED


# --- Entering points -------------------------------------------------------------------------


@pytest.mark.parametrize("points", ["-0.1", "200.1", "12.55", "NaN", "Infinity"])
def test_points_outside_their_range_are_refused(points: str) -> None:
    round = open_round()
    with refused("points_range"):
        round.enter(premises="90", care=points)
    assert not IndicatorScore.objects.exists(), "all of them or none"


def test_points_can_be_changed_and_taken_back() -> None:
    round = open_round()
    care = round.indicator("care")
    for points in (Decimal("180.5"), Decimal(200), None):
        scores = {care.code: (points, "")}
        rating.enter_scores(by=round.officer, round=round.row, institution=round.site, scores=scores)
    assert not IndicatorScore.objects.exists()
    changes = AuditEntry.objects.filter(action="rating.score").values_list("before", "after")
    assert list(changes) == [
        ({"care": None}, {"care": "180.5"}),
        ({"care": "180.5"}, {"care": "200"}),
        ({"care": "200.0"}, {"care": None}),
    ]


def test_who_may_not_enter_points() -> None:
    round = open_round()
    with refused("indicator_automatic"):
        round.enter(holding_rate="20")
    with refused("not_found"):
        round.enter(unknown="1")
    elsewhere = make.make_institution(region=make.songjiang())
    care = {"care": (Decimal(1), "")}
    with refused("not_found"):
        rating.enter_scores(by=round.officer, round=round.row, institution=elsewhere, scores=care)
    for by, code in (
        (make.make_officer(), "not_found"),
        (make.make_officer(make.yuecheng()), "not_found"),
        (make.make_manager(round.site), "not_allowed"),
        (
            make.make_officer(make.make_region("330600"), user=make.make_user(person=round.staff[0].person)),
            "own_case",
        ),
    ):
        with refused(code):
            rating.enter_scores(by=by, round=round.row, institution=round.site, scores=care)
    assert not IndicatorScore.objects.exists()
