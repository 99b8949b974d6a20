"""A roll called with the keyboard, closed by the centre, and reopened by the bureau."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Attendance, Session
from lms.registry.models import Role
from tests import factories as make
from tests.browser.stage import Stage, open_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_called_by_keyboard_closed_and_reopened(stage: Stage) -> None:
    session = make.make_session(starts_at=make.at("2025-03-05 09:00"))
    names = ["白露", "方晴", "高洁"]
    for name in names:
        make.make_enrollment(session.run, make.make_person(name=name))
    open_account("centre", Role.CENTRE_STAFF, name="吴教务", centre=session.run.centre)
    open_account("officer", Role.BUREAU_OFFICER, name="陈科员", region=session.run.region)

    desk = stage.sign_in("centre")
    desk.goto(reverse("centre_session", args=[session.pk]))
    boxes = [desk.get_by_label(f"{name}缺课") for name in names]
    boxes[0].focus()
    desk.keyboard.press("a")
    expect(boxes[0]).to_be_checked()
    expect(boxes[1]).to_be_focused()
    desk.keyboard.press("p")
    expect(boxes[2]).to_be_focused()
    desk.get_by_role("rowheader", name="高洁").click()
    expect(boxes[2]).to_be_checked()
    desk.keyboard.press("p")
    expect(boxes[2]).not_to_be_checked()
    desk.get_by_role("button", name="其余全部到场").click()
    expect(boxes[0]).to_be_checked()
    desk.get_by_role("button", name="保存 3 人的记录").click()
    desk.get_by_role("button", name="关闭课次").click()
    expect(desk.get_by_text("课次已关闭，签到记录不再变动。")).to_be_visible()
    states = dict(Attendance.objects.values_list("person__name", "state"))
    assert states == {"白露": "absent", "方晴": "present", "高洁": "present"}

    officer = stage.sign_in("officer")
    officer.goto(reverse("bureau_sessions"))
    officer.get_by_role("link", name=session.run.title).click()
    officer.get_by_label("重新开放的理由").fill("机构补交签到表")
    officer.get_by_role("button", name="重新开放课次").click()
    expect(officer.get_by_text("课次已重新开放")).to_be_visible()
    assert Session.objects.get(pk=session.pk).closed_at is None
