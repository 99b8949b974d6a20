"""What a person may ask about her own data, from her phone; and what the bureau answers at its desk."""

import os
from datetime import date

import pytest
from playwright.sync_api import expect

from lms.registry.models import CorrectionRequest, Person
from tests import factories as make
from tests.browser.stage import Stage, work

# What a browser does here does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")
WRONG = "姓名应为“王晓雨”"


def test_a_correction_is_asked_for_and_decided(stage: Stage) -> None:
    person = make.make_post(make.make_person(name="王小雨")).person
    phone = stage.enter(make.make_learner(person).user)
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.goto("/my/record/")
    phone.get_by_role("link", name="我的个人信息").click()
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("请填写或选择此项。")).to_be_visible()
    phone.get_by_label("哪里不对，应该是什么").fill(WRONG)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("待处理")).to_be_visible()

    desk = stage.enter(make.make_officer().user)
    desk.goto("/bureau/")
    desk.get_by_role("link", name="1 份更正申请待答复").click()
    desk.get_by_role("link", name="王小雨").click()
    expect(desk.get_by_text(WRONG)).to_be_visible()
    desk.get_by_label("同意更正").check()
    desk.get_by_label("答复").fill("已核对户口簿，姓名已更正。")
    desk.get_by_role("button", name="答复").click()
    expect(desk.get_by_text("已答复。")).to_be_visible()
    assert CorrectionRequest.objects.get().state == "accepted"

    phone.goto("/my/data/")
    expect(phone.get_by_text("已核对户口簿，姓名已更正。")).to_be_visible()
    phone.get_by_role("link", name="谁查询过我").click()
    expect(phone.get_by_role("heading", name="谁查询过我")).to_be_visible()


def test_one_proposes_an_erasure_and_a_supervisor_decides(stage: Stage) -> None:
    person = make.make_person(name="郝梦然")
    make.make_post(person, started_on=date(2020, 1, 1), ended_on=date(2025, 6, 30), state="left")
    desk = stage.enter(make.make_officer().user)
    desk.goto(f"/bureau/people/{person.pk}/")
    desk.get_by_role("link", name="提议删除个人信息").click()
    desk.get_by_label("事由").fill("本人申请删除")
    desk.get_by_role("button", name="提出").click()
    expect(desk.get_by_role("rowheader", name="郝梦然")).to_be_visible()
    expect(desk.get_by_role("button", name="永久删除")).to_have_count(0)

    second = stage.enter(make.make_supervisor().user)
    second.goto("/bureau/erasures/")
    second.get_by_role("button", name="永久删除").click()
    second.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(second.get_by_text("正在删除个人信息。")).to_be_visible()
    work()
    assert Person.objects.get(pk=person.pk).erased_at is not None
    second.reload()
    expect(second.get_by_text("已删除")).to_be_visible()
    expect(second.get_by_text("郝梦然")).to_have_count(0)
