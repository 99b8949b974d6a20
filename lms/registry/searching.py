"""Searching the register at its full size: names by any part of them, and lists whose end nobody counts.

One lookup serves every search by name. On PostgreSQL an index over a name's characters (migration 0019)
narrows it to the names that have all of the characters, however few are typed; SQLite reads through the names.
"""

from typing import Any

from django.core.paginator import Paginator
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup, Q
from django.db.models.functions import Lower
from django.db.models.lookups import IContains
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import cached_property

#: Entries of a list that are counted and can be paged to; of more it is only said that there are.
MOST_COUNTED = 10_000
#: The order of people lists, written so that the index on `sort_key` can't serve it. For a search the planner would
#: walk that index and filter, which is slow where all hits stand late: a family name is one stretch of the order.
FOUND_IN_ORDER = (Lower("sort_key"), "name", "pk")


@CharField.register_lookup
class HasText(Lookup[str]):
    """`name__has=text`: the text stands anywhere in it, whatever its case; wildcards stand for themselves."""

    lookup_name = "has"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        return compiler.compile(IContains(self.lhs, self.rhs))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        contains, values = self.as_sql(compiler, connection)
        name, own = self.process_lhs(compiler, connection)
        characters = f"string_to_array(upper({name}), NULL) @> string_to_array(upper(%s), NULL)"
        return f"({characters} AND {contains})", (*own, self.rhs, *values)


def named(text: str, column: str = "name") -> Q:
    """The condition that the name in `column` (of a person or an institution) contains `text`."""
    return Q(**{f"{column}__has": text})


def is_number(text: str) -> bool:
    """Whether `text` is looked for among numbers of certificates, from their beginning, and not among names.

    Names have no digits; and a search through both at once could use the index of neither.
    """
    return any(character.isdecimal() for character in text)


class CappedPaginator(Paginator[Any]):
    """Counts to MOST_COUNTED and no further: counting a million rows takes longer than showing a page of them."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @cached_property
    def capped(self) -> bool:
        """Whether there are more than `count`."""
        return self._counted > MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        return int(self.object_list.order_by().values("pk")[: MOST_COUNTED + 1].count())  # type: ignore[attr-defined]
