"""The year's hours at the desks and on the phone: who will miss them is enrolled, a reminder set, a statement kept."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Enrollment
from reports.models import HoursReminder
from tests import factories as make
from tests.browser.stage import Stage
from tests.browser.test_axe import faults
from tests.reports.hours_scene import ETHICS, SKILL, Scene, make_scene, run_ahead

# What a browser does here does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def test_who_will_miss_the_hours_is_enrolled_with_one_tap(stage: Stage, scene: Scene) -> None:
    person = scene.somebody(skill=SKILL)
    scene.somebody(skill=SKILL, ethics=ETHICS)
    run = run_ahead(scene.region, ethics=90)
    page = stage.enter(scene.manager.user)
    page.goto("/institution/")
    page.get_by_role("navigation").get_by_role("link", name="年度学时").click()
    page.get_by_role("link", name="为预计不达标的人员报名").click()
    expect(page.get_by_role("link", name=person.name)).to_be_visible()
    page.get_by_role("button", name="为 1 人报名").click()
    expect(page.get_by_text("已为 1 人报名。")).to_be_visible()
    assert Enrollment.objects.get().person == person
    assert Enrollment.objects.get().run == run


def test_an_officer_sets_a_reminder_and_sees_whom_it_reaches(stage: Stage, scene: Scene) -> None:
    person = scene.somebody()
    page = stage.enter(scene.officer.user)
    page.goto("/bureau/reminders/")
    page.get_by_label("年度结束前天数").fill("30")
    page.get_by_role("button", name="设置", exact=True).click()
    expect(page.get_by_text("提醒已设置。")).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_text([person.name])
    assert HoursReminder.objects.get().days_before == 30


def test_a_learner_keeps_her_statement(stage: Stage, scene: Scene) -> None:
    person = make.make_post(institution=scene.institution).person
    make.give_hours(person, skill=45)
    page = stage.enter(make.make_learner(person).user)
    page.goto("/my/record/")
    with page.expect_download() as download:
        page.get_by_role("link", name="学时记录（PDF）").click()
    assert download.value.suggested_filename.endswith(".pdf")


def test_axe_finds_nothing_on_the_pages_of_hours(stage: Stage, scene: Scene) -> None:
    person = scene.somebody(skill=45)
    run_ahead(scene.region, skill=90)
    reminder = HoursReminder.objects.create(
        region=scene.region, days_before=30, whom="missing", tone="urge", set_by=scene.officer.user
    )
    desk = [reverse(name) for name in ("bureau_hours", "bureau_hours_seats", "bureau_reminders")]
    found = faults(
        stage,
        {
            scene.officer.user: [*desk, reverse("bureau_reminder", args=[reminder.pk])],
            scene.manager.user: [
                reverse("institution_hours"),
                f"{reverse('institution_hours_enrol')}?picked={person.posts.get().pk}",
            ],
        },
    )
    assert not found, "\n".join(found)
