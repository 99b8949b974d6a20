"""From the code on the wall to the hours on the phone: a real code, photographed off the screen and followed."""

import os
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from courses import codes
from courses.models import Attendance, Scan, Session
from courses.views.centre import screen
from courses.views.public import scan
from lms.registry.models import Person, Role
from tests import factories
from tests.browser.stage import PASSWORD, Stage, open_account
from tests.browser.test_axe import FIND

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough"),
]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of screen and scans, so that a morning passes at once; a stream ends soon after its page."""
    clock = SimpleNamespace(behind=timedelta(0), localtime=timezone.localtime)
    clock.now = lambda: timezone.now() - clock.behind
    for module in (screen, scan):
        monkeypatch.setattr(module, "timezone", clock)
    monkeypatch.setattr(screen, "FRAMES", 2)
    return clock


@pytest.fixture
def session(stage: Stage, settings: Any) -> Session:
    settings.PUBLIC_URL = stage.url
    return factories.make_session(starts_at=timezone.now() - timedelta(hours=2, minutes=5))


def learner(session: Session, username: str) -> Person:
    person = factories.make_enrollment(session.run).person
    open_account(username, Role.LEARNER, name=person.name, person=person)
    return person


def trainer_at(stage: Stage, session: Session) -> Page:
    open_account("trainer", Role.CENTRE_STAFF, name="顾老师", centre=session.run.centre)
    return stage.sign_in("trainer")


def read(page: Page) -> str:
    """What the code on the screen says, off a picture of the whole page."""
    expect(page.locator("[data-screen-picture]")).to_be_visible()
    picture = Image.open(BytesIO(page.screenshot()))
    [symbol] = zxingcpp.read_barcodes(picture)
    return symbol.text


def sound(page: Page) -> None:
    """axe has nothing to say, in either theme."""
    page.evaluate(Axe().axe_script)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        assert page.evaluate(FIND, {}) == []


def test_from_the_screen_to_the_hours(stage: Stage, session: Session, clock: SimpleNamespace) -> None:
    learner(session, "learner")
    wall = trainer_at(stage, session)
    phone = stage.sign_in("learner", phone=True)
    clock.behind = timedelta(hours=2)
    wall.goto(f"{reverse('centre_screen', args=[session.pk])}?direction=in")
    sound(wall)
    first = read(wall)
    assert first.startswith(f"{stage.url}/s/")
    expect(wall.locator("[data-screen-picture]")).not_to_have_attribute("src", str(source(wall)))
    assert read(wall) != first, "the code has turned"

    phone.goto(read(wall))
    expect(phone.get_by_role("heading", name="您已签到")).to_be_visible()
    expect(phone.get_by_text("综合技能 4 课时")).to_be_visible()
    expect(wall.locator("[data-screen-came]")).to_have_text("1")
    sound(phone)

    clock.behind = timedelta(0)
    wall.get_by_role("link", name="改为签退码").click()
    phone.goto(read(wall))
    expect(phone.get_by_role("heading", name="您已签退")).to_be_visible()
    mark = Attendance.objects.get()
    assert mark.minutes in (119, 120)
    expect(phone.get_by_text("课时")).to_be_visible()
    sound(phone)
    wall.goto("about:blank")


def source(page: Page) -> str | None:
    return page.locator("[data-screen-picture]").get_attribute("src")


def test_who_is_not_signed_in_signs_in_and_is_in(stage: Stage, session: Session, clock: SimpleNamespace) -> None:
    person = learner(session, "learner")
    wall = trainer_at(stage, session)
    wall.goto(f"{reverse('centre_screen', args=[session.pk])}?direction=in")
    phone = stage.visitor(phone=True)
    before = timezone.now()
    phone.goto(read(wall))
    seen = timezone.now()
    phone.get_by_label("用户名").fill("learner")
    phone.get_by_label("密码").fill(PASSWORD)
    phone.get_by_role("main").get_by_role("button", name="登录").click()
    expect(phone.get_by_role("heading", name="您已签到")).to_be_visible()
    kept = Scan.objects.get(person=person)
    assert before <= kept.came_at <= seen, "it counts from the scan, not from signing in"
    wall.goto("about:blank")


def test_an_old_code_says_so(stage: Stage, session: Session) -> None:
    learner(session, "learner")
    phone = stage.sign_in("learner", phone=True)
    shown = codes.code_of(session.pk, "", codes.Direction.IN, an_hour_ago())
    phone.goto(reverse("scan", args=[shown]))
    expect(phone.get_by_role("heading", name="二维码已过期")).to_be_visible()
    sound(phone)


def an_hour_ago() -> datetime:
    return timezone.now() - timedelta(hours=1)


def test_a_kiosk_serves_and_is_taken_back(stage: Stage, session: Session) -> None:
    person = learner(session, "learner")
    tablet = trainer_at(stage, session)
    tablet.goto(reverse("centre_kiosk", args=[session.pk]))
    sound(tablet)
    tablet.get_by_role("button", name="开启签到平板").click()
    tablet.get_by_label("证件号码最后").fill(person.documents.get().number[-4:])
    sound(tablet)
    tablet.get_by_role("button", name="签到", exact=True).click()
    tablet.get_by_role("button", name=person.name).click()
    expect(tablet.get_by_text("已签到")).to_be_visible()
    sound(tablet)
    tablet.goto(reverse("centre_home"))
    assert tablet.url.endswith(reverse("centre_kiosk", args=[session.pk]))
    tablet.get_by_text("工作人员：退出签到平板").click()
    tablet.get_by_label("您的密码").fill(PASSWORD)
    tablet.get_by_role("button", name="退出签到平板").click()
    tablet.wait_for_url(f"**{reverse('centre_session', args=[session.pk])}")
    assert Scan.objects.get().way == "kiosk"
