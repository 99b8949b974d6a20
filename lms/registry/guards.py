"""Triggers that keep what no code path may break, on SQLite and PostgreSQL alike.

They stand below every ORM call, import, shell and raw SQL statement. A guard refuses a row
with the error `guard:<code>`. On PostgreSQL a guard that depends on a ban first locks the
person, and the confirming ban takes the same lock, so that neither can miss the other; the
ban also touches the person's row, so that a REPEATABLE READ transaction with an older
snapshot fails instead of slipping through. SQLite has one writer at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

BANNED = (
    "EXISTS (SELECT 1 FROM registry_ban b WHERE b.person_id = {person}"
    " AND b.confirmed_at IS NOT NULL AND b.annulled_at IS NULL)"
)


def _found_in(schema: str) -> str:
    """Where a trigger looks for its tables. Without it a session could put a temporary table of the same name first."""
    return f"SET search_path = {schema}, pg_temp"


@dataclass(frozen=True)
class Guard:
    """One trigger: refuse rows of `table` for which `refuse_if` (SQL over NEW and OLD) holds."""

    name: str
    table: str
    event: str
    refuse_if: str
    code: str
    #: SQL naming the person to lock first, shared with other guards, against a ban's confirmation.
    person: str = ""
    #: The confirming ban's own lock: exclusive, and it touches the row.
    exclusive: bool = False
    #: SQL naming the institution to lock first, shared with other guards, against its suspension or closure.
    institution: str = ""

    def sqlite(self) -> str:
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW"
            f" WHEN {self.refuse_if} BEGIN SELECT RAISE(ABORT, 'guard:{self.code}'); END"
        )

    def postgresql(self, schema: str) -> list[str]:
        lock = ""
        if self.person and self.exclusive:
            lock = f"UPDATE registry_person SET name = name WHERE id = {self.person};"
        elif self.person:
            lock = f"PERFORM 1 FROM registry_person WHERE id = {self.person} FOR SHARE;"
        if self.institution:
            lock += f"PERFORM 1 FROM registry_institution WHERE id = {self.institution} FOR SHARE;"
        row = "OLD" if self.event == "DELETE" else "NEW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql {_found_in(schema)} AS $guard$"
            f" BEGIN {lock}"
            f" IF {self.refuse_if} THEN RAISE EXCEPTION 'guard:{self.code}' USING ERRCODE = '23514';"
            f" END IF; RETURN {row}; END $guard$",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table}"
            f" FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]


@dataclass(frozen=True)
class NoTruncate:
    """PostgreSQL's TRUNCATE fires no row trigger; append-only tables refuse it as a whole."""

    table: str

    @property
    def name(self) -> str:
        return f"guard_{self.table}_truncate"

    def sqlite(self) -> None:
        return None

    def postgresql(self, schema: str) -> list[str]:
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql {_found_in(schema)} AS $guard$"
            " BEGIN RAISE EXCEPTION 'guard:append_only' USING ERRCODE = '23514'; END $guard$",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE TRIGGER {self.name} BEFORE TRUNCATE ON {self.table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION {self.name}()",
        ]


@dataclass(frozen=True)
class NoReplace:
    """SQLite's INSERT OR REPLACE deletes the old row without asking DELETE triggers, unless the
    connection says otherwise; so the insert itself is refused while `in_the_way` finds an old row.
    PostgreSQL has no such statement.
    """

    table: str
    code: str
    in_the_way: str

    @property
    def name(self) -> str:
        return f"guard_{self.table}_replace"

    def sqlite(self) -> str:
        return (
            f"CREATE TRIGGER {self.name} BEFORE INSERT ON {self.table} FOR EACH ROW WHEN {self.in_the_way}"
            f" BEGIN SELECT RAISE(ABORT, 'guard:{self.code}'); END"
        )

    def postgresql(self, schema: str) -> list[str]:
        return []


AnyGuard = Guard | NoTruncate | NoReplace


def same_key(table: str, *columns: str) -> str:
    """SQL for "a row with one of these keys stands already"."""
    matches = " OR ".join(f"t.{column} = NEW.{column}" for column in ("id", *columns))
    return f"EXISTS (SELECT 1 FROM {table} t WHERE {matches})"


def handed_over(table: str) -> Guard:
    """No row of `table` passes to somebody who is banned."""
    return Guard(
        f"guard_{table}_handover",
        table,
        "UPDATE OF person_id",
        f"NEW.person_id <> OLD.person_id AND {BANNED.format(person='NEW.person_id')}",
        "person_barred",
        person="NEW.person_id",
    )


def unless_banned(table: str, person: str = "NEW.person_id", also: str = "") -> list[Guard]:
    """Guards for a table that gives a person something: no new row, none handed over, while banned."""
    banned = BANNED.format(person=person) + (f" AND {also}" if also else "")
    return [
        Guard(f"guard_{table}_insert", table, "INSERT", banned, "person_barred", person=person),
        handed_over(table),
    ]


def append_only(table: str, code: str = "append_only", *keys: str) -> list[AnyGuard]:
    """Guards for a table whose rows never change or go; `keys` are its unique columns besides the id."""
    return [
        NoReplace(table, code, same_key(table, *keys)),
        Guard(f"guard_{table}_update", table, "UPDATE", "1 = 1", code),
        Guard(f"guard_{table}_delete", table, "DELETE", "1 = 1", code),
        NoTruncate(table),
    ]


def unchanged_once(table: str, published: str, code: str) -> list[AnyGuard]:
    """Guards for a table whose rows are fixed as soon as the column `published` is set."""
    return [
        Guard(f"guard_{table}_update", table, "UPDATE", f"OLD.{published} IS NOT NULL", code),
        Guard(f"guard_{table}_delete", table, "DELETE", f"OLD.{published} IS NOT NULL", code),
        NoTruncate(table),
    ]


def unchanged_with(table: str, key: str, parent: str, code: str) -> list[AnyGuard]:
    """Guards for rows that belong to a row of `parent` (by the column `key`) and are fixed once it is published."""
    published = f"EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {{row}}.{key} AND p.published_at IS NOT NULL)"
    new, old = published.format(row="NEW"), published.format(row="OLD")
    return [
        Guard(f"guard_{table}_insert", table, "INSERT", new, code),
        Guard(f"guard_{table}_update", table, "UPDATE", f"{old} OR {new}", code),
        Guard(f"guard_{table}_delete", table, "DELETE", old, code),
        NoTruncate(table),
    ]


BAN_FIXED = (
    "NEW.id <> OLD.id OR NEW.person_id <> OLD.person_id OR NEW.scope <> OLD.scope OR NEW.case_id <> OLD.case_id"
    " OR NEW.legal_basis <> OLD.legal_basis OR NEW.decision_id <> OLD.decision_id"
    " OR NEW.region_id <> OLD.region_id OR NEW.proposed_by_id <> OLD.proposed_by_id"
    " OR NEW.proposed_at <> OLD.proposed_at"
    " OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at IS NULL OR NEW.confirmed_at <> OLD.confirmed_at"
    " OR NEW.confirmed_by_id <> OLD.confirmed_by_id))"
    " OR (OLD.rejected_at IS NOT NULL AND (NEW.rejected_at IS NULL OR NEW.rejected_at <> OLD.rejected_at))"
    " OR OLD.annulled_at IS NOT NULL"
    # Annulling is a second step, and whoever proposed it stays who she was.
    " OR (NEW.annulled_at IS NOT NULL AND OLD.annulment_proposed_at IS NULL)"
    " OR (OLD.annulment_proposed_at IS NOT NULL AND NEW.annulment_proposed_at IS NOT NULL"
    " AND NEW.annulment_proposed_by_id <> OLD.annulment_proposed_by_id)"
)

#: A ban stands on NEW's person, and the post reaches beyond the ban's confirmation. A spell that was
#: over by then may still be recorded late: it puts nobody on a post.
BARRED_FROM_POST = (
    BANNED.format(person="NEW.person_id").removesuffix(")")
    + " AND (NEW.ended_on IS NULL OR NEW.ended_on > b.confirmed_at))"
)
#: An update that gives more of a post: another place, another kind, back to work, a longer spell.
MORE_OF_POST = (
    "NEW.institution_id <> OLD.institution_id OR NEW.kind <> OLD.kind OR NEW.started_on < OLD.started_on"
    " OR (NEW.state <> OLD.state AND NEW.state IN ('on_post', 'probation'))"
    " OR (OLD.ended_on IS NOT NULL AND (NEW.ended_on IS NULL OR NEW.ended_on > OLD.ended_on))"
)

#: An open post where nobody new comes on post. A spell that is over may still be recorded late.
TAKES_NOBODY = (
    "NEW.ended_on IS NULL AND EXISTS (SELECT 1 FROM registry_institution i WHERE i.id = NEW.institution_id"
    " AND i.filing IN ('suspended', 'closed'))"
)

_REGISTRY: list[AnyGuard] = [
    Guard(
        "guard_registry_post_insert",
        "registry_post",
        "INSERT",
        BARRED_FROM_POST,
        "person_barred",
        person="NEW.person_id",
    ),
    handed_over("registry_post"),
    Guard(
        "guard_registry_post_place",
        "registry_post",
        "INSERT",
        TAKES_NOBODY,
        "institution_closed",
        institution="NEW.institution_id",
    ),
    Guard(
        "guard_registry_post_again",
        "registry_post",
        "UPDATE OF institution_id, ended_on",
        f"(NEW.institution_id <> OLD.institution_id OR OLD.ended_on IS NOT NULL) AND {TAKES_NOBODY}",
        "institution_closed",
        institution="NEW.institution_id",
    ),
    Guard(
        "guard_registry_post_more",
        "registry_post",
        "UPDATE OF institution_id, kind, state, started_on, ended_on",
        f"({MORE_OF_POST}) AND {BARRED_FROM_POST}",
        "person_barred",
        person="NEW.person_id",
    ),
    Guard(
        "guard_registry_identitydocument_move",
        "registry_identitydocument",
        "UPDATE OF person_id",
        f"NEW.person_id <> OLD.person_id AND {BANNED.format(person='OLD.person_id')}",
        "identity_barred",
        person="OLD.person_id",
    ),
    # Whoever it belongs to, what a document says never changes; its number is only sealed anew under a new key.
    Guard(
        "guard_registry_identitydocument_fixed",
        "registry_identitydocument",
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.kind <> OLD.kind"
        # Only with its person's data does the number go, and then all of it.
        " OR ((NEW.number_index <> OLD.number_index OR NEW.masked <> OLD.masked) AND NOT (NEW.masked = ''"
        " AND EXISTS (SELECT 1 FROM registry_erasure e WHERE e.person_id = OLD.person_id)))",
        "identity_fixed",
    ),
    Guard(
        "guard_registry_identitydocument_delete",
        "registry_identitydocument",
        "DELETE",
        BANNED.format(person="OLD.person_id"),
        "identity_barred",
        person="OLD.person_id",
    ),
    NoReplace(
        "registry_identitydocument",
        "identity_barred",
        "EXISTS (SELECT 1 FROM registry_identitydocument d WHERE (d.id = NEW.id OR d.number_index = NEW.number_index)"
        f" AND {BANNED.format(person='d.person_id')})",
    ),
    NoTruncate("registry_identitydocument"),
    # Never refuses: it stands for its lock, taken the moment a ban is written or confirmed.
    Guard(
        "guard_registry_ban_lock_insert",
        "registry_ban",
        "INSERT",
        "1 = 0",
        "ban_final",
        "NEW.person_id",
        True,
    ),
    Guard(
        "guard_registry_ban_lock_update",
        "registry_ban",
        "UPDATE",
        "1 = 0",
        "ban_final",
        "NEW.person_id",
        True,
    ),
    Guard("guard_registry_ban_update", "registry_ban", "UPDATE", BAN_FIXED, "ban_final"),
    Guard("guard_registry_ban_delete", "registry_ban", "DELETE", "1 = 1", "ban_final"),
    NoReplace("registry_ban", "ban_final", same_key("registry_ban")),
    NoTruncate("registry_ban"),
    *append_only("registry_auditentry"),
    *append_only("registry_filingact"),
    *append_only("registry_erasure"),
]

_GUARDS: dict[str, list[AnyGuard]] = {"registry": _REGISTRY}


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
