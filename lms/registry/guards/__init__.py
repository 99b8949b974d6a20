"""Triggers that keep what no code path may break, on SQLite and PostgreSQL alike.

They stand below every ORM call, import, shell and raw SQL statement. A guard refuses a row
with the error `guard:<code>`. On PostgreSQL a guard that depends on a ban first locks the
person, and the confirming ban takes the same lock, so that neither can miss the other; the
ban also touches the person's row, so that a REPEATABLE READ transaction with an older
snapshot fails instead of slipping through. SQLite has one writer at a time.

`triggers` holds the kinds of guards; the other modules hold the registry's own, a file per subject. Here all are
listed, those that higher rooms register too, and brought into the database.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from lms.registry.guards import bans, erasures, merges, posts
from lms.registry.guards.triggers import AnyGuard, append_only

#: By room.
_GUARDS: dict[str, list[AnyGuard]] = {
    "registry": [
        *bans.GUARDS,
        *posts.GUARDS,
        *merges.GUARDS,
        *erasures.GUARDS,
        *append_only("registry_auditentry"),
        *append_only("registry_filingact"),
    ]
}


def register(room: str, guards: Iterable[AnyGuard]) -> None:
    """Add a higher room's guards; called from its AppConfig.ready."""
    _GUARDS[room] = list(guards)


def every_guard() -> list[AnyGuard]:
    """All guards of all rooms."""
    return [guard for guards in _GUARDS.values() for guard in guards]


def install(using: str = "default") -> None:
    """(Re)create every guard whose table exists. Needs the owner of the tables on PostgreSQL."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        schema = "" if connection.vendor == "sqlite" else _own_schema(connection, cursor)
        for guard in every_guard():
            if guard.table not in tables:
                continue
            if connection.vendor == "sqlite":
                if statement := guard.sqlite():
                    cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}")
                    cursor.execute(statement)
            else:
                for statement in guard.postgresql(schema):
                    cursor.execute(statement)


def _own_schema(connection: BaseDatabaseWrapper, cursor: Any) -> str:
    cursor.execute("SELECT current_schema()")
    return connection.ops.quote_name(cursor.fetchone()[0])


def remove(using: str = "default") -> None:
    """Drop every guard; for maintenance by the owner, and for tests that empty tables."""
    connection = connections[using]
    present = installed(connection)
    with connection.cursor() as cursor:
        for guard in every_guard():
            if guard.name in present:
                on_table = "" if connection.vendor == "sqlite" else f" ON {guard.table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{on_table}")


def installed(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the triggers that stand in the database, disabled ones left out."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def missing(using: str = "default") -> list[str]:
    """Names of the guards that should stand and do not; nothing may start while there are any."""
    connection = connections[using]
    present = installed(connection)
    sqlite = connection.vendor == "sqlite"
    wanted = (guard for guard in every_guard() if (guard.sqlite() if sqlite else guard.postgresql("public")))
    return sorted(guard.name for guard in wanted if guard.name not in present)


def make_way(using: str = "default", plan: Sequence[object] = (), **_: Any) -> None:
    """pre_migrate hook: SQLite rebuilds no table that a trigger of another one names, so they step aside.

    Should the migration fail, nothing starts before another one has brought them back.
    """
    if plan and connections[using].vendor == "sqlite":
        remove(using)


def install_after_migrate(using: str = "default", **_: Any) -> None:
    """post_migrate hook; installs whatever tables exist by then."""
    install(using)
