"""Activation on a phone, and a passkey made and used: the way in, through Chromium."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from lms.registry.models import Role, User
from tests import factories as f
from tests.browser.stage import PASSWORD, Stage, open_account
from tests.registry.texts import last_code, own_texts

__all__ = ["own_texts"]
# What a browser does here does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")
NUMBER = "13916501234"


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()


def test_activation_on_a_phone(stage: Stage) -> None:
    person = f.make_person(name="王静", phone=NUMBER)
    f.make_post(person)
    page = stage.visitor(phone=True)
    page.goto("/sign-in/")
    page.get_by_role("link", name=re.compile("激活")).click()
    page.get_by_label("手机号").fill("139 1650 1234")
    page.get_by_label(re.compile("证件号码后")).fill(person.documents.get().number[-6:])
    press(page, "发送验证码")
    expect(page.get_by_text("139****1234")).to_be_visible()
    page.get_by_label("短信验证码").fill(last_code())
    press(page, "继续")
    expect(page.get_by_text("王静")).to_be_visible()
    press(page, "不设密码")
    page.wait_for_url("**/my/")
    assert User.objects.get(person=person).memberships.get().role == Role.LEARNER


def test_a_passkey_is_made_and_used(stage: Stage, settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = [Role.BUREAU_OFFICER]
    open_account("lu", Role.BUREAU_OFFICER, name="陆文斌", region=f.songjiang())
    page = stage.visitor()
    authenticator(page)
    sign_in(page)
    expect(page).to_have_url(re.compile("/second-factor/set-up/"))
    page.get_by_role("main").get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("名称").fill("办公电脑")
    press(page, "添加通行密钥")
    page.wait_for_url("**/account/factors/codes/")
    press(page, "生成 10 个恢复码")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.get_by_role("link", name="我已保存").click()
    expect(page.get_by_text("办公电脑")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page)
    expect(page).to_have_url(re.compile("/second-factor/$"))
    press(page, "使用通行密钥")
    page.wait_for_url("**/bureau/")


def sign_in(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("用户名或手机号").fill("lu")
    page.get_by_label("密码").fill(PASSWORD)
    press(page, "登录")


def authenticator(page: Page) -> None:
    """A security key that always says yes, as Chromium offers it to tests."""
    tools: Any = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
