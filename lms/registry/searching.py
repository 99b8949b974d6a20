"""Searching the register at its full size: names by any part of them, and lists whose end nobody counts.

One lookup serves every search by name. On PostgreSQL an index over a name's characters (migration 0019)
narrows it to the names that have all of the characters, however few are typed; SQLite reads through the names.
"""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup, Q, QuerySet
from django.db.models.lookups import IContains
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import cached_property

#: Entries of a list that are counted and can be paged to; of more it is only said that there are. Whoever has a
#: thousand before her narrows the search.
MOST_COUNTED = 1_000


@CharField.register_lookup
class HasText(Lookup[str]):
    """`name__has=text`: the text stands anywhere in it, whatever its case; wildcards stand for themselves."""

    lookup_name = "has"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        return compiler.compile(IContains(self.lhs, self.rhs))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        name, own = self.process_lhs(compiler, connection)
        characters = f"string_to_array(upper({name}), NULL) @> string_to_array(upper(%s), NULL)"
        # Not LIKE, of which the planner thinks that one name in twenty-five is left by it.
        return f"({characters} AND strpos(upper({name}), upper(%s)) > 0)", (*own, self.rhs, *own, self.rhs)


def named(text: str, column: str = "name") -> Q:
    """The condition that the name in `column` (of a person or an institution) contains `text`."""
    return Q(**{f"{column}__has": text})


def is_number(text: str) -> bool:
    """Whether `text` is looked for among numbers of certificates, from their beginning, and not among names.

    Names have no digits; and a search through both at once could use the index of neither.
    """
    return any(character.isdecimal() for character in text)


class CappedPaginator(Paginator[Any]):
    """Counts to MOST_COUNTED and no further: counting a million rows takes longer than showing a page of them.

    Their keys are gathered in no order, by whatever leads to them soonest. Few are then fetched and sorted; of many
    the order is walked until the page is full. Asked for both at once, the database may walk a million rows to find
    a few, or sort a million to show the first. `of_many` is the order for many, where it is another: one that an
    index has.
    """

    def __init__(self, rows: Any, per_page: int, of_many: tuple[str, ...] = ()) -> None:
        super().__init__(rows, per_page)
        self.of_many = of_many

    @cached_property
    def count(self) -> int:
        return min(len(self.keys), MOST_COUNTED)

    @property
    def capped(self) -> bool:
        """Whether there are more than `count`."""
        return len(self.keys) > MOST_COUNTED

    @cached_property
    def keys(self) -> list[Any]:
        """The keys of all, or of one more than are counted."""
        return list(self.rows.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])

    @property
    def rows(self) -> "QuerySet[Any]":
        assert isinstance(self.object_list, QuerySet)
        return self.object_list

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        return Page(self.listed(start, end), number, self)

    def listed(self, start: int, end: int) -> Any:
        """Those from `start` to before `end`, in order."""
        if not self.capped:
            return self.rows.filter(pk__in=self.keys)[start:end]
        return (self.rows.order_by(*self.of_many) if self.of_many else self.rows)[start:end]
