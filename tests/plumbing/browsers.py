"""Chromium for tests: `phone` (390 px) and `desk` (1280 px) pages that also judge the page itself.

A page that logs an error, throws, answers 5xx or asks any other host for anything fails its test.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.plumbing.servers import find_chromium

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESK = {"viewport": {"width": 1280, "height": 900}}
CHINESE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
# Chromium itself must not call anywhere either.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's launch options, with the machine's Chromium in place of a download."""
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def chromium(browser: Browser) -> Browser:
    """The one Chromium of this process."""
    return browser


class Faults(list[str]):
    """What went wrong on a page, in plain words; a test that provokes a fault empties the list."""

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"script error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A refused page (403, 422 …) is logged by Chromium as an error, though tests mean it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.hostname not in ("localhost", "127.0.0.1"):
            self.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.append(f"{response.status} from {response.url}")


@pytest.fixture
def faults() -> Iterator[Faults]:
    """The faults of every page of this test; those left at its end fail it."""
    found = Faults()
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext], faults: Faults) -> Page:
    """A page on a phone: 390 by 844, touch, Chinese."""
    page = new_context(**PHONE, **CHINESE).new_page()
    faults.watch(page)
    return page


@pytest.fixture
def desk(new_context: Callable[..., BrowserContext], faults: Faults) -> Page:
    """A page at a desk: 1280 by 900, Chinese."""
    page = new_context(**DESK, **CHINESE).new_page()
    faults.watch(page)
    return page
