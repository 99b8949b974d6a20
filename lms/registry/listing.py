"""The register's list of people, quick at any size: for a whole country as for one district.

A region is given to the database as its parts' keys, of which it knows how many institutions each has; from a
prefix it can only guess, and goes the long way.
"""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.utils import timezone
from pypinyin import Style, pinyin

from lms.registry import access, searching
from lms.registry.models import Ban, Membership, Person, Post, PostState, Region
from lms.registry.naming import formerly
from lms.registry.searching import CappedPaginator, named

#: The order of people; an index has it, without the records that were merged into others.
IN_ORDER = ("sort_key", "name", "pk")
#: People up to whom it is quicker to fetch all and sort them than to walk the order of a million.
MOST_SORTED = 5_000


class People(CappedPaginator):
    """Pages of the people whom a bureau or the platform may see (as `access.people`) and a RegisterFilter lets through.

    A post or a state is that of a post held today in the region looked at; who left a post there holds none now.
    Records merged into others stand with those. Where more are found by name than are counted, those come first
    whose names begin with the text.
    """

    def __init__(self, by: Membership, chosen: dict[str, Any], per_page: int) -> None:
        super().__init__(Person.objects.filter(merged_into__isnull=True).order_by(*IN_ORDER), per_page)
        own = by.region if by.role in access.BUREAU else None
        self.reach = _parts(own)
        region = chosen.get("region")
        # Never outside one's own.
        narrower = region is not None and region.prefix.startswith(own.prefix if own else "")
        self.regions = _parts(region) if narrower and region != own else self.reach
        self.kind, self.state = chosen.get("kind") or "", chosen.get("state") or ""
        self.text = (chosen.get("q") or "").strip()
        self.former = formerly(self.text)

    @property
    def anywhere(self) -> bool:
        """Whether nothing is asked but perhaps a name."""
        return self.regions is None and not self.kind and not self.state

    # --- Gathered -------------------------------------------------------------------------------

    @property
    def keys(self) -> list[UUID]:
        return self._gathered[0]

    @cached_property
    def _gathered(self) -> tuple[list[UUID], bool]:
        """Keys, and whether they are all."""
        most = max(MOST_SORTED, searching.MOST_COUNTED) + 1
        people = self.rows.order_by()
        if self.text:
            # Of all records: asked for those that stand, the database walks their order, where namesakes lie together.
            namesakes = _first(Person.objects.filter(named(self.text)), "pk", most)
            if len(namesakes) < most:
                rows = people.filter(pk__in=namesakes | self.former)
                return list(rows.filter(self._condition()).values_list("pk", flat=True)), True
            if self.anywhere:
                return list(namesakes), False
            # To look for more than are counted in two large sets takes long, and to walk along names doesn't.
            most = searching.MOST_COUNTED + 1
        elif self.anywhere:
            found = _first(people, "pk", most)
            return list(found), len(found) < most
        found = set()
        for rows, person in self._sources():
            if len(found) < most:
                whose = named(self.text, "name" if person == "pk" else "person__name") if self.text else Q()
                # Somebody may have several posts, but few have.
                found |= _first(rows.filter(whose), person, most if person == "pk" else most * 3 // 2)
        if len(found) > searching.MOST_COUNTED:
            return list(found), len(found) < most
        # A record merged into another may have kept what both had.
        return list(people.filter(pk__in=found).values_list("pk", flat=True)), True

    def _sources(self) -> list[tuple["QuerySet[Any]", str]]:
        """Rows that say whom a region, a post or a state means, each with the name of its reference to the person."""
        if self.state == PostState.LEFT:
            return [(self._left().filter(_none(Post.objects.filter(now(), person=OuterRef("person")))), "person_id")]
        if self.kind or self.state or self.regions is None:
            return [(self._held(), "person_id")]
        return [
            (self._posts(), "person_id"),
            (Ban.objects.filter(region__in=self.regions), "person_id"),
            (Person.objects.filter(registered_in__in=self.regions), "pk"),
        ]

    def _posts(self) -> "QuerySet[Post]":
        return posts_in(self.regions)

    def _held(self) -> "QuerySet[Post]":
        chosen = {name: value for name, value in (("kind", self.kind), ("state", self.state)) if value}
        return self._posts().filter(now(), **chosen)

    def _left(self) -> "QuerySet[Post]":
        left = self._posts().filter(state=PostState.LEFT)
        return left.filter(kind=self.kind) if self.kind else left

    # --- Listed ---------------------------------------------------------------------------------

    def listed(self, start: int, end: int) -> list[Person]:
        keys, are_all = self._gathered
        if are_all:
            return list(self.rows.filter(pk__in=keys)[start:end])
        # Only keys, which the index of the order has: rows would be read for all passed over.
        keys = self._walked(start, end)
        places = {key: place for place, key in enumerate(keys)}
        return sorted(Person.objects.filter(pk__in=keys), key=lambda person: places[person.pk])

    def _walked(self, start: int, end: int) -> list[UUID]:
        keys = self.rows.filter(self._condition()).values_list("pk", flat=True)
        if not self.text:
            return list(keys[start:end])
        begins = {"name__startswith": self.text, "sort_key__gte": _first_reading(self.text)}
        first = keys.filter(**begins)
        found = list(first[start:end])
        if start + len(found) == end:
            return found
        begun = start + len(found) if found else first.count()
        # `icontains` and not `has`: for a text that so many bear, the index of the order is the better one.
        rest = keys.filter(Q(name__icontains=self.text) | Q(pk__in=self.former)).exclude(**begins)
        return [*found, *rest[max(0, start - begun) : end - begun]]

    def _condition(self) -> Q:
        """What the sources say, asked of one person after another."""
        hers = OuterRef("pk")
        if self.state == PostState.LEFT:
            held = Post.objects.filter(now(), person=hers)
            return ~Q(_none(self._left().filter(person=hers))) & Q(_none(held))
        if self.kind or self.state:
            return ~Q(_none(self._held().filter(person=hers)))
        known = Q()
        for rows, person in () if self.regions is None else self._sources():
            known |= Q(pk__in=rows.order_by().values(person))
        return known


def now() -> Q:
    """Posts held today."""
    today = timezone.localdate()
    return Q(started_on__lte=today) & (Q(ended_on__isnull=True) | Q(ended_on__gt=today))


def posts_in(regions: list[int] | None) -> "QuerySet[Post]":
    """Posts at institutions of these regions; all of them for None."""
    return Post.objects.all() if regions is None else Post.objects.filter(institution__region__in=regions)


def _parts(region: Region | None) -> list[int] | None:
    """The keys of a region and its parts; None for the whole country."""
    if region is None or not region.prefix:
        return None
    return list(Region.objects.within(region).order_by().values_list("pk", flat=True))


def _first(rows: "QuerySet[Any]", person: str, most: int) -> set[UUID]:
    """The people of the first rows that turn up."""
    return set(rows.order_by().values_list(person, flat=True)[:most])


def _none(posts: "QuerySet[Post]") -> IsNull:
    """There is none of `posts`, as a question put to one row after another.

    Asked whether one exists, the database puts the whole set together first, for fear of asking often; but a page
    is full soon.
    """
    return IsNull(Subquery(posts.order_by().values("person_id")[:1]), True)


def _first_reading(text: str) -> str:
    """Where in the order of people names that begin with `text` begin: its first character may be read in many ways."""
    readings = pinyin(text[0], style=Style.NORMAL, heteronym=True)
    return min((reading.lower() for reading in readings[0]), default="")
