"""What a guard is, and the kinds that every room needs."""

from dataclasses import dataclass

from django.db import models


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


def append_only(table: str, code: str = "append_only", *keys: str) -> list[AnyGuard]:
    """Guards for a table whose rows never change or go; `keys` are its unique columns besides the id."""
    return [
        NoReplace(table, code, same_key(table, *keys)),
        Guard(f"guard_{table}_update", table, "UPDATE", "1 = 1", code),
        Guard(f"guard_{table}_delete", table, "DELETE", "1 = 1", code),
        NoTruncate(table),
    ]


def append_only_but(model: type[models.Model], code: str, *keys: str, but: dict[str, str]) -> list[AnyGuard]:
    """`append_only` for a table of which the columns in `but` may change, each while its SQL holds."""
    table = model._meta.db_table
    fixed = [f'"{field.column}"' for field in model._meta.concrete_fields if field.column not in but]
    return [
        NoReplace(table, code, same_key(table, *keys)),
        Guard(f"guard_{table}_update", table, f"UPDATE OF {', '.join(fixed)}", "1 = 1", code),
        *(
            Guard(
                f"guard_{table}_{column}",
                table,
                f"UPDATE OF {column}",
                f"NEW.{column} <> OLD.{column} AND NOT ({condition})",
                code,
            )
            for column, condition in but.items()
        ),
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
