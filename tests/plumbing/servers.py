"""Markers that ask for something outside Python: PostgreSQL, Redis, Chromium.

What is absent is skipped with a line in capitals at the end of the run; with CI=true it fails.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
BROWSER_FIXTURES = {"chromium", "phone", "desk", "page", "context", "browser", "new_context"}


def find_chromium() -> str | None:
    """The Chromium to drive: CHROMIUM= when set (and then it must be there), else the first found."""
    given = os.environ.get("CHROMIUM")
    names = (given,) if given else CHROMIUM_NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


def absences() -> dict[str, str]:
    """Which markers can't be served here, and what to do about it."""
    found: dict[str, str] = {}
    if find_chromium() is None:
        found["browser"] = "NO CHROMIUM FOUND: INSTALL ONE OR SET CHROMIUM=/path/to/it"
    if shutil.which("redis-server") is None:
        found["redis"] = "NO redis-server ON PATH"
    return found


ABSENT = absences()
REQUIRED = os.environ.get("CI") == "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_postgres = os.environ["TEST_DATABASE"] == "postgres"
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="PostgreSQL only"))
        for marker, reason in ABSENT.items():
            if item.get_closest_marker(marker) and not REQUIRED:
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, reason in ABSENT.items():
        if REQUIRED and item.get_closest_marker(marker):
            pytest.fail(f"{reason} (required when CI=true)", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for marker, reason in ABSENT.items():
        count = sum(1 for report in skipped if marker in report.keywords)
        if count:
            terminalreporter.write_line(
                f"{count} {marker.upper()} TESTS WERE SKIPPED: {reason}", yellow=True, bold=True
            )


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis of this process's own, on a Unix socket; for tests marked `redis`.

    Celery wants it as `redis+socket://…`, which is what this yields.
    """
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "ready to accept connections" in line.lower():
                break
        else:
            pytest.fail("redis-server ended before it was ready")
        yield f"redis+socket://{socket}"
    finally:
        server.terminate()
        server.wait(timeout=10)
