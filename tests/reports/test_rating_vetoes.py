"""Vetoes: what the machine proposes, what two people decide, and what a ban does to a rating and back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Filing, PostKind, PostState
from reports import appraising, rating
from reports.models import Rating, VetoFinding
from reports.rules import Outcome, VetoState
from tests import factories as make
from tests.reports.rounds import Round, make_carer, open_round

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def live(round: Round) -> appraising.Appraisal:
    """The rating of this moment, written nowhere."""
    return appraising.appraise(round.row, [round.site])[0]


def state(round: Round, code: str) -> VetoState | None:
    return next((row.state for row in live(round).standings if row.veto.code == code), None)


def confirm(round: Round, by, code: str = "checks_missing") -> VetoFinding:
    return rating.confirm_veto(by=by, round=round.row, institution=round.site, veto=round.veto(code))


def dismiss(round: Round, by, code: str = "checks_missing", reason: str = "已补查") -> VetoFinding:
    return rating.dismiss_veto(by=by, round=round.row, institution=round.site, veto=round.veto(code), reason=reason)


def report(round: Round, by, code: str = "proven_abuse", note: str = "案号〔2026〕3号查实") -> VetoFinding:
    return rating.propose_veto(by=by, round=round.row, institution=round.site, veto=round.veto(code), note=note)


def without_check(round: Round):
    """One more carer, whose no-crime check is missing."""
    return make_carer(round.site, no_crime_checked_on=None)


# --- What the machine finds ------------------------------------------------------------------


def facts(round: Round, code: str) -> list[tuple[str, str]]:
    """(fact, post) of a veto, as found now."""
    found = next((row.facts for row in live(round).standings if row.veto.code == code), [])
    return [(fact["code"], fact.get("post", "")) for fact in found]


def test_good_order_finds_nothing() -> None:
    round = open_round()
    assert live(round).standings == []
    assert round.rate().explanation["vetoes"] == []
    assert not VetoFinding.objects.exists()


@pytest.mark.parametrize(
    ("checked", "found"),
    [(None, "check_missing"), (TODAY - timedelta(days=367), "check_old"), (TODAY - timedelta(days=364), None)],
)
def test_no_crime_checks_are_asked_of_everybody_every_year(checked, found) -> None:
    round = open_round()
    make_carer(round.site, kind=PostKind.VOLUNTEER, no_crime_checked_on=checked)
    assert facts(round, "checks_missing") == ([(found, "volunteer")] if found else [])


@pytest.mark.parametrize(
    ("post", "found"),
    [
        ({"health_expires_on": None}, "health_missing"),
        ({"health_expires_on": YESTERDAY}, "health_expired"),
        ({"health_expires_on": TODAY}, None),
        ({"health_expires_on": YESTERDAY, "state": PostState.LEAVE}, None),
        ({"health_expires_on": YESTERDAY, "kind": PostKind.INTERN}, None),
        ({"health_expires_on": YESTERDAY, "started_on": TODAY + timedelta(days=1)}, None),
    ],
)
def test_health_certificates_of_staff_on_duty(post, found) -> None:
    round = open_round()
    made = make_carer(round.site, **post)
    assert facts(round, "health_invalid") == ([(found, made.kind)] if found else [])


@pytest.mark.parametrize("filing", [Filing.PENDING, Filing.SUSPENDED])
def test_an_institution_without_filing(filing) -> None:
    assert facts(open_round(filing=filing), "not_filed") == [("not_filed", "")]


def test_facts_of_one_institution_are_not_those_of_another() -> None:
    round = open_round()
    make_carer(make.make_institution(region=make.yuecheng()), no_crime_checked_on=None)
    rated = {row.institution_id: row for row in rating.rate(by=None, round=round.row).ratings}
    assert rated.pop(round.site.pk).explanation["vetoes"] == []
    assert [veto["code"] for row in rated.values() for veto in row.explanation["vetoes"]] == ["checks_missing"]


# --- Two people decide -----------------------------------------------------------------------


def test_a_proposal_withholds_the_grade_and_vetoes_nothing() -> None:
    round = open_round()
    without_check(round)
    kept = round.enter().ratings[0]
    assert (kept.vetoed, kept.grade, kept.explanation["outcome"]) == (False, None, "withheld")
    assert VetoFinding.objects.get().first_by is None


def test_two_officers_confirm_and_the_veto_is_in_force() -> None:
    round = open_round()
    without_check(round)
    round.enter()
    confirm(round, round.officer)
    assert (state(round, "checks_missing"), live(round).outcome) == (VetoState.FIRST_CONFIRMED, Outcome.WITHHELD)
    confirm(round, round.second)
    kept = Rating.objects.latest_versions().get()
    assert (kept.vetoed, kept.grade, kept.version) == (True, None, 3)
    assert AuditEntry.objects.filter(action="veto.confirm").count() == 2
    for act in (confirm, dismiss):
        with refused("finding_decided"):
            act(round, round.officer)


def test_one_officer_is_not_two() -> None:
    round = open_round()
    without_check(round)
    confirm(round, round.officer)
    with refused("same_person"):
        confirm(round, round.officer)
    assert state(round, "checks_missing") == VetoState.FIRST_CONFIRMED
    finding = VetoFinding.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        VetoFinding.objects.filter(pk=finding.pk).update(second_by=finding.first_by)


def test_a_dismissal_needs_a_reason_and_gives_the_grade_free() -> None:
    round = open_round()
    without_check(round)
    round.enter()
    with refused("reason_missing"):
        dismiss(round, round.officer, reason=" ")
    dismiss(round, round.officer, reason="公安系统回执已到，登记滞后")
    kept = Rating.objects.latest_versions().get()
    assert (kept.vetoed, kept.explanation["outcome"]) == (False, "graded")
    assert kept.explanation["vetoes"][0]["reason"] == "公安系统回执已到，登记滞后"


def test_new_facts_reopen_what_was_dismissed() -> None:
    round = open_round()
    without_check(round)
    dismiss(round, round.officer)
    without_check(round)
    assert state(round, "checks_missing") == VetoState.PROPOSED
    round.rate()
    finding = VetoFinding.objects.get()
    assert (finding.dismissed_by, len(finding.evidence["facts"])) == (None, 2)


def test_new_facts_ask_the_first_officer_again() -> None:
    round = open_round()
    without_check(round)
    confirm(round, round.officer)
    without_check(round)
    confirm(round, round.second)
    assert state(round, "checks_missing") == VetoState.FIRST_CONFIRMED
    assert VetoFinding.objects.get().first_by == round.second.user


def test_a_veto_ends_with_its_facts() -> None:
    round = open_round()
    post = without_check(round)
    confirm(round, round.officer)
    confirm(round, round.second)
    post.no_crime_checked_on = TODAY
    post.save()
    kept = round.rate()
    assert (kept.vetoed, kept.explanation["vetoes"]) == (False, [])
    assert state(round, "checks_missing") == VetoState.WITHDRAWN
    with refused("not_found"):
        confirm(round, round.officer)


def test_who_may_not_decide() -> None:
    round = open_round()
    post = without_check(round)
    city = make.make_region("330600")
    own = make.make_officer(city, user=make.make_user(person=post.person))
    for by, code in (
        (make.make_manager(round.site), "not_allowed"),
        (make.make_officer(), "not_found"),
        (own, "own_case"),
    ):
        for act in (confirm, dismiss):
            with refused(code):
                act(round, by)
    assert not VetoFinding.objects.exists()


# --- What no source can see ------------------------------------------------------------------


def test_an_officer_reports_and_a_second_confirms() -> None:
    round = open_round()
    round.enter()
    report(round, round.officer)
    assert (state(round, "proven_abuse"), live(round).outcome) == (VetoState.FIRST_CONFIRMED, Outcome.WITHHELD)
    with refused("same_person"):
        confirm(round, round.officer, "proven_abuse")
    with refused("finding_decided"):
        report(round, round.second)
    confirm(round, round.second, "proven_abuse")
    kept = Rating.objects.latest_versions().get()
    assert kept.vetoed
    assert kept.explanation["vetoes"][0]["facts"][0]["note"] == "案号〔2026〕3号查实"


def test_a_report_needs_a_note_and_no_source() -> None:
    round = open_round()
    with refused("reason_missing"):
        report(round, round.officer, note="")
    with refused("not_found"):
        report(round, round.officer, code="checks_missing")
    with refused("not_found"):
        confirm(round, round.officer, "proven_abuse")
    assert not VetoFinding.objects.exists()


def test_a_dismissed_report_can_be_made_again() -> None:
    round = open_round()
    report(round, round.officer)
    dismiss(round, round.second, "proven_abuse", "查无实据")
    assert state(round, "proven_abuse") == VetoState.DISMISSED
    report(round, round.second, note="复查属实")
    assert state(round, "proven_abuse") == VetoState.FIRST_CONFIRMED


# --- A ban -----------------------------------------------------------------------------------


def test_a_ban_vetoes_at_once_and_its_annulment_puts_all_back() -> None:
    round = open_round()
    before = round.enter().ratings[0]
    assert (before.grade.name, live(round).outcome) == ("市级示范", Outcome.GRADED)

    ban = make.make_ban(round.staff[0].person, region=make.yuecheng())
    now = live(round)
    assert (now.outcome, now.grade) == (Outcome.VETOED, None)
    assert now.explanation["rate"]["shown"] == "80.0%"
    assert round.rate().vetoed
    assert state(round, "barred_on_post") == VetoState.PROPOSED

    make.annul(ban)
    assert live(round).sha256 == before.sha256
    after = round.rate()
    assert (after.version, after.grade, after.points) == (3, before.grade, before.points)


def test_an_annulled_ban_lifts_a_confirmed_veto() -> None:
    round = open_round()
    before = round.enter().ratings[0]
    ban = make.make_ban(round.staff[0].person, region=make.yuecheng())
    confirm(round, round.officer, "barred_on_post")
    confirm(round, round.second, "barred_on_post")
    make.annul(ban)
    assert round.rate().sha256 == before.sha256


def test_a_ban_that_is_only_proposed_vetoes_nothing() -> None:
    round = open_round()
    make.make_ban(round.staff[0].person, confirmed=False, region=make.yuecheng())
    assert state(round, "barred_on_post") is None


def test_only_the_standing_ban_of_several_is_a_fact() -> None:
    round = open_round()
    person = round.staff[0].person
    make.annul(make.make_ban(person, region=make.yuecheng()))
    ban = make.make_ban(person, region=make.yuecheng())
    (fact,) = next(row.facts for row in live(round).standings if row.veto.code == "barred_on_post")
    assert fact["key"] == f"barred:{ban.pk}:{round.staff[0].pk}"


def test_one_officer_cannot_undo_a_ban() -> None:
    round = open_round()
    make.make_ban(round.staff[0].person, region=make.yuecheng())
    with refused("ban_stands"):
        dismiss(round, round.officer, "barred_on_post")
    assert live(round).vetoed


def test_whoever_was_dismissed_the_same_day_is_no_veto() -> None:
    round = open_round()
    post = round.staff[0]
    make.make_ban(post.person, region=make.yuecheng())
    leave(post, TODAY)
    assert state(round, "barred_on_post") is None


def test_whoever_stayed_on_is_a_veto_that_a_reason_can_dismiss_afterwards() -> None:
    round = open_round()
    round.row.as_of = TODAY - timedelta(days=30)
    round.row.save()
    post = round.staff[0]
    ban = make.make_ban(post.person, confirmed=False, region=make.yuecheng())
    ban.confirmed_by, ban.confirmed_at = make.make_user(), timezone.now() - timedelta(days=3)
    ban.save()
    leave(post, TODAY)
    assert live(round).vetoed
    dismiss(round, round.officer, "barred_on_post", "停岗在家，仅手续滞后")
    assert not live(round).vetoed


def leave(post, day) -> None:
    post.state, post.ended_on = PostState.LEFT, day
    post.save()
