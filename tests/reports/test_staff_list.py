"""An institution's staff list: its filters, the list as a file, and acts on many people at once."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from courses.models import CourseRun, Enrollment
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry.models import AuditEntry, Institution, Membership, Post, SavedFilter
from reports import managing
from tests import factories as f
from tests.reports.staff import assess, certify

pytestmark = pytest.mark.django_db
LIST, ACT, EXPORT = "institution_roster", "institution_staff_act", "institution_staff_export"
TODAY = timezone.localdate()
GOOD: dict[str, Any] = {"health_expires_on": TODAY + timedelta(200), "no_crime_checked_on": TODAY - timedelta(30)}


@pytest.fixture
def site() -> Institution:
    return f.make_institution()


@pytest.fixture
def by(site: Institution) -> Membership:
    return f.make_manager(site)


@pytest.fixture
def manager(by: Membership) -> Client:
    return f.signed_in(by)


def listed(client: Client, **query: str) -> list[str]:
    return [row[0].person.name for row in client.get(reverse(LIST), query).context["rows"]]


def nearby(**kw: Any) -> CourseRun:
    run = f.make_run(state="open", **kw)
    f.make_session(run, timezone.now() + timedelta(5))
    return run


# --- Filters --------------------------------------------------------------------------------


def test_what_is_not_in_order(manager: Client, site: Institution) -> None:
    fine, unpapered, uncertified, short = (
        f.make_post(f.make_person(name=name), site, **GOOD) for name in ("全齐", "缺健康证", "无证", "缺学时")
    )
    Post.objects.filter(pk=unpapered.pk).update(health_expires_on=None)
    for post in (fine, unpapered, short):
        certify(post.person)
        assess(post.person, reached=post != short, year=TODAY.year)
    assess(uncertified.person, reached=True, year=TODAY.year)
    assert listed(manager, show="papers") == ["缺健康证"]
    assert listed(manager, show="certificate") == ["无证"]
    assert listed(manager, show="hours") == ["缺学时"]
    assert len(listed(manager)) == 4
    assert "技能还差 87 课时" in manager.get(reverse(LIST), {"show": "hours"}).content.decode()
    assert listed(manager, show="hours", q="全") == []


def test_a_kept_filter_is_a_tab_of_ones_own(manager: Client, by: Membership) -> None:
    manager.post(
        reverse("saved_filters"), {"place": LIST, "name": "缺证的保育员", "query": "kind=carer&show=certificate"}
    )
    assert SavedFilter.objects.get().user == by.user
    assert ("缺证的保育员", "kind=carer&show=certificate") in manager.get(reverse(LIST)).context["views"]


@pytest.mark.parametrize("show", ["", "papers", "certificate", "hours"])
def test_queries_do_not_grow(show: str, manager: Client, site: Institution, django_assert_max_num_queries: Any) -> None:
    for number in (1, 12):
        for person in f.make_staff(site, number):
            certify(person, state="unverified")
        with django_assert_max_num_queries(15):
            assert manager.get(reverse(LIST), {"show": show}).status_code == 200


# --- Files ----------------------------------------------------------------------------------


def test_the_list_as_a_workbook(manager: Client, site: Institution) -> None:
    post = f.make_post(institution=site, health_expires_on=None, no_crime_checked_on=TODAY)
    f.make_post()
    answer = manager.get(reverse(EXPORT), {"show": "papers"})
    book = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    row = CalamineWorkbook.from_filelike(book).get_sheet_by_index(0).to_python()[1]
    document = post.person.documents.get()
    assert row[:3] == [post.person.name, document.masked, post.get_kind_display()]
    assert row[-1] == "没有健康证记录。"
    assert AuditEntry.objects.get(action="export_staff").after == {"rows": 1, "form": "xlsx"}


def test_those_picked_as_csv_without_numbers_or_formulas(manager: Client, site: Institution) -> None:
    picked = f.make_post(f.make_person(name="=1+1"), site)
    f.make_post(institution=site)
    elsewhere = f.make_post()
    answer = manager.post(reverse(EXPORT), {"form": "csv", "picked": [picked.pk, elsewhere.pk, "x"]})
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["'=1+1"]
    assert picked.person.documents.get().number not in answer.content.decode()


# --- Acts on many ---------------------------------------------------------------------------


def act(client: Client, name: str, posts: list[Post], **data: Any) -> Any:
    return client.post(reverse(ACT), {"act": name, "picked": [post.pk for post in posts], **data})


def done(answer: Any) -> Job:
    """The job the answer leads to, after a worker did it."""
    job = Job.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error_message
    return job


def test_posts_end_together_and_refusals_are_named(manager: Client, site: Institution) -> None:
    old, new = f.make_post(institution=site), f.make_post(institution=site, started_on=TODAY)
    elsewhere = f.make_post()
    page = act(manager, "end", [old, new, elsewhere])
    assert page.status_code == 200
    assert [post.pk for post in page.context["posts"]] == [old.pk, new.pk] or len(page.context["posts"]) == 2
    assert not Job.objects.exists()
    on = TODAY - timedelta(2)
    assert act(manager, "end", [old, new], confirm="yes", on=on).status_code == 422
    job = done(act(manager, "end", [old, new, elsewhere], confirm="yes", on=on, reason="合同到期"))
    old.refresh_from_db()
    new.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (old.state, old.ended_on, new.ended_on, elsewhere.ended_on) == ("left", on, None, None)
    assert (job.result["updated"], job.result["refused"]) == (1, {"post_dates": 1})
    assert job.result["rejected"][0]["value"] == new.person.name


def test_one_check_for_many(manager: Client, site: Institution) -> None:
    posts = [f.make_post(institution=site, no_crime_checked_on=None) for _ in range(3)]
    data = {"confirm": "yes", "done_on": TODAY, "channel": "公安派出所"}
    assert act(manager, "check", posts, **data).status_code == 422  # nobody consented
    assert done(act(manager, "check", posts, consent="on", **data)).result["updated"] == 3
    assert set(Post.objects.values_list("no_crime_checked_on", flat=True)) == {TODAY}


def test_those_who_miss_hours_are_enrolled_in_one_go(manager: Client, site: Institution) -> None:
    reached, short = (f.make_post(institution=site) for _ in range(2))
    assess(reached.person, reached=True, year=TODAY.year)
    run, full, away = (
        nearby(capacity=5),
        nearby(capacity=1),
        nearby(centre=f.make_centre(region=f.yuecheng()), region=f.yuecheng()),
    )
    f.make_enrollment(full)
    page = manager.get(reverse(ACT), {"act": "enrol", "show": "hours"})
    assert [post.pk for post in page.context["posts"]] == [short.pk]
    assert {row.pk for row in page.context["runs"]} == {run.pk, full.pk}
    assert act(manager, "enrol", [short], confirm="yes", run=away.pk).status_code == 404
    done(act(manager, "enrol", [short], confirm="yes", run=run.pk))
    row = Enrollment.objects.get(run=run)
    assert (row.person, row.institution, row.source) == (short.person, site, "institution")


def test_a_full_run_refuses_by_name(manager: Client, site: Institution) -> None:
    posts = [f.make_post(institution=site) for _ in range(3)]
    job = done(act(manager, "enrol", posts, confirm="yes", run=nearby(capacity=2).pk))
    assert (job.result["updated"], job.result["refused"]) == (2, {"run_full": 1})


def test_nothing_picked_leads_back(manager: Client, site: Institution) -> None:
    f.make_post(institution=site)
    attempts: list[dict[str, Any]] = [
        {"act": "end"},
        {"act": "nonsense", "show": "papers"},
        {"act": "end", "picked": f.make_post().pk},
    ]
    for data in attempts:
        assert manager.get(reverse(ACT), data)["Location"] == reverse(LIST)
        assert manager.post(reverse(ACT), data)["Location"] == reverse(LIST)


def test_only_a_manager_and_only_so_many(by: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [f.make_post(institution=by.institution) for _ in range(2)]
    for member, code in ((f.make_officer(), "not_allowed"), (by, "staff_too_many")):
        monkeypatch.setattr(managing, "MOST", 1)
        with pytest.raises(DomainError) as refused:
            managing.end_posts(by=member, posts=posts, on=TODAY, reason="x")
        assert refused.value.code == code
    assert not Job.objects.exists()


def test_a_role_that_ended_meanwhile_does_nothing(manager: Client, by: Membership, site: Institution) -> None:
    post = f.make_post(institution=site)
    act(manager, "end", [post], confirm="yes", on=TODAY, reason="合同到期")
    Membership.objects.filter(pk=by.pk).update(ended_at=timezone.now())
    job = Job.objects.get()
    running.run(job.pk)
    job.refresh_from_db()
    post.refresh_from_db()
    assert (job.state, job.error_code, post.ended_on) == ("failed", "not_found", None)
