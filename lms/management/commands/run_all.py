"""Web, worker and beat in one foreground command that starts and ends as one (`make run`)."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

POLL_SECONDS = 0.3
START_SECONDS = 60
#: How long a request or a chunk of a job may still take after the end was asked for. A job that is
#: cut off resumes at its next start.
END_SECONDS = 8


class Command(BaseCommand):
    """Migrate, load the demo once, then serve until Ctrl-C or until one of the processes ends."""

    help = "Runs the web server, the worker and beat together, with the demo loaded; for one machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="start on whatever the database holds")

    def handle(self, *, host: str, port: int, no_demo: bool, **options: Any) -> None:
        require_free(host, port)
        with alone(), Crew() as crew:
            remember(host, port)
            call_command("migrate", interactive=False, verbosity=0)
            if not no_demo:
                load_demo_once(self)
            crew.start("web", web_command(host, port))
            crew.start("worker", worker_command())
            if crew.wait_for_answer(f"http://{host}:{port}/healthz"):
                self.stdout.write(self.style.SUCCESS(f"\nhttp://{host}:{port}/   (Ctrl-C ends everything)\n"))
                if not no_demo:
                    call_command("load_demo", show=True)
                crew.wait()
        if crew.failure:
            raise CommandError(crew.failure)


@contextmanager
def alone() -> Iterator[None]:
    """Holds this VAR_DIR; a second holder is refused. A lock of a process that died is gone with it."""
    with (settings.VAR_DIR / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"Yuzheng already runs on {settings.VAR_DIR}; end it, or start another one with VAR_DIR=."
            ) from error
        yield


def remember(host: str, port: int) -> None:
    """Keep the address for the settings of whoever works on this VAR_DIR without PUBLIC_URL, us included."""
    if settings.DEBUG and not os.environ.get("PUBLIC_URL"):
        # Read before the port was known; the demo's certificates, made in this process, carry it.
        settings.PUBLIC_URL = f"http://{host}:{port}"
    settings.SERVED_AT.write_text(settings.PUBLIC_URL)


def require_free(host: str, port: int) -> None:
    """Refuse early and in words when the port is taken, before anything is migrated or started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Can't listen on {host}:{port} ({error.strerror}); choose another PORT=.") from error


def load_demo_once(command: BaseCommand) -> None:
    """`load_demo --show` refuses while the demo isn't all there; then load it."""
    with open(os.devnull, "w") as nowhere:
        try:
            call_command("load_demo", show=True, stdout=nowhere, stderr=nowhere)
            return
        except CommandError:
            command.stdout.write("Loading the demo; only the first start takes this long …")
            command.stdout.flush()
    call_command("load_demo")


def web_command(host: str, port: int) -> list[str]:
    # Each open screen of a session keeps a thread busy, at most eight per worker: as many stay for everybody else.
    bind = ["--bind", f"{host}:{port}", "--workers", "2", "--threads", "16"]
    return [sys.executable, "-m", "gunicorn", "lms.wsgi", *bind, "--no-control-socket", "--log-level", "warning"]


def worker_command() -> list[str]:
    celery = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet"]
    lonely = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    return [*celery, "-A", "lms.celery", "worker", "--beat", "--concurrency", "1", *lonely]


class Crew:
    """Child processes, each leading a process group of its own; leaving the block ends them all.

    Own groups, so that a Ctrl-C reaches the children through us alone, in order, and so that
    whatever they forked can be ended with them.
    """

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_to_end = threading.Event()
        self._previous: dict[signal.Signals, Any] = {}
        self.failure = ""

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._previous[number] = signal.signal(number, self._ask_to_end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children.values():
            with suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + END_SECONDS
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
        for child in self._children.values():
            with suppress(ProcessLookupError, PermissionError):  # macOS says so of an ended group
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _ask_to_end(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_end.set()
        if not self._children:  # still migrating or loading, which nobody need wait for
            raise CommandError("Ended before it had started.")

    def start(self, name: str, command: list[str]) -> None:
        self._children[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait(self) -> None:
        """Returns when the end was asked for or a child has ended, which is a failure."""
        while not self._over():
            self._asked_to_end.wait(POLL_SECONDS)

    def wait_for_answer(self, url: str) -> bool:
        """Whether `url` answered before the crew was over."""
        deadline = time.monotonic() + START_SECONDS
        while not self._over():
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
                return True
            if time.monotonic() > deadline:
                self.failure = f"{url} did not answer within {START_SECONDS} seconds."
                return False
            self._asked_to_end.wait(POLL_SECONDS)
        return False

    def _over(self) -> bool:
        for name, child in self._children.items():
            if (code := child.poll()) is not None and not self._asked_to_end.is_set():
                self.failure = f"The {name} process ended by itself (exit code {code}); so everything ends."
                return True
        return self._asked_to_end.is_set()
