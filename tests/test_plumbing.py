"""What tests/plumbing promises to every other test."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.template.loader import render_to_string
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer
from wagtail.models import Locale, Site
from wagtail.models import Page as WagtailPage

from lms.registry import guards
from tests.plumbing import environment, servers, templates
from tests.plumbing.browsers import Faults

TEXT = ContentFile(b"x")


def assert_as_migrated() -> None:
    assert guards.missing() == []
    assert WagtailPage.objects.exists()
    assert Site.objects.count() == Locale.objects.count() == 1
    assert not Group.objects.filter(name="left behind").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_committing_test_leaves_nothing_behind(turn: int) -> None:
    """Each turn wrecks the database for good; whichever comes second would see it."""
    assert_as_migrated()
    guards.remove()
    Group.objects.create(name="left behind")
    Site.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_rolled_back_test_leaves_nothing_behind(turn: int) -> None:
    assert_as_migrated()
    Group.objects.create(name="left behind")


@pytest.mark.django_db
def test_database_is_the_one_asked_for() -> None:
    assert (connection.vendor == "postgresql") == (os.environ["TEST_DATABASE"] == "postgres")
    assert environment.WORKER in str(connection.settings_dict["NAME"])


@pytest.mark.postgres
@pytest.mark.django_db
def test_marked_for_postgres_runs_there_only() -> None:
    assert connection.vendor == "postgresql"


def test_files_go_to_the_folder_of_the_run() -> None:
    assert Path(settings.VAR_DIR).is_relative_to(environment.RUN_DIR.resolve())
    name = default_storage.save("plumbing.txt", TEXT)
    assert Path(default_storage.path(name)).is_relative_to(environment.RUN_DIR.resolve())


@pytest.mark.redis
def test_private_redis_answers(redis_url: str) -> None:
    assert redis.Redis(unix_socket_path=redis_url.removeprefix("redis+socket://")).ping()


def test_absent_chromium_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/chromium")
    assert "browser" in servers.absences()
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert "browser" not in servers.absences()


PROBE = "import pytest\n\n@pytest.mark.browser\ndef test_probe():\n    pass\n"


@pytest.mark.parametrize(("ci", "code", "says"), [("", 0, "1 BROWSER TESTS WERE SKIPPED"), ("true", 1, "required")])
def test_browser_tests_without_chromium(tmp_path: Path, ci: str, code: int, says: str) -> None:
    """Skipped in capitals on a desk, a failure in CI."""
    (tmp_path / "test_probe.py").write_text(PROBE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    plugins = ["-p", "tests.plumbing.servers", "-p", "no:django", "-p", "no:playwright", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "test_probe.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(templates.ROOT), "TEST_DATABASE": "sqlite", "CHROMIUM": "/none", "CI": ci},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout


def test_rendered_template_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    config: Any = SimpleNamespace(getoption=lambda name: True)
    monkeypatch.setattr(templates, "_rendered", set())
    assert "404.html" in templates.unrendered(config)
    render_to_string("404.html")
    assert "404.html" not in templates.unrendered(config)


def test_phone_and_desk_have_their_widths(live_server: LiveServer, phone: Page, desk: Page) -> None:
    for page, width in ((phone, 390), (desk, 1280)):
        page.goto(f"{live_server.url}/healthz")
        assert page.evaluate("screen.width") == width
        assert page.evaluate("navigator.language") == "zh-CN"


def test_faults_of_a_page_are_seen(live_server: LiveServer, desk: Page, faults: Faults) -> None:
    desk.goto(f"{live_server.url}/healthz")
    desk.evaluate("console.error('broken')")
    desk.evaluate("fetch('http://elsewhere.invalid/').catch(() => null)")
    assert any("broken" in fault for fault in faults)
    assert any("elsewhere.invalid" in fault for fault in faults)
    faults.clear()
