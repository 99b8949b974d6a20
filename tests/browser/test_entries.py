"""Entry of a cleaner, from the manager's phone to the officer's one screen; and the notice that comes back."""

import pytest
from playwright.sync_api import Page, expect

from lms.registry.models import Person, Post, Role
from tests.browser.stage import Stage, open_account
from tests.certification.entry_scene import CHANNEL, days
from tests.factories import make_id_number, make_institution

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_hands_in_and_an_officer_approves(stage: Stage) -> None:
    institution = make_institution()
    open_account("manager", Role.INSTITUTION_MANAGER, name="沈志强", institution=institution)
    open_account("officer", Role.BUREAU_OFFICER, name="陆文斌", region=institution.region)
    phone = stage.sign_in("manager", phone=True)
    phone.goto("/institution/entries/new/")
    phone.get_by_label("姓名").fill("施晓燕")
    phone.get_by_label("证件号码").fill(make_id_number())
    phone.get_by_label("岗位").select_option("cleaning")
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_text("还缺 3 项材料")).to_be_visible()
    hand_in(phone)
    phone.get_by_role("button", name="提交主管部门").click()
    expect(phone.get_by_text("等待主管部门审核")).to_be_visible()

    desk = stage.sign_in("officer")
    desk.goto("/bureau/entries/")
    desk.locator("[name=picked]").check()
    desk.get_by_role("button", name="通过", exact=True).click()
    expect(desk.get_by_text("已通过 1 份入职申请")).to_be_visible()
    assert Post.objects.get(person=Person.objects.get(name="施晓燕")).institution == institution

    phone.goto("/notices/")
    phone.get_by_role("button", name="施晓燕可以上岗").click()
    expect(phone.get_by_text("已通过，自")).to_be_visible()


def hand_in(page: Page) -> None:
    """Identity, no-crime check, health certificate."""
    page.locator("#check-identity").get_by_role("button", name="登记").click()
    check = page.locator("#check-no_crime")
    check.get_by_label("查询渠道").fill(CHANNEL)
    check.get_by_label("无禁止从业的记录").check()
    check.get_by_label("本人已书面同意查询").check()
    check.get_by_role("button", name="登记").click()
    health = page.locator("#check-health")
    health.get_by_label("有效期至").fill(days(300).isoformat())
    health.get_by_role("button", name="登记").click()
    expect(page.get_by_text("材料已齐")).to_be_visible()
