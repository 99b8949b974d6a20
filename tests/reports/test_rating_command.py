"""`rate_institutions` as a command and as a job that may be interrupted."""

import json

import pytest

from lms.jobs.running import enqueue, run
from reports import rating, tasks
from reports.models import Rating, RatingRound
from tests import factories as make
from tests.commands import manage
from tests.reports.rounds import make_carer, open_round

pytestmark = pytest.mark.django_db


def command(code: str) -> dict:
    return manage("rate_institutions", "--round", code, "--json").answer


def test_the_command_says_points_gates_vetoes_and_why() -> None:
    round = open_round(holders=4)
    make_carer(round.site, no_crime_checked_on=None)
    told = command(round.row.code)
    assert (told["round"], told["scheme"], told["state"]) == (round.row.code, "shaoxing-rating-2", "open")
    (row,) = told["institutions"]
    assert row["uscc"] == round.site.uscc
    # 20 × (5/6 − 0.6) / 0.4 = 35/3
    assert (row["points"], row["exact"], row["outcome"]) == ("11.6", "35/3", "withheld")
    assert (row["rate"]["numerator"], row["rate"]["denominator"]) == (5, 6)
    assert [gate["rate_met"] for gate in row["gates"]] == [False, False, False, True]
    assert [(veto["code"], veto["in_force"], len(veto["facts"])) for veto in row["vetoes"]] == [
        ("checks_missing", False, 1)
    ]
    number = round.staff[0].person.documents.get().number
    assert number not in json.dumps(told)


def test_a_repeated_command_changes_nothing() -> None:
    round = open_round()
    assert command(round.row.code) == command(round.row.code)
    assert Rating.objects.count() == 1


def test_a_closed_round_is_only_told() -> None:
    round = open_round()
    rating.close_round(by=round.officer, round=round.row)
    make_carer(round.site, certified=False)
    told = command(round.row.code)
    assert told["state"] == RatingRound.State.CLOSED
    assert told["institutions"][0]["rate"]["denominator"] == 5


def test_the_job_goes_on_where_it_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    round = open_round()
    for _ in range(4):
        make.make_institution(region=make.yuecheng())
    monkeypatch.setattr(tasks, "CHUNK", 2)
    job = enqueue("rate_institutions", {"round": str(round.row.pk)}, owner_id=round.officer.user_id)
    honest, calls = rating.rate, []

    def crash_once(**kw):
        calls.append(kw)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return honest(**kw)

    monkeypatch.setattr(rating, "rate", crash_once)
    run(job.pk)
    assert Rating.objects.count() == 2
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.result["updated"], job.result["unchanged"]) == ("done", 5, 5, 0)
    assert Rating.objects.count() == 5


def test_the_job_is_refused_in_a_closed_round() -> None:
    round = open_round()
    rating.close_round(by=round.officer, round=round.row)
    job = enqueue("rate_institutions", {"round": str(round.row.pk)}, owner_id=round.officer.user_id)
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "round_closed")
