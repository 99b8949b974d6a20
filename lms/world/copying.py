"""Writing rows by the ten thousand, past the ORM but not past the database.

On PostgreSQL by COPY, on SQLite by one prepared statement. Constraints and guards judge every row as always.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

Row = Sequence[Any]


class Table:
    """The columns of one model: `names` are given with each row, the others take the model's own defaults."""

    def __init__(self, model: type[models.Model], names: str, *, now: datetime) -> None:
        self.model = model
        given = names.split()
        fields = {field.attname: field for field in model._meta.concrete_fields}
        others = [name for name, field in fields.items() if name not in given and not _made_below(field)]
        self.fields: list[models.Field[Any, Any]] = [fields[name] for name in (*given, *others)]
        self.rest = tuple(_default(fields[name], now) for name in others)

    def write(self, rows: Iterable[Row]) -> int:
        """Insert `rows`, each with the values of `names` in their order; how many there were."""
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in self.fields)
        table = connection.ops.quote_name(self.model._meta.db_table)
        count = 0
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Django turns the driver's errors into its own for every call but this one.
                with (
                    connection.wrap_database_errors,
                    cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
                ):
                    for row in rows:
                        copy.write_row([Jsonb(value) if type(value) is list else value for value in (*row, *self.rest)])
                        count += 1
            else:
                convert = [_converter(field) for field in self.fields]
                whole = [
                    [change(value) for change, value in zip(convert, (*row, *self.rest), strict=True)] for row in rows
                ]
                places = ", ".join(["%s"] * len(self.fields))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", whole)
                count = len(whole)
        return count


def _made_below(field: "models.Field[Any, Any]") -> bool:
    """Whether the database makes the value: keys that it counts."""
    return isinstance(field, models.AutoField)


def _default(field: "models.Field[Any, Any]", now: datetime) -> Any:
    """What the ORM would write where nothing is said."""
    if isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add):
        return now
    return field.get_default()


def _converter(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)
