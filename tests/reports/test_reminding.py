"""Reminders of hours: on the day a bureau set, once a year to each account, however often or at once they run."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from certification.rules import SCHOOL, year_span
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.jobs.running import run
from lms.registry import noticing
from lms.registry.models import AuditEntry, Notice, User
from reports import reminding, tasks
from reports.models import HoursReminder
from reports.views.bureau.reminders import _state
from tests.factories import at, make_learner, make_officer, make_supervisor, make_user, qingpu, signed_in, songjiang
from tests.reports.hours_scene import ETHICS, SKILL, Scene, make_scene, run_ahead

pytestmark = pytest.mark.django_db
CALENDAR_2025 = year_span(2025)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def days_left() -> int:
    """From today to the last day of the year."""
    today = timezone.localdate()
    return (date(today.year, 12, 31) - today).days


def reminder(scene: Scene, days_ago: int = 0, **kw: Any) -> HoursReminder:
    """One whose day was so many days ago."""
    day = timezone.localdate() - timedelta(days=days_ago)
    values: dict[str, Any] = {"whom": "missing", "tone": "remind", "month": day.month, "day": day.day}
    return HoursReminder.objects.create(region=scene.region, set_by=scene.officer.user, **(values | kw))


def told(user: User) -> list[str]:
    return sorted(Notice.objects.filter(to=user).values_list("code", flat=True))


def remind(today: date | None = None) -> int:
    """A whole run, as the job does it."""
    new, after = 0, None
    while True:
        count, after = reminding.remind_sites(today or timezone.localdate(), after)
        new += count
        if after is None:
            return new


# --- The day --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ({"days_before": 0}, date(2025, 12, 31)),
        ({"days_before": 30}, date(2025, 12, 1)),
        ({"month": 10, "day": 15}, date(2025, 10, 15)),
        ({"month": 2, "day": 31}, date(2025, 2, 28)),
    ],
)
def test_the_day_of_a_calendar_year(when: dict[str, int], day: date) -> None:
    assert HoursReminder(**when).due_on(CALENDAR_2025) == day


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ({"days_before": 1}, date(2026, 8, 30)),
        ({"month": 9, "day": 1}, date(2025, 9, 1)),
        ({"month": 6, "day": 15}, date(2026, 6, 15)),
    ],
)
def test_the_day_of_a_school_year(when: dict[str, int], day: date) -> None:
    assert HoursReminder(**when).due_on(year_span(2025, SCHOOL)) == day


def test_a_missed_day_is_made_up_for_within_a_week() -> None:
    row = HoursReminder(month=10, day=15)
    due = [reminding.is_due(row, CALENDAR_2025, date(2025, 10, day)) for day in (14, 15, 21, 22)]
    assert due == [False, True, True, False]


# --- Telling --------------------------------------------------------------------------------


def test_the_person_and_her_manager_are_told_what_is_missing(scene: Scene) -> None:
    person = scene.somebody(skill=SKILL - 45, ethics=ETHICS)
    learner = make_learner(person)
    reminder(scene)
    assert remind() == 2
    own = Notice.objects.get(to=learner.user)
    year_end = f"{scene.year}-12-31"
    assert (own.code, own.context) == ("hours_remind", {"skill": "1", "ethics": "0", "until": year_end})
    managers = Notice.objects.get(to=scene.manager.user)
    assert (managers.code, managers.context) == ("hours_remind_staff", {"n": 1, "until": year_end})
    assert "1" in noticing.sentence_of(own)
    assert "1" in noticing.sentence_of(managers)


def test_nobody_is_told_twice_in_a_year(scene: Scene) -> None:
    make_learner(scene.somebody())
    reminder(scene, days_ago=1)
    assert [remind(), remind(), remind(timezone.localdate() + timedelta(days=1))] == [2, 0, 0]
    reminder(scene, whom="unbooked", tone="urge")
    assert remind() == 2
    assert told(scene.manager.user) == ["hours_remind_staff", "hours_urge_staff"]


def test_who_is_concerned(scene: Scene) -> None:
    done, missing, booked = scene.somebody(skill=SKILL, ethics=ETHICS), scene.somebody(), scene.somebody()
    for run_of in (run_ahead(scene.region, skill=SKILL), run_ahead(scene.region, ethics=ETHICS)):
        run_of.enrollments.create(person=booked, source="centre", enrolled_by=make_user())
    users = {name: make_learner(one).user for name, one in (("done", done), ("missing", missing), ("booked", booked))}
    reminder(scene, whom="unbooked")
    remind()
    assert {name: told(user) for name, user in users.items()} == {
        "done": [],
        "missing": ["hours_remind"],
        "booked": [],
    }
    reminder(scene, whom="missing", tone="urge")
    remind()
    assert told(users["booked"]) == ["hours_urge"]
    assert told(users["done"]) == []


@pytest.mark.parametrize("kw", [{"days_ago": 8}, {"days_ago": -1}, {"ended_at": timezone.now()}])
def test_on_other_days_and_after_its_end_nobody_is_told(scene: Scene, kw: dict[str, Any]) -> None:
    scene.somebody()
    if "ended_at" in kw:
        kw |= {"ended_by": scene.officer.user}
    reminder(scene, **kw)
    assert remind() == 0


def test_only_its_own_region_is_told(scene: Scene) -> None:
    other = make_scene("310118")
    other.somebody()
    scene.somebody()
    reminder(scene)
    assert remind() == 1
    assert (told(scene.manager.user), told(other.manager.user)) == (["hours_remind_staff"], [])


def test_the_job_of_the_day_runs_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "CHUNK", 1)
    make_scene().somebody()
    scene.somebody()
    tasks.remind_of_hours_today()
    assert not Job.objects.exists()
    reminder(scene)
    tasks.remind_of_hours_today()
    tasks.remind_of_hours_today()
    job = Job.objects.get()
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"told": 2})


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_once(tmp_path: Any) -> None:
    scene = make_scene()
    make_learner(scene.somebody())
    reminder(scene)
    start, counts, errors = Barrier(2), [], []

    def work() -> None:
        try:
            start.wait(timeout=20)
            with transaction.atomic():
                counts.append(remind())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    both(work)
    assert not errors
    assert Notice.objects.count() == 2


def both(work: Callable[[], None]) -> None:
    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


# --- Setting --------------------------------------------------------------------------------


def test_an_officer_sets_and_ends_one(scene: Scene) -> None:
    row = reminding.set_reminder(by=scene.officer, region=scene.region, whom="missing", tone="remind", days_before=30)
    assert AuditEntry.objects.filter(action="set_reminder").count() == 1
    reminding.end_reminder(by=scene.officer, reminder=row)
    row.refresh_from_db()
    assert row.ended_by == scene.officer.user
    with pytest.raises(DomainError) as refused:
        reminding.end_reminder(by=scene.officer, reminder=row)
    assert refused.value.code == "reminder_ended"
    again = reminding.set_reminder(by=scene.officer, region=scene.region, whom="missing", tone="remind", days_before=30)
    assert again.pk != row.pk


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ({}, "reminder_day"),
        ({"days_before": 3, "month": 1, "day": 1}, "reminder_day"),
        ({"month": 3}, "reminder_day"),
        ({"days_before": 7}, "reminder_exists"),
    ],
)
def test_what_is_refused(scene: Scene, when: dict[str, Any], code: str) -> None:
    set_: dict[str, Any] = {"by": scene.officer, "region": scene.region, "whom": "missing", "tone": "remind"}
    reminding.set_reminder(**set_, days_before=7)
    with pytest.raises(DomainError) as refused:
        reminding.set_reminder(**set_, **when)
    assert refused.value.code == code
    assert HoursReminder.objects.count() == 1


@pytest.mark.parametrize("who", ["supervisor", "neighbour", "manager"])
def test_nobody_else_sets_or_ends_one(scene: Scene, who: str) -> None:
    by = {"supervisor": make_supervisor(), "neighbour": make_officer(qingpu()), "manager": scene.manager}[who]
    row = reminder(scene)
    with pytest.raises(DomainError) as refused:
        reminding.set_reminder(by=by, region=songjiang(), whom="missing", tone="remind", days_before=1)
    assert refused.value.code == "not_allowed"
    with pytest.raises(DomainError) as refused:
        reminding.end_reminder(by=by, reminder=row)
    assert refused.value.code == "not_allowed"


def test_the_database_keeps_a_reminder_whole(scene: Scene) -> None:
    for wrong in ({"days_before": 3}, {"month": None}, {"ended_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            reminder(scene, **wrong)


# --- Pages ----------------------------------------------------------------------------------


def test_the_page_sets_one_and_shows_whom_it_would_reach(scene: Scene) -> None:
    person = scene.somebody()
    client, url = signed_in(scene.officer), reverse("bureau_reminders")
    form = {"region": scene.region.code, "days_before": "20", "whom": "missing", "tone": "urge"}
    answer = client.post(url, form, follow=True)
    assert [row.place.name for row, _ending, _reachable in answer.context["rows"]] == [person.name]
    assert answer.context["rows"][0][2] is False
    assert client.post(url, form).status_code == 409
    assert client.post(url, form | {"days_before": "x"}).status_code == 422
    row = HoursReminder.objects.get()
    assert [shown for shown, _day, _state in client.get(url).context["rows"]] == [row]
    assert signed_in(make_supervisor()).post(url, form).status_code == 403
    assert client.post(reverse("bureau_reminder", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.ended_at is not None
    assert client.get(reverse("bureau_reminder", args=[row.pk])).status_code == 200


@pytest.mark.parametrize(
    ("day", "set_on", "state"),
    [(date(2025, 6, 2), 1, "ahead"), (date(2025, 6, 1), 1, "told"), (date(2025, 5, 20), 1, "next")],
)
def test_what_the_list_says_of_one(day: date, set_on: int, state: str) -> None:
    today = date(2025, 6, set_on)
    row = HoursReminder(set_at=at(f"2025-06-0{set_on} 09:00"))
    assert _state(row, day, today) == state
    row.ended_at = timezone.now()
    assert _state(row, day, today) == "ended"


def test_an_empty_page_and_preview_say_so(scene: Scene) -> None:
    client = signed_in(scene.officer)
    assert client.get(reverse("bureau_reminders")).context["rows"] == []
    row = reminder(scene, days_before=days_left(), month=None, day=None)
    assert client.get(reverse("bureau_reminder", args=[row.pk])).context["rows"] == []
