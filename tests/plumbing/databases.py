"""Migrate once, copy often: the template database and its copies.

The first process of a run that needs a database migrates a template; every worker then works on
a copy. A test with `transaction=True` (or `live_server`) commits for real, and Django would clean
up by deleting every row: append-only triggers refuse that, and with it would go what migrations
bring (policies, regions, Wagtail's root page, site and locale). Such a test gets a fresh copy of
the template instead, so every test begins with exactly what `migrate` leaves.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.plumbing.environment import RUN_DIR

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("lms", "courses", "certification", "reports")
CACHE = ROOT / ".pytest_cache" / "databases"
DATA = {".yaml", ".yml", ".json", ".csv", ".sql"}
#: Folders and modules whose code `migrate` runs: tables, triggers, and what is loaded after the last migration.
FOLDERS = {"migrations", "models", "guards"}
MODULES = {"guards", "loading", "publishing", "seeding", "wiring", "apps", "settings", "settings_test"}
KEPT = 4  # templates, so that switching between two branches stays quick


def fingerprint() -> str:
    """Changes whenever anything that `migrate` runs or reads might have changed."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            code = path.suffix == ".py" and (FOLDERS & set(path.parts) or path.stem in MODULES)
            if (code or path.suffix in DATA) and "static" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """The default connection, closed before and after, on the database `name` meanwhile."""
    own = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = own


def migrate(name: str) -> None:
    with pointed_at(name):
        call_command("migrate", verbosity=0, interactive=False)


class SQLite:
    """The template is one file per run, taken from the cache while the sources stay the same."""

    template = RUN_DIR / "template.sqlite3"

    def make_template(self) -> None:
        if self.template.exists():
            return
        cached = CACHE / f"{fingerprint()}.sqlite3"
        if not cached.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            building = RUN_DIR / "building.sqlite3"
            migrate(str(building))
            arriving = CACHE / f"arriving-{os.getpid()}"
            copy_sqlite(building, arriving)
            arriving.replace(cached)
            for old in sorted(CACHE.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink(missing_ok=True)
        copy_sqlite(cached, self.template)

    def restore(self) -> None:
        connections.close_all()
        copy_sqlite(self.template, Path(connection.settings_dict["NAME"]))


def copy_sqlite(source: Path, target: Path) -> None:
    """By SQLite's backup call: unlike a file copy it takes the locks, so a forgotten writer shows."""
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)


class PostgreSQL:
    """The template is a database of the same server, made anew for each run."""

    def __init__(self) -> None:
        self.template = connection.settings_dict["NAME"].rpartition("_")[0] + "_template"
        self.ready = RUN_DIR / "template.ready"

    def make_template(self) -> None:
        if self.ready.exists():
            return
        self._run(f'CREATE DATABASE "{self.template}"')
        migrate(self.template)
        self.ready.touch()

    def restore(self) -> None:
        connections.close_all()
        self.drop()
        # FILE_COPY takes two thirds of the default strategy's time for a database of this size.
        name = connection.settings_dict["NAME"]
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')

    def drop(self) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{connection.settings_dict["NAME"]}" WITH (FORCE)')

    @staticmethod
    def _run(statement: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Replaces pytest-django's: this process's database becomes a copy of the template."""
    database = PostgreSQL() if connection.vendor == "postgresql" else SQLite()
    with django_db_blocker.unblock():
        with (RUN_DIR / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            database.make_template()
        database.restore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: database.restore())
        yield
    with django_db_blocker.unblock():
        connections.close_all()
        if isinstance(database, PostgreSQL):
            database.drop()
