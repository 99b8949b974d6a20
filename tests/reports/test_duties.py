"""Duties of the organiser: counted with evidence, overdue in step with the year, taken back and not forgotten."""

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from courses.models import RunState
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Filing
from reports import organising, rules
from reports.models import Duty, DutyAct
from reports.rules import DutyState
from tests import factories as f
from tests.reports.duties_scene import make_duty, paper

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.mark.parametrize(
    ("times", "on", "due"),
    [
        (4, date(2026, 3, 31), 0),
        (4, date(2026, 4, 1), 1),
        (4, date(2027, 1, 1), 4),
        (6, date(2026, 3, 1), 1),
        (1, date(2026, 12, 31), 0),
        (1, date(2027, 1, 1), 1),
        (4, date(2025, 12, 31), 0),
    ],
)
def test_a_duty_is_due_in_step_with_the_year(times: int, on: date, due: int) -> None:
    assert rules.duty_due(times, rules.months_passed(2026, on)) == due


@given(st.integers(1, 366), st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(0, 400))
def test_never_more_is_due_than_the_year_asks_and_whoever_did_it_all_is_never_overdue(times, on, done):
    due = rules.duty_due(times, rules.months_passed(2026, on))
    assert 0 <= due <= times
    state = rules.duty_state(times, done, due)
    assert (state == DutyState.REACHED) == (done >= times)
    assert (state == DutyState.OVERDUE) == (done < due)


def record(by, duty, **kw):
    values: dict[str, Any] = {
        "on": TODAY(),
        "title": "一季度指导",
        "organiser": "妇幼保健院",
        "headcount": 12,
        "evidence": paper(),
    }
    return organising.record_act(by=by, duty=duty, **(values | kw))


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_shipped_papers_say_what_is_owed() -> None:
    found = {duty.code: (duty.per, duty.times) for duty in Duty.objects.filter(published_at__isnull=False)}
    assert found["qingpu-trainings"] == ("region", 6)
    assert found["songjiang-guidance-trainings"] == ("region", 4)
    assert [found[f"shaoxing-{name}"] for name in ("health-guidance", "staff-training", "parent-talks")] == [
        ("institution", 4)
    ] * 3
    assert found["shaoxing-health-inspection"] == ("institution", 1)
    assert found["chaisang-health-check"] == ("institution", 1)


def test_an_institution_counts_what_it_proves_and_nobody_elses() -> None:
    site, other = f.make_institution(), f.make_institution()
    duty, manager = make_duty(site.region), f.make_manager(site)
    act = record(manager, duty, institution=site)
    assert act.evidence is not None
    done = {row.institution.pk: row.counter.done for row in organising.sites(duty, site.region, TODAY().year)}
    assert (done[site.pk], done[other.pk]) == (1, 0)
    assert AuditEntry.objects.filter(action="duty.record").count() == 1
    for by, code in ((f.make_manager(other), "not_allowed"), (f.make_supervisor(), "not_allowed")):
        assert code_of(lambda by=by: record(by, duty, institution=site)) == code
    assert DutyAct.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"institution": None}, "duty_place"),
        ({"on": TODAY() + timedelta(1)}, "day_ahead"),
        ({"on": date(2020, 12, 31)}, "duty_year"),
        ({"audience": "医生"}, "audience_unknown"),
        ({"evidence": None}, "proof_missing"),
        ({"evidence": paper(b"MZ not a paper")}, "file_type"),
    ],
)
def test_recording_refuses(change, code) -> None:
    site = f.make_institution()
    duty, manager = make_duty(site.region), f.make_manager(site)
    assert code_of(lambda: record(manager, duty, **({"institution": site} | change))) == code
    assert not DutyAct.objects.exists()


def test_a_run_is_evidence_once_for_a_regional_duty() -> None:
    officer = f.make_officer()
    assert officer.region is not None
    duty = make_duty(officer.region, per=Duty.Per.REGION)
    run = f.make_run(centre=f.make_centre(region=officer.region), state=RunState.FINISHED)
    f.make_session(run, timezone.now() - timedelta(days=1))
    year = timezone.localdate(timezone.now() - timedelta(days=1)).year
    assert list(organising.runs_for(duty, year)) == [run]
    act = record(officer, duty, run=run, evidence=None)
    assert code_of(lambda: record(officer, duty, run=run, evidence=None)) == "run_used"
    assert not organising.runs_for(duty, year).exists()
    organising.take_back(by=officer, act=act, reason="不是本年度任务")
    assert record(officer, duty, run=run, evidence=None)
    far = f.make_officer(f.qingpu())
    assert code_of(lambda: record(far, duty)) == "not_allowed"
    assert code_of(lambda: record(officer, duty, institution=f.make_institution())) == "duty_place"


def test_what_is_taken_back_counts_no_more_and_stays_readable() -> None:
    site = f.make_institution()
    duty, manager = make_duty(site.region), f.make_manager(site)
    act = record(manager, duty, institution=site)
    assert code_of(lambda: organising.take_back(by=manager, act=act, reason=" ")) == "reason_missing"
    organising.take_back(by=manager, act=act, reason="登记错机构")
    assert code_of(lambda: organising.take_back(by=manager, act=act, reason="再次")) == "act_taken_back"
    (counter,) = [row for row in organising.counters_of(site, TODAY().year) if row.duty == duty]
    assert counter.done == 0
    page = f.signed_in(manager).get(reverse("institution_duty", args=[duty.pk])).content.decode()
    assert "登记错机构" in page


def test_the_database_keeps_acts_and_asks_for_proof() -> None:
    site = f.make_institution()
    duty, manager = make_duty(site.region), f.make_manager(site)
    act = record(manager, duty, institution=site)
    for wrong in (
        lambda: DutyAct.objects.filter(pk=act.pk).update(headcount=999),
        lambda: DutyAct.objects.filter(pk=act.pk).delete(),
        lambda: Duty.objects.filter(pk=duty.pk).update(times=1),
        lambda: DutyAct.objects.create(
            duty=duty, institution=site, on=TODAY(), year=TODAY().year, headcount=1, recorded_by=manager.user
        ),
        lambda: DutyAct.objects.create(
            duty=duty, on=TODAY(), year=1999, headcount=1, evidence=act.evidence, recorded_by=manager.user
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_a_board_is_flat_and_shows_who_is_overdue(django_assert_max_num_queries) -> None:
    officer = f.make_officer()
    assert officer.region is not None
    year = TODAY().year - 1
    make_duty(officer.region)
    sites = [f.make_institution(region=officer.region) for _ in range(12)]
    closed = f.make_institution(region=officer.region, filing=Filing.CLOSED)
    with django_assert_max_num_queries(5):
        lines = organising.board(officer.region, year)
    (line,) = [line for line in lines if line.counter is None and line.duty.region == officer.region]
    assert (line.sites, line.overdue, line.state) == (len(sites), len(sites), DutyState.OVERDUE)
    client = f.signed_in(officer)
    with django_assert_max_num_queries(15):
        page = client.get(reverse("bureau_duties"), {"year": year})
    assert "逾期" in page.content.decode()
    listed = client.get(reverse("bureau_duty", args=[line.duty.pk]), {"year": year}).content.decode()
    assert sites[0].name in listed
    assert closed.name not in listed


def test_the_file_says_what_the_page_says() -> None:
    site = f.make_institution()
    duty, officer = make_duty(site.region, name="家长讲座"), f.make_officer()
    record(officer, duty, institution=site)
    answer = f.signed_in(officer).get(reverse("bureau_duties_export"))
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active.values)
    (found,) = [row for row in rows if row[0] == "家长讲座" and row[2] == site.name]
    assert found[3] == 1


def test_the_page_records_refuses_and_keeps_what_was_typed() -> None:
    site = f.make_institution()
    duty, manager = make_duty(site.region), f.make_manager(site)
    client, url = f.signed_in(manager), reverse("institution_duty", args=[duty.pk])
    typed = {"on": TODAY().isoformat(), "title": "二季度指导", "organiser": "社区卫生服务中心", "headcount": "9"}
    missing = client.post(url, typed)
    assert (missing.status_code, "二季度指导" in missing.content.decode()) == (422, True)
    done = client.post(url, typed | {"evidence": paper()}, follow=True)
    assert "二季度指导" in done.content.decode()
    act = DutyAct.objects.get()
    assert client.get(reverse("private_file", args=[act.evidence_id])).status_code == 200
    stranger = f.signed_in(f.make_manager(f.make_institution()))
    assert stranger.get(reverse("private_file", args=[act.evidence_id])).status_code == 404
    assert stranger.post(url + f"?year={TODAY().year}", {"act": act.pk, "reason": "别人的"}).status_code == 409
    assert client.post(url, {"act": act.pk, "reason": ""}).status_code == 422
    assert client.post(url, {"act": act.pk, "reason": "重复登记"}).status_code == 302
