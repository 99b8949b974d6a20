"""Fixtures of the browser tests."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.stage import NewContext, Stage
from tests.plumbing.browsers import Faults


@pytest.fixture
def stage(live_server: LiveServer, new_context: NewContext, faults: Faults) -> Stage:
    """The live site, ready to be opened by anybody."""
    return Stage(live_server, new_context, faults)


# Of a loaded machine nothing is expected within Playwright's five seconds.
expect.set_options(timeout=30_000)
