"""Reminders: 30, 7 and 0 days before something runs out, each once, to whoever can do something about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from certification import reminding, tasks
from certification.models import EntryState
from lms.jobs.models import Job, JobState
from lms.jobs.running import run
from lms.registry import noticing
from lms.registry.models import Notice, Post, User
from tests.certification.entry_scene import Scene, days, make_entry, make_qualification, make_scene
from tests.factories import make_learner, make_manager, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def staff(scene: Scene, **kw: object) -> Post:
    """Somebody on post whose papers are in order, but for `kw`."""
    values: dict[str, Any] = {"health_expires_on": days(200), "no_crime_checked_on": days(-10)}
    return make_post(institution=scene.institution, **(values | kw))


def told(user: User) -> list[str]:
    return sorted(Notice.objects.filter(to=user).values_list("code", flat=True))


def remind(day: int = 0) -> int:
    """A whole run, as the job does it."""
    today, new, after = days(day), 0, None
    while True:
        count, after = reminding.remind_sites(today, after)
        new += count
        if after is None:
            return new + reminding.remind_of_entries(today)


@pytest.mark.parametrize(("left", "stage"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, 0), (-400, 0)])
def test_the_stage_an_end_has_reached(left: int, stage: int | None) -> None:
    today = timezone.localdate()
    assert reminding.stage_of(today + timedelta(days=left), today) == stage


def test_papers_in_order_bother_nobody(scene: Scene) -> None:
    staff(scene)
    assert remind() == 0
    assert not Notice.objects.exists()


def test_a_health_certificate_is_spoken_of_once_per_stage(scene: Scene) -> None:
    staff(scene, health_expires_on=days(40))
    counts = [remind(day) for day in (0, 9, 10, 11, 11, 33, 36, 40, 41)]
    assert counts == [0, 0, 1, 0, 0, 1, 0, 1, 2]
    # On the day after its end it is over: for the manager, and for the bureau.
    assert told(scene.manager.user) == ["check_due", "check_due", "check_due", "check_over"]
    assert told(scene.officer.user) == ["checks_overdue"]


def test_a_day_without_a_run_loses_no_reminder(scene: Scene) -> None:
    staff(scene, health_expires_on=days(40))
    assert remind(35) == 1
    assert told(scene.manager.user) == ["check_due"]


def test_missing_papers_are_one_notice_and_the_bureau_hears_of_them_weekly(scene: Scene) -> None:
    for _ in range(3):
        staff(scene, no_crime_checked_on=None)
    assert remind() == 2
    notice = Notice.objects.get(to=scene.manager.user)
    assert (notice.code, notice.context) == ("checks_missing", {"check": "no_crime", "n": 3})
    assert Notice.objects.get(to=scene.officer.user).context["n"] == 3
    assert remind() == 0
    remind(7)
    assert told(scene.officer.user) == ["checks_overdue", "checks_overdue"]


def test_the_other_institution_hears_nothing(scene: Scene) -> None:
    stranger = make_manager()
    staff(scene, health_expires_on=days(5))
    remind()
    assert told(scene.manager.user) == ["check_due"]
    assert told(stranger.user) == []


def test_a_certificate_that_runs_out_reaches_its_holder_and_her_manager(scene: Scene) -> None:
    post = staff(scene)
    learner = make_learner(post.person)
    row = make_qualification(
        post.person, state="valid", expires_on=days(6), verified_by=scene.officer.user, verified_at=timezone.now()
    )
    assert remind() == 2
    assert told(learner.user) == told(scene.manager.user) == ["qualification_due"]
    row.state = "unverified"
    row.save()
    assert remind(6) == 0


def test_permits_and_documents_of_foreign_staff(scene: Scene) -> None:
    post = staff(scene, work_permit_until=days(7))
    document = post.person.documents.get()
    document.valid_until = days(-2)
    document.save()
    assert remind() == 2
    assert told(scene.manager.user) == ["document_over", "permit_due"]


def test_entries_whose_papers_are_due(scene: Scene) -> None:
    entry = make_entry(scene, due_on=days(7))
    make_entry(scene, due_on=days(7), state=EntryState.SUBMITTED)
    assert remind() == 1
    assert told(scene.manager.user) == ["entry_due"]
    assert remind(8) == 2
    assert told(scene.manager.user) == ["entry_due", "entry_over"]
    assert told(scene.officer.user) == ["entry_over_bureau"]
    entry.state = EntryState.WITHDRAWN
    entry.save()
    assert remind(9) == 0


def test_whoever_has_left_is_nobody_s_task(scene: Scene) -> None:
    post = staff(scene, health_expires_on=days(1))
    post.state, post.ended_on = "left", days(0)
    post.save()
    assert remind() == 0


def test_the_day_is_one_job_that_may_run_again(scene: Scene, django_capture_on_commit_callbacks) -> None:
    staff(scene, health_expires_on=days(5))
    with django_capture_on_commit_callbacks():
        tasks.remind_today()
        tasks.remind_today()
    job = Job.objects.get(kind="remind")
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.DONE, {"told": 1})
    tasks.remind_today()
    assert Job.objects.filter(kind="remind").count() == 1


def test_every_code_has_a_sentence_in_both_languages() -> None:
    context = {
        "name": "施晓燕",
        "institution": "小树苗托育园",
        "check": "health",
        "post": "carer",
        "document": "passport",
        "kind": "育婴员",
        "reason": "照片不清",
        "until": "2026-03-05",
        "n": 3,
    }
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for code in reminding.WORDINGS:
                sentence = noticing.sentence_of(Notice(code=code, context=context))
                assert "%(" not in sentence
                assert "2026-03-05" not in sentence
