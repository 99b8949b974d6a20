"""Inserting thousands of rows at once.

`bulk_create` spends four fifths of its time on composing SQL out of single values; here one statement
is prepared and sent with many rows of parameters. Constraints and guards judge every row as always.
Signals are not sent and keys made by the database are not read back.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model
from django.utils import timezone

Value = Callable[[Any], Any]


def insert_all(rows: Sequence[Model], *, skip_known: bool = False) -> None:
    """Insert unsaved rows of one model; `skip_known` passes over those that break a unique constraint."""
    if not rows:
        return
    model = type(rows[0])
    connection = transaction.get_connection(router.db_for_write(model))
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # The names are those of our own models, never somebody's input.
    statement = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) VALUES ({places})"
    if skip_known:
        statement += " ON CONFLICT DO NOTHING"
    now = timezone.now()
    values = [_value_of(field, connection, now) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[value(row) for value in values] for row in rows])
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _value_of(field: "Field[Any, Any]", connection: BaseDatabaseWrapper, now: datetime) -> Value:
    """How to get what the database driver takes for `field` out of a row, with as few calls as it needs."""
    if isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add):
        return _stamp(field.attname, now, field.get_db_prep_save(now, connection))
    if type(field).pre_save is not Field.pre_save and not isinstance(field, models.DateField):
        return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)
    raw = attrgetter(field.attname)
    plain = field
    while isinstance(plain, models.ForeignKey):
        plain = plain.target_field
    if isinstance(plain, models.CharField | models.TextField):
        # A choice is a text, but drivers know nothing of enumerations.
        return lambda row: value if type(value := raw(row)) is str or value is None else str(value)
    if isinstance(plain, models.BooleanField | models.IntegerField) or (
        isinstance(plain, models.UUIDField) and connection.features.has_native_uuid_field
    ):
        return raw
    if isinstance(plain, models.UUIDField):
        return lambda row: value if (value := raw(row)) is None else value.hex
    return lambda row: value if (value := raw(row)) is None else plain.get_db_prep_save(value, connection)


def _stamp(name: str, now: datetime, prepared: Any) -> Value:
    """Rows of one statement were written at one moment, and say so themselves."""

    def stamp(row: Any) -> Any:
        setattr(row, name, now)
        return prepared

    return stamp
