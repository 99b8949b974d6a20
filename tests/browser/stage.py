"""What browser tests stand on: signed-in pages that judge themselves, accounts, and the worker's part."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from certification.tasks import assess_changed
from lms.jobs import running
from lms.jobs.models import Job
from lms.registry import enlisting
from lms.registry.models import Membership, Person, User
from tests.plumbing.browsers import CHINESE, DESK, PHONE, Faults
from tests.world import browser

PASSWORD = "Chuntian-Huakai-0521"
#: A page wider than its screen says so as a console error, which fails the test that visited it.
WIDTH_CHECK = """addEventListener("load", () => {
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    console.error(`wider than the screen: ${location.pathname} ${root.scrollWidth} > ${root.clientWidth}`);
});"""

#: Each room has its own word for it.
REASON = re.compile("原因|事由|理由")
NewContext = Callable[..., BrowserContext]


class Stage:
    """Opens the live site for one person after the other, each in a browser of her own."""

    def __init__(self, server: LiveServer, new_context: NewContext, faults: Faults) -> None:
        self.url = server.url
        self._new_context = new_context
        self.faults = faults

    def visitor(self, *, phone: bool = False) -> Page:
        """A fresh browser, nobody signed in."""
        context = self._new_context(base_url=self.url, **(PHONE if phone else DESK), **CHINESE)
        context.add_init_script(WIDTH_CHECK)
        page = context.new_page()
        page.set_default_timeout(30_000)
        self.faults.watch(page)
        return page

    def enter(self, user: User | None) -> Page:
        """Signed in without the sign-in page; None: nobody."""
        page = self.visitor()
        if user is not None:
            cookie = browser(user).cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        return page

    def sign_in(self, username: str, *, phone: bool = False) -> Page:
        """Through the sign-in page to the desk of her role."""
        page = self.visitor(phone=phone)
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page


def open_account(username: str, role: str, *, name: str, person: Person | None = None, **scope: Any) -> Membership:
    """An account that can sign in with `PASSWORD`, in one role."""
    user = enlisting.open_account(username=username, password=PASSWORD, name=name, person=person)
    return enlisting.grant(by=None, user=user, role=role, **scope)


def work() -> None:
    """What worker and beat do: every waiting job, then what has changed."""
    for job in Job.objects.claimable():
        running.run(job.pk)
    assess_changed()


def figure(page: Page, label: str) -> tuple[int, int]:
    """Numerator and denominator of the figure that is called `label`."""
    named = page.locator(".figure-label").get_by_text(label, exact=True)
    parts = page.locator(".figure").filter(has=named).locator(".figure-parts").inner_text()
    numerator, denominator = parts.split("/")
    return int(numerator), int(denominator)
