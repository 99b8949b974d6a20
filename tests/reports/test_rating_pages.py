"""The pages of ratings: who sees them, what they say, what their forms do, and what they cost."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.jobs.models import Job
from lms.jobs.running import run
from reports import rating
from reports.models import IndicatorScore, Rating, RatingRound, VetoFinding
from tests import factories as make
from tests.reports.rounds import FULL, Round, make_carer, open_round

pytestmark = pytest.mark.django_db
#: Session, account, memberships and the rest of a page; the limit of every page.
QUERIES = 15


def address(round: Round, institution: bool = True) -> str:
    if not institution:
        return reverse("bureau_rating_round", args=[round.row.code])
    return reverse("bureau_rating", args=[round.row.code, round.site.pk])


def officer(round: Round) -> Client:
    return make.signed_in(round.officer)


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


# --- Who may see ------------------------------------------------------------------------------


def test_every_persona_meets_the_pages_as_it_should() -> None:
    round = open_round()
    round.rate()
    pages = [reverse("bureau_ratings"), address(round, institution=False), address(round)]
    own = {"own officer": round.officer, "own supervisor": round.second, "platform": make.make_admin()}
    for name, membership in own.items():
        assert [make.signed_in(membership).get(url).status_code for url in pages] == [200] * 3, name
    elsewhere = make.signed_in(make.make_officer())
    assert [elsewhere.get(url).status_code for url in pages] == [200, 404, 404]
    for membership in (
        make.make_manager(round.site),
        make.make_trainer(),
        make.make_learner(round.staff[0].person),
        make.make_editor(),
    ):
        assert {make.signed_in(membership).get(url).status_code for url in pages} == {403}
    assert {make.signed_in(None).get(url).status_code for url in pages} == {302}


def test_who_only_reads_finds_no_buttons_and_is_refused() -> None:
    round = open_round()
    round.rate()
    reader = make.signed_in(make.make_admin())
    assert 'name="act"' not in text(reader, address(round))
    for act in ("rate", "close"):
        assert reader.post(address(round, institution=False), {"act": act}).status_code == 409
    assert reader.post(address(round), {"act": "rate"}).status_code == 409
    assert not Job.objects.exists()


# --- Rounds -----------------------------------------------------------------------------------


def test_a_round_is_opened_in_the_browser() -> None:
    city = make.make_region("330600")
    client = make.signed_in(make.make_officer(city))
    assert "330600" in text(client, reverse("bureau_ratings"))
    answer = client.post(reverse("bureau_ratings"), {"region": "330602", "as_of": "2026-06-30"}, follow=True)
    row = RatingRound.objects.get()
    assert answer.redirect_chain == [(reverse("bureau_rating_round", args=[row.code]), 302)]
    assert (row.region.code, row.as_of.isoformat()) == ("330602", "2026-06-30")


def test_a_refused_round_keeps_what_was_typed() -> None:
    client = make.signed_in(make.make_officer(make.make_region("330600")))
    ahead = (timezone.localdate() + timedelta(days=9)).isoformat()
    answer = client.post(reverse("bureau_ratings"), {"region": "330602", "as_of": ahead})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "day_ahead" in page
    assert ahead in page
    scheme_less = make.signed_in(make.make_officer())
    answer = scheme_less.post(reverse("bureau_ratings"), {"region": "310117", "as_of": "2026-06-30"})
    assert "scheme_missing" in answer.content.decode()
    assert not RatingRound.objects.exists()


def test_a_round_is_rated_by_a_job_and_closed() -> None:
    round = open_round()
    client = officer(round)
    answer = client.post(address(round, institution=False), {"act": "rate"})
    job = Job.objects.get()
    assert answer.headers["Location"].endswith(f"?job={job.pk}")
    assert f"job-{job.pk}" in text(client, answer.headers["Location"])
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["updated"]) == ("done", 1)
    assert round.site.name in text(client, address(round, institution=False))
    client.post(address(round, institution=False), {"act": "close"})
    round.row.refresh_from_db()
    assert round.row.state == "closed"
    assert client.post(address(round), {"act": "rate"}).status_code == 409


def test_the_round_is_filtered_by_name_and_result() -> None:
    round = open_round()
    round.enter()
    other = make.make_institution(region=make.yuecheng(), name="镜湖托育园")
    rating.rate(by=None, round=round.row)
    client, url = officer(round), address(round, institution=False)
    for query, seen in (
        ("q=镜湖", {other}),
        ("result=0", {round.site}),
        ("result=incomplete", {other}),
        ("result=vetoed", set()),
    ):
        page = text(client, f"{url}?{query}")
        assert {row for row in (other, round.site) if str(row.pk) in page} == seen


# --- One institution --------------------------------------------------------------------------


def test_the_page_explains_the_result_down_to_the_people() -> None:
    round = open_round(holders=4)
    round.enter()
    page = text(officer(round), address(round))
    for post in round.staff:
        assert post.person.name in page
    assert "national-carer" in page
    assert "4 / 5" in page


def test_points_are_entered_on_the_page() -> None:
    round = open_round()
    typed = {f"points_{code}": points for code, points in FULL.items()} | {"note_care": "现场评估", "act": "score"}
    assert officer(round).post(address(round), typed).status_code == 302
    assert IndicatorScore.objects.count() == len(FULL)
    assert Rating.objects.latest_versions().get().grade.name == "市级示范"
    page = text(officer(round), address(round))
    assert "现场评估" in page


def test_points_out_of_range_keep_what_was_typed() -> None:
    round = open_round()
    answer = officer(round).post(address(round), {"act": "score", "points_care": "201", "note_care": "现场评估"})
    page = answer.content.decode()
    assert "201" in page
    assert "现场评估" in page
    assert not IndicatorScore.objects.exists()


def test_a_veto_is_decided_on_the_page_by_two() -> None:
    round = open_round()
    make_carer(round.site, no_crime_checked_on=None)
    url, decide = address(round), {"act": "confirm", "veto": "checks_missing"}
    assert officer(round).post(url, decide).status_code == 302
    answer = officer(round).post(url, decide)
    assert answer.status_code == 409
    assert "same_person" in answer.content.decode()
    assert make.signed_in(round.second).post(url, decide).status_code == 302
    assert VetoFinding.objects.get().second_by == round.second.user
    assert Rating.objects.latest_versions().get().vetoed


def test_a_veto_is_dismissed_only_with_a_reason() -> None:
    round = open_round()
    make_carer(round.site, no_crime_checked_on=None)
    url, decide = address(round), {"act": "dismiss", "veto": "checks_missing"}
    assert officer(round).post(url, decide | {"reason": ""}).status_code == 200
    assert not VetoFinding.objects.exists()
    assert officer(round).post(url, decide | {"reason": "回执已到"}).status_code == 302
    assert "回执已到" in text(officer(round), url)


def test_a_veto_is_reported_on_the_page() -> None:
    round = open_round()
    sent = {"act": "report", "veto": "forged", "note": "伪造签到记录"}
    assert officer(round).post(address(round), sent).status_code == 302
    assert VetoFinding.objects.get().first_by == round.officer.user
    assert "伪造签到记录" in text(officer(round), address(round))


# --- A ban ------------------------------------------------------------------------------------


@pytest.mark.parametrize("institution", [True, False], ids=["institution", "round"])
def test_a_ban_shows_at_once_and_goes_with_its_annulment(institution: bool) -> None:
    round = open_round()
    round.enter()
    url, client = address(round, institution), officer(round)
    assert "终身禁入人员在岗" not in text(client, url)
    ban = make.make_ban(round.staff[0].person, region=make.yuecheng())
    assert "终身禁入人员在岗" in text(client, url)
    assert "80.0%" in text(client, url)
    round.rate()
    make.annul(ban)
    page = text(client, url)
    assert "终身禁入人员在岗" not in page
    assert "100.0%" in page
    assert Rating.objects.count() == 2, "looking writes nothing"


def test_a_closed_round_stays_and_says_what_has_happened_since() -> None:
    round = open_round()
    rating.close_round(by=round.officer, round=round.row)
    make.make_ban(round.staff[0].person, region=make.yuecheng())
    page = officer(round).get(address(round))
    assert page.context["told"]["vetoes"] == []
    assert [fact["person"] for fact in page.context["since"]] == [str(round.staff[0].person_id)]


# --- What it costs ----------------------------------------------------------------------------


def test_pages_cost_the_same_whatever_their_size(django_assert_max_num_queries) -> None:
    round = open_round()
    for _ in range(8):
        site = make.make_institution(region=make.yuecheng())
        make_carer(site, certified=False, no_crime_checked_on=None)
    for _ in range(12):
        make_carer(round.site)
    rating.rate(by=None, round=round.row)
    round.enter()
    client = officer(round)
    for url in (reverse("bureau_ratings"), address(round, institution=False), address(round)):
        with django_assert_max_num_queries(QUERIES):
            assert client.get(url).status_code == 200


def test_rating_many_costs_a_few_queries(django_assert_max_num_queries) -> None:
    round = open_round()
    for _ in range(8):
        make_carer(make.make_institution(region=make.yuecheng()))
    with django_assert_max_num_queries(40):
        assert rating.rate(by=None, round=round.row).changed == 9
