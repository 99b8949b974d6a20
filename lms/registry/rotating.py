"""Changing the key of the field encryption: every value sealed under an older key is sealed anew under the newest.

Values of both keys open all the while, so nothing has to stand still. Each chunk commits by itself, and a value that
carries the newest version is not looked at again: whoever is interrupted simply starts once more.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Func, Value

from lms.registry.crypto import Sealed, keys
from lms.registry.errors import refuse

#: Rows locked and written at once.
CHUNK = 500
Say = Callable[[str, int, int], None]


class SealedColumn(NamedTuple):
    """A sealed attribute of a model."""

    model: type[models.Model]
    name: str

    @property
    def column(self) -> str:
        return f"{self.name}_sealed"

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"


def sealed_columns() -> list[SealedColumn]:
    """Every sealed attribute of every model, found by looking: a new one can't be forgotten."""
    return [
        SealedColumn(model, name)
        for model in apps.get_models()
        for kind in model.__mro__
        for name, value in vars(kind).items()
        if isinstance(value, Sealed)
    ]


def outdated(column: SealedColumn) -> "models.QuerySet[Any]":
    """Rows whose value is sealed under another key than the newest, by the version in its first byte."""
    version = Func(
        F(column.column), Value(1), Value(1), function="SUBSTR", output_field=models.BinaryField(max_length=1)
    )
    rows = column.model._base_manager.annotate(version=version)
    return rows.filter(**{f"{column.column}__isnull": False}).exclude(version__in=(bytes([keys()[0]]), b""))


def rotate(*, say: Say | None = None, most: int | None = None) -> dict[str, int]:
    """Seal everything anew under the newest key; how many values, by table and column.

    `say` hears (column, done, in all) after each chunk; `most` stops after so many values. Code: key_missing, when
    some value needs a key that FIELD_KEYS no longer holds; what can be opened is sealed anew before it is raised.
    """
    done: dict[str, int] = {}
    lost = 0
    for column in sealed_columns():
        rows = outdated(column)
        total, done[str(column)] = rows.count(), 0
        for resealed, unreadable in _chunks(column):
            done[str(column)] += resealed
            lost += unreadable
            if say is not None:
                say(str(column), done[str(column)], total)
            if most is not None and sum(done.values()) >= most:
                return done
    if lost:
        raise refuse("key_missing", values=lost)
    return done


def _chunks(column: SealedColumn) -> Iterator[tuple[int, int]]:
    """(sealed anew, not to be opened) per chunk, in the order of the keys."""
    after: Any = None
    while True:
        with transaction.atomic():
            rows = outdated(column).order_by("pk").select_for_update()
            chunk = list(rows.filter(pk__gt=after)[:CHUNK] if after else rows[:CHUNK])
            if not chunk:
                return
            readable = [row for row in chunk if bytes(getattr(row, column.column))[0] in keys()[1]]
            for row in readable:
                setattr(row, column.name, getattr(row, column.name))
            _write(column, readable)
        after = chunk[-1].pk
        yield len(readable), len(chunk) - len(readable)


def _write(column: SealedColumn, rows: list[Any]) -> None:
    """One statement for many rows, below the models: no timestamp of a row moves because a key did."""
    meta = column.model._meta
    key = meta.pk
    assert key is not None
    assert key.column is not None
    quote = connection.ops.quote_name
    statement = f"UPDATE {quote(meta.db_table)} SET {quote(column.column)} = %s WHERE {quote(key.column)} = %s"
    values = [(getattr(row, column.column), key.get_db_prep_value(row.pk, connection)) for row in rows]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)
