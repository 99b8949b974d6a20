"""The job's page for its owner, and for everyone else."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from lms.jobs.models import Job, JobState
from lms.jobs.views import ROWS_SHOWN, remaining_words

pytestmark = pytest.mark.django_db
User = get_user_model()
URL_NAMES = ("job", "job_panel", "job_cancel")


@pytest.fixture
def owner() -> Any:
    return User.objects.create_user(username="owner")


@pytest.fixture
def signed_in(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def outsider() -> Client:
    client = Client()
    client.force_login(User.objects.create_user(username="outsider"))
    return client


@pytest.fixture
def make(owner: Any) -> Callable[..., Job]:
    def make_job(**changes: Any) -> Job:
        state = changes.get("state", JobState.QUEUED)
        if state == JobState.RUNNING:
            changes |= {"claim": uuid.uuid4(), "lease_until": Now() + timedelta(seconds=60)}
        elif state != JobState.QUEUED:
            changes |= {"finished_at": Now()}
        return Job.objects.create(kind="count_units", owner_id=owner.pk, **changes)

    return make_job


def test_the_owner_sees_a_running_job_that_refreshes_itself(signed_in: Client, make: Any) -> None:
    job = make(state=JobState.RUNNING, done=300, total=1000, result={"created": 300})
    page = signed_in.get(job.get_absolute_url())
    assert page.status_code == 200
    assert page.context["counts"][0][1] == 300
    html = page.content.decode()
    assert f'hx-get="{reverse("job_panel", args=[job.pk])}"' in html
    assert '<progress value="300" max="1000"' in html
    panel = signed_in.get(reverse("job_panel", args=[job.pk])).content.decode()
    assert panel.strip().startswith("<section")
    assert "300" in panel


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_a_job_that_has_ended_is_not_fetched_again(signed_in: Client, make: Any, state: JobState) -> None:
    job = make(state=state, error_code="person_barred" if state == JobState.FAILED else "")
    html = signed_in.get(reverse("job_panel", args=[job.pk])).content.decode()
    assert f'data-state="{state}"' in html
    assert "hx-get" not in html
    assert reverse("job_cancel", args=[job.pk]) not in html


def test_a_failure_says_why_with_its_code(signed_in: Client, make: Any) -> None:
    job = make(state=JobState.FAILED, error_code="person_barred", error_message="Barred since <May>.")
    html = signed_in.get(job.get_absolute_url()).content.decode()
    assert "Barred since &lt;May&gt;." in html
    assert "person_barred" in html


def test_what_was_refused_and_where_to_go_next(signed_in: Client, make: Any) -> None:
    finding = {"row": 9, "column": "姓名", "value": "", "code": "name_missing", "message": "No name."}
    result = {"url": "/bureau/", "refused": {"hours_short": 4}, "rejected": [finding] * (ROWS_SHOWN + 1)}
    page = signed_in.get(make(state=JobState.DONE, result=result).get_absolute_url())
    html = page.content.decode()
    assert 'href="/bureau/"' in html
    assert "hours_short" in html
    assert html.count("name_missing") == ROWS_SHOWN
    assert page.context["rejected_total"] == ROWS_SHOWN + 1


@pytest.mark.parametrize("name", URL_NAMES)
def test_others_do_not_learn_that_the_job_exists(outsider: Client, make: Any, name: str) -> None:
    ask = outsider.post if name == "job_cancel" else outsider.get
    mine, nobodys = make(), Job.objects.create(kind="count_units")
    for job_id in (mine.pk, nobodys.pk, uuid.uuid4()):
        assert ask(reverse(name, args=[job_id])).status_code == 404
    assert not Job.objects.exclude(state=JobState.QUEUED).exists()


@pytest.mark.parametrize("name", URL_NAMES)
def test_who_is_not_signed_in_is_sent_to_sign_in(make: Any, name: str, settings: Any) -> None:
    settings.LOGIN_URL = "/enter/"
    job, client = make(), Client()
    ask = client.post if name == "job_cancel" else client.get
    for answer in (ask(reverse(name, args=[job.pk])), client.get(reverse("jobs"))):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/enter/")
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_the_owner_stops_a_job_by_post_only(signed_in: Client, make: Any) -> None:
    job = make()
    url = reverse("job_cancel", args=[job.pk])
    assert signed_in.get(url).status_code == 405
    assert signed_in.post(url).headers["Location"] == job.get_absolute_url()
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_programs_get_json(signed_in: Client, make: Any) -> None:
    job = make(state=JobState.FAILED, error_code="person_barred", error_message="No.", done=3, total=9)
    answer = signed_in.get(job.get_absolute_url(), headers={"accept": "application/json"})
    body = answer.json()
    assert (body["state"], body["done"], body["total"]) == ("failed", 3, 9)
    assert body["error"] == {"code": "person_barred", "message": "No."}
    assert "Accept" in answer.headers["Vary"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_list_holds_ones_own_jobs_and_says_so_when_there_are_none(
    signed_in: Client, outsider: Client, make: Any
) -> None:
    job = make()
    assert job.get_absolute_url() in signed_in.get(reverse("jobs")).content.decode()
    empty = outsider.get(reverse("jobs"))
    assert empty.context["rows"] == []
    assert job.get_absolute_url() not in empty.content.decode()


def test_a_long_list_has_pages_and_no_more_queries(
    signed_in: Client, make: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(31):
        make()
    with django_assert_max_num_queries(10):
        page = signed_in.get(reverse("jobs"))
    assert "?page=2" in page.content.decode()
    assert len(signed_in.get(reverse("jobs") + "?page=2").context["rows"]) == 1


@pytest.mark.parametrize(
    ("done", "elapsed", "expected"),
    [(250, 60, timedelta(minutes=3)), (0, 60, None), (1000, 60, timedelta(0))],
)
def test_the_estimate_goes_by_the_pace_so_far(make: Any, done: int, elapsed: int, expected: timedelta | None) -> None:
    job = make(state=JobState.RUNNING, done=done, total=1000)
    Job.objects.update(started_at=Now() - timedelta(seconds=elapsed), heartbeat=Now())
    job.refresh_from_db()
    if expected is None:
        assert job.remaining is None
    else:
        assert abs(job.remaining - expected) < timedelta(seconds=1)


def test_the_estimate_is_told_in_whole_minutes() -> None:
    assert remaining_words(None) == ""
    assert "4" in remaining_words(timedelta(seconds=181))
    assert "1" in remaining_words(timedelta(seconds=0))
