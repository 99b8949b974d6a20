"""How the training year of everybody on post stands and will end, read in a few queries for any number of people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certification.models import Assessment, YearKind
from certification.rules import SCHOOL, Span, covers, year_span
from courses.models import Bucket, Enrollment, EnrollmentState
from courses.suggesting import minutes_of, sessions_ahead
from lms.registry.models import Post, PostKind
from reports.metrics.figures import Hours
from reports.rules import Pace, Prospect, prospect

ONE = timedelta(days=1)


class Ending(models.TextChoices):
    """How somebody's training year will end, in words."""

    REACHED = Prospect.REACHED.value, _("Reached")
    ON_COURSE = Prospect.ON_COURSE.value, _("On course")
    WILL_MISS = Prospect.WILL_MISS.value, _("Will miss it")


class Place(NamedTuple):
    """Where somebody is on post: of several posts in the scope the one begun last."""

    post_id: UUID
    person_id: UUID
    name: str
    kind: str
    institution_id: UUID
    institution: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """One person's training year today."""

    place: Place
    year: Span
    paces: Mapping[str, Pace]
    reached: bool
    #: Minutes in a lesson hour where she is assessed.
    lesson_minutes: int

    @property
    def prospect(self) -> Prospect:
        return prospect(self.reached, self.paces.values())

    @property
    def skill(self) -> Pace:
        return self.paces[Bucket.SKILL]

    @property
    def ethics(self) -> Pace:
        return self.paces[Bucket.ETHICS]

    @property
    def post_label(self) -> str | Promise:
        return PostKind(self.place.kind).label

    @property
    def hours(self) -> Hours:
        """What is missing, in words of lesson hours."""
        return Hours(
            self.skill.required, self.ethics.required, self.skill.earned, self.ethics.earned, self.lesson_minutes
        )

    @property
    def missing(self) -> int:
        """Minutes, over both buckets."""
        return sum(pace.missing for pace in self.paces.values())

    @property
    def lacking(self) -> list[str]:
        """The buckets in which something is missing that no session ahead covers."""
        return [bucket for bucket, pace in self.paces.items() if pace.unbooked]


class Outlooks:
    """Everybody on post on `on` in the posts that `where` lets through, of whom hours are asked in that year.

    A person counts once. Who is asked for nothing, or has not been assessed yet, is left out.
    """

    def __init__(self, where: Q, *, on: date | None = None) -> None:
        self.on = on or timezone.localdate()
        self.posts = Post.objects.on(self.on).filter(where)

    @cached_property
    def rows(self) -> list[Outlook]:
        """By name."""
        found = []
        for person, place in self._places.items():
            if (row := self._years.get(person)) is not None:
                found.append(self._outlook(place, *row))
        return found

    @cached_property
    def _places(self) -> dict[UUID, Place]:
        rows = self.posts.order_by("person__sort_key", "person_id", "started_on", "pk").values_list(
            *("pk", "person_id", "person__name", "kind"),
            *("institution_id", "institution__name", "institution__region__prefix"),
        )
        # Of several posts the last one stands; the place in the order is that of the name all the same.
        return {place.person_id: place for place in (Place(*row) for row in rows)}

    @cached_property
    def _years(self) -> dict[UUID, tuple[Any, ...]]:
        """Person → (year, kind of year, spells, required, earned, reached, lesson minutes)."""
        school = self.on.year if covers(year_span(self.on.year, SCHOOL), self.on) else self.on.year - 1
        now = Q(year=self.on.year, standard__year_kind=YearKind.CALENDAR)
        now |= Q(year=school, standard__year_kind=YearKind.SCHOOL)
        asked = Q(required_skill__gt=0) | Q(required_ethics__gt=0)
        people = self.posts.order_by().values("person_id")
        rows = (
            Assessment.objects.filter(now & asked, person__in=people)
            .order_by("year")
            .values_list(
                *("person_id", "year", "standard__year_kind", "explanation__spells"),
                *("required_skill", "required_ethics", "earned_skill", "earned_ethics"),
                *("reached", "standard__lesson_minutes"),
            )
        )
        return {person: row for person, *row in rows}

    def _outlook(
        self,
        place: Place,
        year: int,
        kind: str,
        spells: list[dict[str, str]],
        *values: Any,
    ) -> Outlook:
        required_skill, required_ethics, earned_skill, earned_ethics, reached, lesson_minutes = values
        span = year_span(year, kind)
        so_far, left = days_of(spells, self.on)
        booked = self._booked(place.person_id, span)
        paces = {
            Bucket.SKILL.value: Pace(required_skill, earned_skill, booked.get(Bucket.SKILL, 0), so_far, left),
            Bucket.ETHICS.value: Pace(required_ethics, earned_ethics, booked.get(Bucket.ETHICS, 0), so_far, left),
        }
        return Outlook(place, span, paces, reached, lesson_minutes)

    def _booked(self, person: UUID, year: Span) -> Mapping[str, int]:
        """Minutes of the sessions ahead she is enrolled in, per bucket, within her year."""
        total: dict[str, int] = defaultdict(int)
        for run in self._enrolled.get(person, ()):
            for day, minutes in self._ahead[run]:
                if covers(year, day):
                    for bucket, share in minutes.items():
                        total[bucket] += share
        return total

    @cached_property
    def _enrolled(self) -> dict[UUID, list[UUID]]:
        """Person → the runs with sessions ahead that she has a place in."""
        found: dict[UUID, list[UUID]] = defaultdict(list)
        rows = Enrollment.objects.filter(run__in=list(self._ahead), state=EnrollmentState.ENROLLED)
        people = self.posts.order_by().values("person_id")
        for person, run in rows.filter(person__in=people).order_by().values_list("person_id", "run_id"):
            found[person].append(run)
        return found

    @cached_property
    def _ahead(self) -> dict[UUID, list[tuple[date, dict[str, int]]]]:
        """Run → day and minutes per bucket of each of its sessions ahead, of runs somebody here is enrolled in."""
        people = self.posts.order_by().values("person_id")
        rows = sessions_ahead().filter(
            run__in=Enrollment.objects.filter(person__in=people, state=EnrollmentState.ENROLLED).values("run_id")
        )
        found: dict[UUID, list[tuple[date, dict[str, int]]]] = defaultdict(list)
        for session in rows.prefetch_related("shares").order_by("starts_at"):
            found[session.run_id].append((timezone.localdate(session.starts_at), minutes_of(session)))
        return dict(found)


def days_of(spells: Iterable[Mapping[str, Any]], on: date) -> tuple[int, int]:
    """Days of an assessment's spells up to `on`, and those after it."""
    so_far, every = 0, 0
    for spell in spells or ():
        first, last = date.fromisoformat(spell["from"]), date.fromisoformat(spell["until"])
        so_far += max(0, (min(last, on) - first + ONE).days)
        every += (last - first + ONE).days
    return so_far, every - so_far
