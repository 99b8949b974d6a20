"""Changing the key of the field encryption: every value sealed under an older key is sealed anew under the newest.

Values of both keys open all the while, so nothing has to stand still. Each chunk commits by itself, and a value that
carries the newest version is not looked at again: whoever is interrupted simply starts once more.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Func, Value

from lms.registry import securing
from lms.registry.crypto import Sealed, keys, place_of, seal, unseal
from lms.registry.errors import refuse
from lms.registry.models import RosterChange

#: Rows locked and written at once.
CHUNK = 500
Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SealedColumn:
    """A sealed attribute of a model."""

    model: type[models.Model]
    name: str

    @property
    def column(self) -> str:
        return f"{self.name}_sealed"

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def rows(self) -> "models.QuerySet[Any]":
        """Rows whose value is sealed under another key than the newest, by the version in its first byte."""
        version = Func(
            F(self.column), Value(1), Value(1), function="SUBSTR", output_field=models.BinaryField(max_length=1)
        )
        rows = self.model._base_manager.annotate(version=version)
        return rows.filter(**{f"{self.column}__isnull": False}).exclude(version__in=(bytes([keys()[0]]), b""))

    def waiting(self) -> int:
        """How many values are under an older key."""
        return self.rows().count()

    def reseal(self, rows: list[Any]) -> tuple[int, int]:
        """Seal these rows' values anew; how many were, and how many need a key that is gone.

        One statement for many rows, below the models: no timestamp of a row moves because a key did.
        """
        readable = [row for row in rows if bytes(getattr(row, self.column))[0] in keys()[1]]
        meta = self.model._meta
        key = meta.pk
        assert key is not None
        assert key.column is not None
        quote = connection.ops.quote_name
        statement = f"UPDATE {quote(meta.db_table)} SET {quote(self.column)} = %s WHERE {quote(key.column)} = %s"
        values = []
        for row in readable:
            setattr(row, self.name, getattr(row, self.name))
            values.append((getattr(row, self.column), key.get_db_prep_value(row.pk, connection)))
        if values:
            with connection.cursor() as cursor:
                cursor.executemany(statement, values)
        return len(readable), len(rows) - len(readable)


@dataclass(frozen=True)
class SealedJson:
    """Sealed values that stand as text under some names of a JSON column."""

    model: Any
    column: str
    names: tuple[str, ...]
    #: (row, name) → what binds the value to its place.
    place: Callable[[Any, str], str]
    to_bytes: Callable[[str], bytes]
    to_text: Callable[[bytes], str]

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def rows(self) -> "models.QuerySet[Any]":
        """Rows that hold a sealed value, under whichever key."""
        rows: models.QuerySet[Any] = self.model._base_manager.filter(**{f"{self.column}__has_any_keys": self.names})
        return rows

    def waiting(self) -> int:
        """How many values are under an older key."""
        return sum(len(self._outdated(row)) for row in self.rows().iterator(chunk_size=CHUNK))

    def reseal(self, rows: list[Any]) -> tuple[int, int]:
        """Seal the older values of these rows anew; how many were, and how many need a key that is gone."""
        done = lost = 0
        for row in rows:
            anew = {}
            for name, sealed in self._outdated(row).items():
                if sealed[0] in keys()[1]:
                    place = self.place(row, name)
                    anew[name] = self.to_text(seal(unseal(sealed, place), place))
                else:
                    lost += 1
            if anew:
                self.model._base_manager.filter(pk=row.pk).update(**{self.column: getattr(row, self.column) | anew})
                done += len(anew)
        return done, lost

    def _outdated(self, row: Any) -> dict[str, bytes]:
        held = getattr(row, self.column)
        found = {name: self.to_bytes(held[name]) for name in self.names if held.get(name)}
        return {name: sealed for name, sealed in found.items() if sealed[0] != keys()[0]}


Kept = SealedColumn | SealedJson


def sealed_columns() -> list[SealedColumn]:
    """Every sealed attribute of every model, found by looking: a new one can't be forgotten."""
    return [
        SealedColumn(model, name)
        for model in apps.get_models()
        for kind in model.__mro__
        for name, value in vars(kind).items()
        if isinstance(value, Sealed)
    ]


def everything_sealed() -> list[Kept]:
    """The sealed columns, what imports keep of them, and the secrets of second factors (allauth's table)."""
    columns = sealed_columns()
    names = tuple(sorted({column.column for column in columns}))

    def secret_place(row: Any, name: str) -> str:
        return securing.PLACE

    def place_of_change(row: Any, name: str) -> str:
        return place_of(row.table, name.removesuffix("_sealed"), row.row)

    def base64_text(sealed: bytes) -> str:
        return base64.b64encode(sealed).decode()

    return [
        *columns,
        SealedJson(Authenticator, "data", ("secret", "seed"), secret_place, base64.b64decode, base64_text),
        *(
            SealedJson(RosterChange, column, names, place_of_change, bytes.fromhex, bytes.hex)
            for column in ("before", "after")
        ),
    ]


def rotate(*, say: Say | None = None, most: int | None = None) -> dict[str, int]:
    """Seal everything anew under the newest key; how many values, by table and column.

    `say` hears (column, done, in all) after each chunk; `most` stops after so many values. Code: key_missing, when
    some value needs a key that FIELD_KEYS no longer holds; what can be opened is sealed anew before it is raised.
    """
    done: dict[str, int] = {}
    lost = 0
    for kept in everything_sealed():
        total, done[str(kept)] = kept.waiting(), 0
        for resealed, unreadable in _chunks(kept):
            done[str(kept)] += resealed
            lost += unreadable
            if say is not None:
                say(str(kept), done[str(kept)], total)
            if most is not None and sum(done.values()) >= most:
                return done
    if lost:
        raise refuse("key_missing", values=lost)
    return done


def waiting() -> int:
    """How many values are still sealed under an older key."""
    return sum(kept.waiting() for kept in everything_sealed())


def _chunks(kept: Kept) -> Iterator[tuple[int, int]]:
    """(sealed anew, not to be opened) per chunk, in the order of the keys."""
    after: Any = None
    while True:
        with transaction.atomic():
            rows = kept.rows().order_by("pk").select_for_update()
            chunk = list(rows.filter(pk__gt=after)[:CHUNK] if after else rows[:CHUNK])
            if not chunk:
                return
            counts = kept.reseal(chunk)
        after = chunk[-1].pk
        yield counts
