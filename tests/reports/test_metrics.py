"""The holding rate on a day: who counts, who doesn't and why; ΣN/ΣD; a constant number of queries."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lms.jobs.errors import DomainError
from lms.registry.models import Institution, Person
from reports import metrics
from reports.metrics import HoldingRate
from reports.rules import Reason
from tests.commands import manage
from tests.factories import (
    annul,
    make_ban,
    make_institution,
    make_officer,
    make_person,
    make_post,
    make_region,
    make_staff,
    qingpu,
    songjiang,
)
from tests.reports.staff import DAY, assess, certify

pytestmark = pytest.mark.django_db


def reason(rate: HoldingRate, person: Person) -> Reason:
    (line,) = (line for line in rate.people if line.person_id == person.pk)
    return line.reason


@pytest.fixture
def site() -> Institution:
    return make_institution()


def test_holders_over_those_who_should_hold(site: Institution) -> None:
    holder, without = make_staff(site, 2)
    certify(holder)
    guard = make_post(institution=site, kind="guard").person
    certify(guard, "infant_carer")
    admin = make_post(institution=site, kind="admin").person
    volunteer = make_post(institution=site, kind="volunteer").person
    rate = metrics.holding_rate(institution=site, on=DAY)
    assert (rate.numerator, rate.denominator, rate.d1, rate.shown) == (1, 3, 4, "33.3%")
    assert reason(rate, holder) is Reason.HOLDS
    assert reason(rate, without) is Reason.NO_CERTIFICATE
    assert reason(rate, guard) is Reason.WRONG_KIND
    assert reason(rate, admin) is Reason.NOT_REQUIRED
    assert reason(rate, volunteer) is Reason.NOT_STAFF
    assert {line.person_id for line in rate.excluded} == {admin.pk, volunteer.pk}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Reason.HOLDS),
        ({"expires_on": DAY}, Reason.HOLDS),
        ({"expires_on": DAY - timedelta(1)}, Reason.EXPIRED),
        ({"issued_on": DAY + timedelta(1)}, Reason.NOT_YET_VALID),
        ({"state": "unverified"}, Reason.UNVERIFIED),
        ({"state": "doubtful"}, Reason.DOUBTFUL),
        ({"state": "revoked"}, Reason.REVOKED),
    ],
)
def test_reasons_of_outside_certificates(site: Institution, values: dict[str, Any], expected: Reason) -> None:
    (person,) = make_staff(site, 1)
    certify(person, **values)
    rate = metrics.holding_rate(institution=site, on=DAY)
    assert reason(rate, person) is expected
    assert rate.numerator == (expected is Reason.HOLDS)


def test_posts_are_those_of_the_day(site: Institution) -> None:
    make_post(institution=site, started_on=DAY)
    make_post(institution=site, started_on=DAY + timedelta(1))
    make_post(institution=site, ended_on=DAY, state="left")
    make_post(institution=site, ended_on=DAY + timedelta(1), state="left")
    make_post(institution=site, state="leave")
    make_post(institution=site, state="probation")
    assert metrics.holding_rate(institution=site, on=DAY).denominator == 4


def test_a_person_at_two_sites_counts_once_in_the_region() -> None:
    one, two = make_institution(), make_institution()
    person = make_post(institution=one).person
    make_post(person, two)
    certify(person)
    certify(make_post(institution=two).person, state="unverified")
    rate = metrics.holding_rate(region=songjiang(), on=DAY)
    assert (rate.numerator, rate.denominator) == (1, 2)
    by_site = {site.institution.pk: (site.numerator, site.denominator) for site in rate.sites}
    assert by_site == {one.pk: (1, 1), two.pk: (1, 2)}


def test_two_posts_need_two_fitting_certificates() -> None:
    person = make_post().person
    guard = make_post(person, make_institution(), kind="guard")
    certify(person)
    rate = metrics.holding_rate(region=songjiang(), on=DAY)
    assert (rate.numerator, rate.denominator) == (0, 1)
    certify(person, "guard_licence")
    assert metrics.holding_rate(region=songjiang(), on=DAY).numerator == 1
    assert metrics.holding_rate(institution=guard.institution, on=DAY).shown == "100.0%"


def test_a_region_is_never_a_mean_of_rates() -> None:
    small, large = make_institution(), make_institution()
    certify(make_staff(small, 1)[0])
    make_staff(large, 3)
    rate = metrics.holding_rate(region=songjiang(), on=DAY)
    assert (rate.shown, [site.shown for site in rate.sites]) == ("25.0%", ["100.0%", "0.0%"])


def test_before_any_rule_nobody_should_hold(site: Institution) -> None:
    person = make_post(institution=site, started_on=date(2015, 1, 1)).person
    rate = metrics.holding_rate(institution=site, on=date(2020, 1, 1))
    assert (rate.shown, rate.d1, reason(rate, person)) == ("—", 1, Reason.NO_RULE)


def test_over_nobody() -> None:
    rate = metrics.holding_rate(institution=make_institution(), on=DAY)
    assert (rate.shown, rate.fraction, rate.need) == ("—", None, None)


def test_a_ban_lowers_the_rate_and_its_annulment_restores_it(site: Institution) -> None:
    holder, other = make_staff(site, 2)
    certify(holder)
    certify(other)
    today = timezone.localdate()
    assert metrics.holding_rate(institution=site, on=today).shown == "100.0%"
    ban = make_ban(holder, confirmed=False)
    assert metrics.holding_rate(institution=site, on=today).shown == "100.0%"
    ban.confirmed_by, ban.confirmed_at = make_officer().user, timezone.now()
    ban.save()
    rate = metrics.holding_rate(institution=site, on=today)
    assert (rate.numerator, rate.denominator, reason(rate, holder)) == (1, 2, Reason.BARRED)
    annul(ban)
    assert metrics.holding_rate(institution=site, on=today).shown == "100.0%"


def test_variants(site: Institution) -> None:
    fits, misfit, bare = make_staff(site, 3)
    checked = make_post(institution=site, health_expires_on=DAY, no_crime_checked_on=DAY).person
    make_post(institution=site, kind="admin")
    certify(fits)
    certify(misfit, "guard_licence")
    certify(checked)
    found = {
        code: (rate.numerator, rate.denominator)
        for code in ("holding.n1_d2", "holding.n2_d2", "holding.n2_d1", "holding.n3_d2")
        for rate in [metrics.holding_rate(institution=site, on=DAY, metric=code)]
    }
    assert found == {
        "holding.n1_d2": (3, 4),
        "holding.n2_d2": (2, 4),
        "holding.n2_d1": (2, 5),
        "holding.n3_d2": (1, 4),
    }
    assert bare.pk in {line.person_id for line in metrics.holding_rate(institution=site, on=DAY).people if line.lacking}


def test_an_unknown_metric_is_refused(site: Institution) -> None:
    for code in ("holding.n9_d2", "hours", "", "hours.reached"):
        with pytest.raises(DomainError) as refusal:
            metrics.holding_rate(institution=site, on=DAY, metric=code)
        assert refusal.value.code == "metric_unknown"


def test_the_target_of_the_year_and_the_nearest_region() -> None:
    shaoxing = make_region("330600")
    site = make_institution(region=make_region("330602"))
    certify(make_staff(site, 4)[0])
    rate = metrics.holding_rate(region=shaoxing, on=date(2024, 6, 30))
    assert (rate.target_shown, rate.need, rate.reached) == ("80.0%", 3, False)
    (row,) = [row for row in rate.sites if row.institution == site]
    assert (row.target_shown, row.need) == ("80.0%", 3)
    assert metrics.holding_rate(region=shaoxing, on=date(2027, 6, 30)).target_shown == "90.0%"
    assert metrics.holding_rate(region=shaoxing, on=date(2031, 6, 30)).target_shown == ""


def test_hours_reached_counts_those_without_any_hours(site: Institution) -> None:
    done, short, absent = make_staff(site, 3)
    make_post(institution=site, kind="volunteer")
    assess(done, reached=True)
    assess(absent, reached=True, year=DAY.year - 1)
    assess(short, reached=False)
    rate = metrics.hours_reached(institution=site, on=DAY)
    assert (rate.numerator, rate.denominator) == (1, 3)
    assert [reason(rate, person) for person in (done, short, absent)] == [
        Reason.REACHED,
        Reason.HOURS_MISSING,
        Reason.NOT_ASSESSED,
    ]


def test_no_hours_are_asked_where_no_standard_holds() -> None:
    site = make_institution(region=make_region("330602"))
    make_staff(site, 2)
    assert metrics.hours_reached(institution=site, on=DAY).shown == "—"


def test_queries_do_not_grow(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        for region in (songjiang(), qingpu()):
            for person in make_staff(make_institution(region=region), 3):
                certify(person)
    make_ban(make_post().person)
    shanghai = make_region("310000")
    for code in (metrics.OFFICIAL, metrics.HOURS):
        with django_assert_max_num_queries(8):
            assert metrics.figure(code, on=DAY, region=shanghai).denominator == 19
    staff = metrics.Staff(on=DAY, region=shanghai)
    with django_assert_max_num_queries(10):  # two figures of the same people share what they read
        assert metrics.figure_of(staff, metrics.OFFICIAL).d1 == metrics.figure_of(staff, metrics.HOURS).d1 == 19


def run(*args: str) -> dict[str, Any]:
    return manage("holding_rate", *args, "--json").answer


def test_command_says_it_all(site: Institution) -> None:
    holder, _lacking = make_staff(site, 2)
    volunteer = make_post(make_person(name="王𬱖"), site, kind="volunteer").person
    certify(holder)
    said = run("--institution", site.uscc, "--on", "2025-06-30")
    assert {key: said[key] for key in ("metric", "as_of", "numerator", "denominator", "rate", "shown", "need")} == {
        "metric": "holding.n2_d2",
        "as_of": "2025-06-30",
        "numerator": 1,
        "denominator": 2,
        "rate": "1/2",
        "shown": "50.0%",
        "need": said["need"],
    }
    assert [(row["name"], row["code"]) for row in said["excluded"]] == [(volunteer.name, "not_staff")]
    assert run("--region", "310117", "--on", "2025-06-30")["rate"] == "1/2"
    assert run("--on", "2025-06-30")["rate"] == "1/2"
