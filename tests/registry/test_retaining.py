"""Nothing is kept longer than its period says, and nothing goes before."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from lms.jobs.models import Job
from lms.registry import erasing, keeping, loading, retaining, tasks
from lms.registry.models import EmploymentQuery, Person, PrivateFile, Purpose, RetentionPeriod, RosterUpload
from tests import factories as f
from tests.registry.kept_files import has_content
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _a_year_for_everything() -> None:
    RetentionPeriod.objects.update(months=12)


def moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


BEFORE, JUST = moment(date(2025, 11, 21)), moment(date(2025, 11, 22))


def kept_file(purpose: Purpose, at: datetime) -> PrivateFile:
    row = f.make_file(purpose)
    PrivateFile.objects.filter(pk=row.pk).update(created_at=at)
    return row


def job(at: datetime, **kw: Any) -> Job:
    values: dict[str, Any] = {"kind": "x", "state": "done", "finished_at": at}
    return Job.objects.create(**(values | kw))


def test_migrate_brings_every_kind_and_the_file_is_loaded_once() -> None:
    RetentionPeriod.objects.all().delete()
    assert loading.load_retention() == len(RetentionPeriod.Kind)
    assert loading.load_retention() == 0
    assert set(RetentionPeriod.objects.values_list("kind", flat=True)) == set(RetentionPeriod.Kind.values)


@pytest.mark.parametrize(
    ("today", "months", "day"),
    [
        (date(2026, 11, 22), 12, date(2025, 11, 22)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 1), 12, date(2025, 12, 1)),
    ],
)
def test_months_back(today: date, months: int, day: date) -> None:
    assert retaining.before(today, months) == moment(day)


@pytest.mark.parametrize("purpose", [Purpose.ROSTER, Purpose.EXPORT])
def test_files_go_when_their_time_is_up(purpose: Purpose, django_capture_on_commit_callbacks: Any) -> None:
    old, new, scan = (
        kept_file(purpose, BEFORE),
        kept_file(purpose, JUST),
        kept_file(Purpose.SCAN, BEFORE),
    )
    with django_capture_on_commit_callbacks(execute=True):
        retaining.apply(TODAY)
    erased = set(PrivateFile.objects.filter(erased_at__isnull=False))
    assert erased == {old}
    assert not has_content(old)
    assert has_content(new)
    assert has_content(scan)
    with django_capture_on_commit_callbacks(execute=True):
        assert set(retaining.apply(TODAY).values()) == {0}


def test_a_rosters_quotes_go_with_it() -> None:
    done = job(BEFORE, result={"rows": 2, "rejected": [{"value": "王小雨"}], "warnings": []})
    upload = RosterUpload.objects.create(
        file=kept_file(Purpose.ROSTER, BEFORE),
        institution=f.make_institution(),
        uploaded_by=f.make_user(),
        preview={"rows": 2, "rejected": [{"value": "王小雨"}], "warnings": [{"value": "王小雨"}]},
        job_id=done.pk,
    )
    retaining.apply(TODAY)
    upload.refresh_from_db()
    done.refresh_from_db()
    assert upload.preview == {"rows": 2, "rejected": [], "warnings": []}
    assert done.result == {"rows": 2, "rejected": [], "warnings": []}, "a roster still tells of its job"


def test_a_removal_cut_short_is_finished() -> None:
    row = f.make_file(Purpose.EXPORT)
    keeping.erase(row)  # the transaction committed, and the worker was killed before the content went
    assert has_content(row)
    retaining.apply(TODAY)
    assert not has_content(row)


def test_questions_and_jobs_go() -> None:
    manager = f.make_manager()
    old, new, waiting = make_query(manager, answer="may"), make_query(manager, answer="may"), make_query(manager)
    EmploymentQuery.objects.filter(pk__in=[old.pk, waiting.pk]).update(asked_at=BEFORE)
    EmploymentQuery.objects.filter(pk=new.pk).update(asked_at=JUST)
    job(BEFORE)
    young, unfinished = job(JUST), job(BEFORE, state="queued", finished_at=None)
    assert retaining.apply(TODAY) == {"roster_file": 0, "export_file": 0, "query": 1, "job": 1, "former_staff": 0}
    assert set(EmploymentQuery.objects.all()) == {new, waiting}
    assert set(Job.objects.filter(kind="x")) == {young, unfinished}


def left(day: date, **kw: Any) -> Person:
    return f.make_post(state="left", started_on=date(2020, 1, 1), ended_on=day, **kw).person


def test_people_who_left_long_ago() -> None:
    gone = left(date(2025, 11, 20))
    left(date(2025, 11, 23))
    f.make_post()
    back = left(date(2024, 1, 1))
    f.make_post(back)
    barred = left(date(2024, 1, 1))
    f.make_ban(barred, confirmed=False)
    colleague = left(date(2024, 1, 1))
    f.make_officer(user=f.make_user(person=colleague))
    asked = left(date(2024, 1, 1))
    make_query(f.make_manager(), asked)
    f.make_person()
    assert retaining.apply(TODAY)["former_staff"] == 1
    assert [row.args["person"] for row in Job.objects.filter(kind=erasing.KIND)] == [str(gone.pk)]
    retaining.apply(TODAY)
    assert Job.objects.filter(kind=erasing.KIND).count() == 1


def test_so_many_people_a_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retaining, "PEOPLE_A_NIGHT", 1)
    for _ in range(2):
        left(date(2024, 1, 1))
    retaining.apply(TODAY)
    assert Job.objects.filter(kind=erasing.KIND).count() == 1


def test_the_page_says_how_long_and_why() -> None:
    page = f.signed_in(f.make_officer()).get(reverse("bureau_retention")).content.decode()
    for period in RetentionPeriod.objects.all():
        assert str(period.get_kind_display()) in page
        assert period.paper in page
    assert "12 个月" in page


def test_beat_knows(settings: Any) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["apply-retention"]["task"] == "lms.registry.tasks.apply_retention"
    old = kept_file(Purpose.EXPORT, timezone.now() - timedelta(days=800))
    tasks.apply_retention()
    old.refresh_from_db()
    assert old.erased_at is not None
