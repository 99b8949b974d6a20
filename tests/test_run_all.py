"""`make run`: its processes start together, and none outlives the others."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from lms.management.commands.run_all import Crew, alone, remember, require_free

ROOT = Path(__file__).resolve().parents[1]
FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
# A child with a child of its own that won't hear SIGTERM, as a stuck pool process wouldn't.
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]).pid, file=open(sys.argv[1], "w"))
signal.pause()
"""


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.02)


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has reaped yet has ended too."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return state in ("", "Z") or state.startswith("Z")


def test_one_end_is_everyones_end(tmp_path: Path) -> None:
    with Crew() as crew:
        crew.start("worker", FOREVER)
        crew.start("web", [sys.executable, "-c", "raise SystemExit(3)"])
        crew.wait()
        worker = crew._children["worker"]
    assert "web" in crew.failure
    assert "3" in crew.failure
    assert worker.returncode == -signal.SIGTERM


def test_ctrl_c_ends_all_and_is_no_failure() -> None:
    with Crew() as crew:
        crew.start("web", FOREVER)
        crew.start("worker", FOREVER)
        os.kill(os.getpid(), signal.SIGINT)
        crew.wait()
    assert crew.failure == ""
    assert [child.returncode for child in crew._children.values()] == [-signal.SIGTERM] * 2


def test_what_ignores_the_end_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.management.commands.run_all.END_SECONDS", 0.2)
    note = tmp_path / "grandchild"
    with Crew() as crew:
        crew.start("worker", [sys.executable, "-c", STUBBORN, str(note)])
        until(lambda: note.exists() and note.read_text().endswith("\n"))
    assert crew._children["worker"].returncode == -signal.SIGKILL
    until(lambda: gone(int(note.read_text())))


def test_signals_are_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Crew():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_ctrl_c_while_loading_stops_at_once() -> None:
    with pytest.raises(CommandError), Crew():
        os.kill(os.getpid(), signal.SIGTERM)


def test_silence_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.management.commands.run_all.START_SECONDS", 0.1)
    with Crew() as crew, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        crew.start("web", FOREVER)
        assert not crew.wait_for_answer(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert "did not answer" in crew.failure


def test_taken_port_is_said_first() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=str(port)):
            require_free("127.0.0.1", port)
    require_free("127.0.0.1", port)


def test_one_folder_serves_one_instance(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with (tmp_path / "run.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="already runs"), alone():
            pass
    with alone():
        pass


@pytest.fixture
def served_at(settings: Settings, tmp_path: Path) -> Path:
    settings.DEBUG = True
    settings.SERVED_AT = tmp_path / "public_url"
    return tmp_path / "public_url"


def public_url(var_dir: Path, **environment: str) -> str:
    """PUBLIC_URL as a command typed by hand reads it."""
    inherited = {name: value for name, value in os.environ.items() if name != "PUBLIC_URL"}
    ended = subprocess.run(
        [sys.executable, "-c", "from lms import settings; print(settings.PUBLIC_URL)"],
        env=inherited | {"VAR_DIR": str(var_dir), "DEBUG": "1"} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return ended.stdout.strip() or ended.stderr.strip().splitlines()[-1]


def test_commands_beside_it_know_its_address(
    served_at: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    assert public_url(served_at.parent) == "http://127.0.0.1:8000"
    remember("127.0.0.1", 8123)
    assert settings.PUBLIC_URL == public_url(served_at.parent) == "http://127.0.0.1:8123"
    assert public_url(served_at.parent, PUBLIC_URL="https://x.example/") == "https://x.example"


def test_an_address_that_was_given_is_the_one_remembered(
    served_at: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://x.example")
    settings.PUBLIC_URL = "https://x.example"
    remember("127.0.0.1", 8123)
    assert settings.PUBLIC_URL == public_url(served_at.parent) == "https://x.example"


def test_outside_debug_nothing_is_remembered_for_anybody(served_at: Path) -> None:
    remember("127.0.0.1", 8123)
    keys = f"1:{'0' * 64},index:{'0' * 64}"
    assert "PUBLIC_URL" in public_url(served_at.parent, DEBUG="0", SECRET_KEY="k" * 60, FIELD_KEYS=keys)


def test_reset_refuses_outside_debug() -> None:
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("reset_demo")
