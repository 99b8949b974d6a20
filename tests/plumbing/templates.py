"""Which of our templates the suite rendered; with --every-template, one that no test renders fails."""

from pathlib import Path
from typing import Any

import pytest
from django.template import Template
from django.test.signals import template_rendered

ROOT = Path(__file__).resolve().parents[2]
APPS = ("lms", "lms/jobs", "lms/registry", "lms/web", "courses", "certification", "reports")

_rendered: set[str] = set()


def ours() -> dict[str, Path]:
    """Every template file of the project by the name that `render` knows it by."""
    found: dict[str, Path] = {}
    for app in APPS:
        folder = ROOT / app / "templates"
        found |= {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return found


def _note(sender: object, template: Template, **_kwargs: object) -> None:
    # Every included, extended and inclusion-tag template signals too, each with its own origin.
    name = getattr(template.origin, "name", "")
    if name.startswith(str(ROOT)):
        _rendered.add(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-template", action="store_true", help="fail when a template was rendered by no test")


def pytest_sessionstart() -> None:
    template_rendered.connect(_note, dispatch_uid="plumbing.templates")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The xdist controller takes over what a worker has seen."""
    _rendered.update(getattr(node, "workeroutput", {}).get("templates", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["templates"] = sorted(_rendered)
    elif unrendered(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def unrendered(config: pytest.Config) -> list[str]:
    if not config.getoption("--every-template"):
        return []
    return sorted(name for name, path in ours().items() if str(path) not in _rendered)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    for name in unrendered(config):
        terminalreporter.write_line(f"NO TEST RENDERS THE TEMPLATE {name}", red=True)
