"""The monitor of classes (班型): which class is short of whom on which day, and which holds too many children.

Read once for a span of days, from the facts as they stand: duties count while they, the post and the class
do; who is on leave, suspended or barred is not there. A person in several classes counts in each by her
share. Days ahead show planned leave; leave that stands is expected to end on the day it names.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certification.models import ClassNorm
from certification.policies import ClassNorms
from lms.registry.models import (
    Ban,
    ClassCount,
    ClassDuty,
    ClassGroup,
    ClassType,
    Institution,
    Leave,
    LeaveKind,
    PostKind,
    PostState,
    Region,
)
from reports import rules
from reports.metrics import scope_of

AWAY = (PostState.LEAVE, PostState.SUSPENDED)


class Spell(NamedTuple):
    """Days away: open while `ended_on` is None, expected to end after `expected_until`."""

    kind: str
    started_on: date
    expected_until: date | None
    ended_on: date | None

    def covers(self, day: date, today: date) -> bool:
        if self.started_on > day:
            return False
        if self.ended_on is not None:
            return day < self.ended_on
        # Somebody who should be back and isn't stays away until somebody says otherwise.
        return self.expected_until is None or day <= max(self.expected_until, today)


class Duty(NamedTuple):
    """A post's service in a class, with what decides whether she is there."""

    pk: int
    group_id: UUID
    started_on: date
    ended_on: date | None
    post_id: UUID
    person_id: UUID
    name: str
    kind: str
    state: str
    post_ended_on: date | None
    barred_since: date | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who serves in a class on a day: her share of it, 0 and why where she isn't counted."""

    duty: Duty
    share: Fraction
    why: str | Promise = ""

    @property
    def post_label(self) -> str | Promise:
        return PostKind(self.duty.kind).label


@dataclass(frozen=True, slots=True)
class ClassDay:
    """One class on one day."""

    group: ClassGroup
    norm: ClassNorm | None
    #: None: nobody has counted yet.
    children: int | None
    members: list[Member]

    @property
    def present(self) -> Fraction:
        """Staff that counts, in whole people and shares."""
        return sum((member.share for member in self.members), Fraction(0))

    @property
    def needed(self) -> int:
        """Staff that the norm asks for; 0 where no norm speaks of the type of class."""
        return rules.staff_needed(self.children or 0, self.norm.children_per_staff) if self.norm else 0

    @property
    def short(self) -> int:
        return rules.staff_short(self.needed, self.present)

    @property
    def over(self) -> int:
        """Children more than the class may have."""
        return max(0, (self.children or 0) - self.norm.max_children) if self.norm else 0

    @property
    def breach(self) -> bool:
        return bool(self.short or self.over)

    @property
    def state(self) -> str:
        """breach | uncounted | no_norm | good."""
        if self.norm is None:
            return "no_norm"
        if self.children is None:
            return "uncounted"
        return "breach" if self.breach else "good"


class Staffing:
    """Classes, children, duties and leave of a region or an institution from `first` to `last`."""

    def __init__(
        self,
        *,
        first: date,
        last: date | None = None,
        region: Region | None = None,
        institution: Institution | None = None,
    ) -> None:
        self.first, self.last = first, last or first
        self.region, self.institution = region, institution
        self.today = timezone.localdate()

    def on(self, day: date) -> list[ClassDay]:
        """Every class open on `day`, by institution, type and name."""
        open_groups = [
            group
            for group in self.groups
            if group.opened_on <= day and (group.closed_on is None or group.closed_on > day)
        ]
        serving: dict[UUID, list[Duty]] = defaultdict(list)
        for group in open_groups:
            serving[group.pk] = [duty for duty in self.duties.get(group.pk, ()) if _holds(duty, day)]
        classes = Counter(duty.post_id for duties in serving.values() for duty in duties)
        return [self._day(group, serving[group.pk], classes, day) for group in open_groups]

    def breaches(self, days: Iterable[date]) -> dict[date, int]:
        """How many classes are short of staff or too large on each of `days`."""
        return {day: sum(row.breach for row in self.on(day)) for day in days}

    def _day(self, group: ClassGroup, duties: list[Duty], classes: Counter[UUID], day: date) -> ClassDay:
        norm = self._norms.at(group.institution.region.prefix, day).get(group.kind)
        members = []
        for duty in duties:
            why = self._why_not(duty, norm, day)
            members.append(Member(duty, Fraction(0) if why else Fraction(1, classes[duty.post_id]), why))
        counted = [children for since, children in self._counts.get(group.pk, ()) if since <= day]
        return ClassDay(group, norm, counted[-1] if counted else None, members)

    def _why_not(self, duty: Duty, norm: ClassNorm | None, day: date) -> str | Promise:
        if duty.barred_since is not None and duty.barred_since <= day:
            return _("Barred")
        spells = self._leaves.get(duty.post_id, [])
        for spell in spells:
            if spell.covers(day, self.today):
                return LeaveKind(spell.kind).label
        # A state that no leave explains was told by a list: it holds from today on.
        if not spells and duty.state in AWAY and day >= self.today:
            return PostState(duty.state).label
        if norm is not None and duty.kind not in norm.posts:
            return _("This post does not count as care")
        return ""

    @cached_property
    def groups(self) -> list[ClassGroup]:
        rows = ClassGroup.objects.filter(scope_of(self.region, self.institution, "institution__"))
        rows = rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=self.first), opened_on__lte=self.last)
        youngest = ClassType.values.index
        found = rows.select_related("institution__region")
        return sorted(found, key=lambda row: (row.institution.name, row.institution_id, youngest(row.kind), row.name))

    @cached_property
    def duties(self) -> dict[UUID, list[Duty]]:
        """Class → who serves there on any of the days, by name."""
        barred = Ban.objects.standing().filter(person=OuterRef("post__person"))
        rows = ClassDuty.objects.filter(scope_of(self.region, self.institution, "group__institution__"))
        rows = rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=self.first), started_on__lte=self.last)
        rows = rows.annotate(barred=Exists(barred)).order_by("post__person__sort_key", "post_id", "pk")
        found: dict[UUID, list[Duty]] = defaultdict(list)
        columns = (
            *("pk", "group_id", "started_on", "ended_on", "post_id", "post__person_id", "post__person__name"),
            *("post__kind", "post__state", "post__ended_on", "barred"),
        )
        listed = list(rows.values_list(*columns))
        since = self._barred_since({row[5] for row in listed if row[-1]})
        for row in listed:
            duty = Duty._make((*row[:-1], since.get(row[5])))
            found[duty.group_id].append(duty)
        return found

    @staticmethod
    def _barred_since(people: set[UUID]) -> dict[UUID, date]:
        if not people:
            return {}
        bans = Ban.objects.standing().filter(person__in=people).values_list("person_id", "confirmed_at")
        return {person: timezone.localdate(at) for person, at in bans if at}

    @cached_property
    def _counts(self) -> dict[UUID, list[tuple[date, int]]]:
        """Class → (since, children), in order."""
        rows = ClassCount.objects.filter(scope_of(self.region, self.institution, "group__institution__"))
        found: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
        for group, since, children in (
            rows.filter(since__lte=self.last).order_by("since").values_list("group_id", "since", "children")
        ):
            found[group].append((since, children))
        return found

    @cached_property
    def _leaves(self) -> dict[UUID, list[Spell]]:
        rows = Leave.objects.filter(scope_of(self.region, self.institution, "post__institution__"))
        rows = rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=self.first), started_on__lte=self.last)
        found: dict[UUID, list[Spell]] = defaultdict(list)
        for post, *values in rows.values_list("post_id", *Spell._fields):
            found[post].append(Spell(*values))
        return found

    @cached_property
    def _norms(self) -> ClassNorms:
        return ClassNorms({group.institution.region.prefix for group in self.groups})


def _holds(duty: Duty, day: date) -> bool:
    ends = [end for end in (duty.ended_on, duty.post_ended_on) if end is not None]
    return duty.started_on <= day and all(day < end for end in ends)
