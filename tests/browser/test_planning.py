"""A centre invites, a manager sends her staff; and a place that comes free goes to whoever waits."""

import pytest
from playwright.sync_api import expect

from courses.models import Enrollment
from lms.registry.models import Role
from tests import factories as make
from tests.browser.stage import Stage, open_account
from tests.courses.planning_scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_centre_invites_and_a_manager_sends_her_staff(stage: Stage) -> None:
    scene, site = make_scene(), make.make_institution(name="丁香托育园")
    person = make.make_post(make.make_person(name="施晓燕"), site).person
    open_account("manager", Role.INSTITUTION_MANAGER, name="沈志强", institution=site)
    open_account("centre", Role.CENTRE_STAFF, name="陆文斌", centre=scene.by.centre)
    desk = stage.sign_in("centre")
    desk.goto(f"/centre/runs/{scene.run.pk}/")
    desk.get_by_role("link", name="邀请机构").click()
    desk.get_by_label("选中 丁香托育园").check()
    desk.get_by_label("每家名额").fill("2")
    desk.get_by_role("button", name="发出邀请").click()
    expect(desk.get_by_text("已邀请 1 家机构")).to_be_visible()

    phone = stage.sign_in("manager", phone=True)
    phone.get_by_role("link", name=scene.run.title).click()
    phone.get_by_label("选中 施晓燕").check()
    phone.get_by_role("button", name="为所选人员报名").click()
    expect(phone.get_by_text("已为 1 人报名")).to_be_visible()
    assert Enrollment.objects.get(run=scene.run).person == person

    desk.reload()
    expect(desk.get_by_text("1 / 2")).to_be_visible()


def test_whoever_waits_gets_the_place_that_comes_free(stage: Stage) -> None:
    scene = make_scene(capacity=1)
    (there,) = scene.people(1)
    person = make.make_post(make.make_person(name="施晓燕")).person
    open_account("waiting", Role.LEARNER, name="施晓燕", person=person)
    open_account("there", Role.LEARNER, name="顾芳", person=there)
    address = f"/my/courses/{scene.run.pk}/"
    phone = stage.sign_in("waiting", phone=True)
    phone.goto(address)
    phone.get_by_role("button", name="加入候补").click()
    expect(phone.get_by_text("第 1 位")).to_be_visible()

    other = stage.sign_in("there", phone=True)
    other.goto(address)
    other.get_by_role("button", name="退出报名").click()
    other.locator("#confirm-dialog [value=yes]").click()
    expect(other.get_by_role("button", name="加入候补")).to_be_visible()

    phone.goto("/notices/")
    phone.get_by_role("button", name="空出名额").click()
    expect(phone.get_by_role("button", name="退出报名")).to_be_visible()
