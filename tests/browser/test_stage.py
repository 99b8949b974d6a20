"""The width check that every page of the browser tests runs under can fail."""

import pytest

from tests.browser.stage import Stage


@pytest.mark.parametrize("wide", [True, False])
def test_a_page_wider_than_a_phone_is_a_fault(stage: Stage, wide: bool) -> None:
    body = f'<meta name="viewport" content="width=device-width"><svg width="{600 if wide else 300}"></svg>'
    page = stage.visitor(phone=True)
    page.route("**/made-up/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("/made-up/")
    assert any("wider than the screen" in fault for fault in stage.faults) == wide
    stage.faults.clear()
