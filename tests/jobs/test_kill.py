"""kill -9 of a real Celery worker, its pool and its beat, at the three worst places of a chunk.

The handler finds a fuse, takes it and kills its own process group, which hits the exact place every
time. Nothing may be lost and nothing done twice, on either database, over either broker.
"""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
UNITS = 40
#: In the middle of a chunk; after its step, before its commit; between two chunks.
FUSES = ("written-7", "stepped-25", "committed-35")
DEADLINE = 30.0  # seconds that any one wait may take on a busy machine


def opened(settings: dict[str, Any]) -> BaseDatabaseWrapper:
    """A connection of its own, outside the transaction of the test."""
    return ConnectionHandler({"default": settings})["default"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An empty database of the kind the suite runs on, which another process can open."""
    names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    settings = {name: connection.settings_dict[name] for name in names}
    if connection.vendor == "sqlite":
        yield settings | {"NAME": str(tmp_path / "jobs.sqlite3")}
        return
    server = opened(settings)
    name = f"jobs_{uuid.uuid4().hex}"
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield settings | {"NAME": name}
    with server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture(
    params=["filesystem", pytest.param("redis", marks=pytest.mark.redis)],
)
def environment(request: pytest.FixtureRequest, tmp_path: Path, database: dict[str, Any]) -> dict[str, str]:
    """The environment of the worker: its own folder, broker and database."""
    broker = "filesystem://" if request.param == "filesystem" else request.getfixturevalue("redis_url")
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.jobs.worker_settings",
        "VAR_DIR": str(tmp_path / "var"),
        "CELERY_BROKER_URL": broker,
        "JOBS_TEST_DATABASE": json.dumps(database),
    }


@pytest.fixture
def fuses(tmp_path: Path) -> Path:
    folder = tmp_path / "fuses"
    folder.mkdir()
    for fuse in FUSES:
        (folder / fuse).touch()
    return folder


class Worker:
    """A worker with beat, the leader of its own process group; its words go to a file."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", "lms.celery", "worker", "-B", "-c1", "-l", "WARNING"]
        # A lone worker needn't look for others; that only makes it start later.
        options = ["--without-mingle", "--without-gossip", "-s", str(log.with_suffix(".schedule"))]
        with log.open("a") as words:
            self.process = subprocess.Popen(
                command + options,
                cwd=ROOT,
                env=environment,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    def expect_kill(self) -> None:
        """Wait for its end, which must be kill -9 and nothing else."""
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            code = 0
        if code != -signal.SIGKILL:
            pytest.fail(f"The worker was not killed ({code}):\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(DEADLINE)


def wait_for_end(database: BaseDatabaseWrapper, worker: Worker) -> tuple[Any, ...]:
    """The job's row once it has ended: state, units done, tries since the last progress."""
    until = time.monotonic() + DEADLINE
    row: tuple[Any, ...] = ()
    while time.monotonic() < until:
        with database.cursor() as cursor:
            cursor.execute("SELECT state, done, attempts FROM jobs_job")
            row = cursor.fetchone()
        if row[0] not in ("queued", "running"):
            return row
        time.sleep(0.05)
    pytest.fail(f"The job did not end: {row}\n{worker.log.read_text()}")


def test_a_killed_worker_loses_nothing_and_does_nothing_twice(
    environment: dict[str, str], database: dict[str, Any], fuses: Path, tmp_path: Path
) -> None:
    prepare = [sys.executable, "-m", "tests.jobs.prepare", str(UNITS), str(fuses)]
    subprocess.run(prepare, cwd=ROOT, env=environment, check=True, timeout=DEADLINE)
    worker = Worker(environment, tmp_path / "worker.log")
    try:
        for fuse in FUSES:
            worker.expect_kill()
            assert not (fuses / fuse).exists()
            worker = Worker(environment, tmp_path / "worker.log")
        row = wait_for_end(opened(database), worker)
    finally:
        worker.stop()

    assert row[:2] == ("done", UNITS)
    with opened(database).cursor() as cursor:
        cursor.execute("SELECT unit FROM counted_unit ORDER BY unit")
        assert [unit for (unit,) in cursor.fetchall()] == list(range(UNITS))
