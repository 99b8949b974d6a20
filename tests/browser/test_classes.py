"""Classes and the monitor of staff and children: counted and staffed by tapping, seen by the bureau."""

import os

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from lms.registry.models import ClassDuty, ClassGroup
from tests import factories as make
from tests.browser.stage import Stage

# What a browser does here does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")


def test_a_class_short_of_staff_is_staffed_by_tapping(stage: Stage) -> None:
    manager = make.make_manager(make.make_institution(name="岳阳童趣托育园"))
    for name in ("沈志强", "古丽娜尔·阿卜杜热合曼·买合木提江·努尔艾合买提"):
        make.make_post(make.make_person(name=name), manager.institution)
    page = stage.enter(manager.user)
    page.goto("/institution/classes/")
    page.get_by_label("班级名称").fill("小星星班")
    page.get_by_label("班型").select_option("small")
    page.get_by_role("button", name="开设").click()
    expect(page.get_by_text("还没有带班人员。")).to_be_visible()

    page.get_by_label("婴幼儿人数").fill("10")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_text("缺 2 人")).to_be_visible()
    officer = stage.enter(make.make_officer().user)
    officer.goto("/bureau/ratios/")
    expect(officer.get_by_role("row", name="岳阳童趣托育园").get_by_text("不达标")).to_be_visible()

    page.get_by_role("button", name="沈志强").click()
    expect(page.get_by_text("缺 1 人")).to_be_visible()
    page.get_by_role("button", name="努尔艾合买提").click()
    expect(page.get_by_text("达标", exact=True)).to_be_visible()
    assert set(ClassDuty.objects.values_list("group__name", flat=True)) == {"小星星班"}
    officer.get_by_role("link", name="岳阳童趣托育园").click()
    expect(officer.get_by_text("达标", exact=True).first).to_be_visible()
    expect(officer.get_by_text("缺 2 人")).to_have_count(0)

    page.get_by_role("button", name="关闭班级").click()
    page.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(page.get_by_text("班级已关闭。")).to_be_visible()
    assert ClassGroup.objects.get().closed_on == timezone.localdate()
