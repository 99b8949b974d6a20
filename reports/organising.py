"""Duties of the organiser: what is owed a year, what was done for it, with evidence, and where it is overdue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from courses.models import CourseRun, RunState
from lms.registry import access as registry
from lms.registry import auditing, keeping
from lms.registry.models import Filing, Institution, Membership, Purpose, Region, Role
from reports import rules
from reports.errors import refuse
from reports.models import Duty, DutyAct
from reports.rules import DutyState

WORDS = {
    DutyState.REACHED: pgettext_lazy("duty", "Done for the year"),
    DutyState.OVERDUE: pgettext_lazy("duty", "Overdue"),
    DutyState.ON_COURSE: pgettext_lazy("duty", "On course"),
}
#: States of an institution that owes its duties.
WORKING = (Filing.PENDING, Filing.FILED)


@dataclass(frozen=True)
class Counter:
    """How often a duty was done, must have been done by now, and must be done in the whole year."""

    duty: Duty
    done: int
    due: int

    @property
    def state(self) -> DutyState:
        return rules.duty_state(self.duty.times, self.done, self.due)

    @property
    def word(self) -> str:
        return str(WORDS[self.state])


@dataclass(frozen=True)
class Site:
    """A duty at one institution."""

    institution: Institution
    counter: Counter


@dataclass(frozen=True)
class Line:
    """A duty in a region: its own counter, or how many of its institutions stand how."""

    duty: Duty
    counter: Counter | None
    sites: int = 0
    reached: int = 0
    overdue: int = 0

    @property
    def state(self) -> DutyState:
        if self.counter is not None:
            return self.counter.state
        if self.overdue:
            return DutyState.OVERDUE
        return DutyState.REACHED if self.sites and self.reached == self.sites else DutyState.ON_COURSE

    @property
    def word(self) -> str:
        return str(WORDS[self.state])


def duties(region: Region, year: int) -> "QuerySet[Duty]":
    """Published duties of `year` in `region`: those below it, its own, and what every institution there owes."""
    above = Q(per=Duty.Per.INSTITUTION, region__prefix__in=region.lineage)
    rows = Duty.objects.filter(Q(region__prefix__startswith=region.prefix) | above, published_at__isnull=False)
    in_force = Q(year_to__isnull=True) | Q(year_to__gte=year)
    return rows.filter(in_force, year_from__lte=year).select_related("region").order_by("region__code", "code")


def standing_acts() -> "QuerySet[DutyAct]":
    """Acts that nobody has taken back."""
    return DutyAct.objects.filter(takes_back__isnull=True, taken_back_by__isnull=True)


def board(region: Region, year: int) -> list[Line]:
    """Every duty of a region in a year, with a constant number of queries."""
    rows = list(duties(region, year))
    done = _done(rows, year)
    places = list(_institutions(region)) if any(duty.per == Duty.Per.INSTITUTION for duty in rows) else []
    return [_line(duty, year, done, places) for duty in rows]


def sites(duty: Duty, region: Region, year: int) -> list[Site]:
    """The institutions of `region` that owe this duty, those overdue first, then by name."""
    done = _done([duty], year)
    due = _due(duty, year)
    found = [
        Site(place, Counter(duty, done.get((duty.pk, place.pk), 0), due))
        for place in _owing(duty, _institutions(region))
    ]
    order = (DutyState.OVERDUE, DutyState.ON_COURSE, DutyState.REACHED)
    return sorted(found, key=lambda site: (order.index(site.counter.state), site.institution.name))


def counters_of(institution: Institution, year: int) -> list[Counter]:
    """What one institution owes in a year and has done."""
    rows = list(duties(institution.region, year).filter(per=Duty.Per.INSTITUTION))
    done = _done(rows, year)
    return [Counter(duty, done.get((duty.pk, institution.pk), 0), _due(duty, year)) for duty in rows]


def acts_of(duty: Duty, year: int, institution: Institution | None = None) -> "QuerySet[DutyAct]":
    """What was recorded for a duty in a year, taken back or not; of one institution when given."""
    rows = DutyAct.objects.filter(duty=duty, year=year, takes_back__isnull=True)
    rows = rows.filter(institution=institution) if institution else rows
    return rows.select_related("institution", "run", "recorded_by", "taken_back_by__recorded_by", "evidence")


def runs_for(duty: Duty, year: int) -> "QuerySet[CourseRun]":
    """Runs held in the duty's region in `year` that could be evidence for it and are not yet."""
    used = standing_acts().filter(duty=duty, run__isnull=False).values("run_id")
    held = CourseRun.objects.filter(state=RunState.FINISHED, region__prefix__startswith=duty.region.prefix)
    held = held.filter(sessions__starts_at__year=year).exclude(pk__in=used).select_related("centre").distinct()
    there = Count("sessions__attendances__person", filter=Q(sessions__attendances__minutes__gt=0), distinct=True)
    return held.annotate(there=there).order_by("-created_at")


@transaction.atomic
def record_act(
    *,
    by: Membership,
    duty: Duty,
    on: date,
    title: str,
    organiser: str,
    headcount: int,
    audience: str = "",
    institution: Institution | None = None,
    run: CourseRun | None = None,
    evidence: UploadedFile | None = None,
) -> DutyAct:
    """Count one time a duty was done. Proof is a document, or a run held here.

    Codes: not_allowed, duty_place (an institution is missing, or not one that owes it), day_ahead, duty_year (the
    duty isn't owed in that year), audience_unknown, proof_missing, run_used (the run counts for it already), file_type.
    """
    _allow(by, duty, institution)
    if on > timezone.localdate():
        raise refuse("day_ahead")
    if on.year < duty.year_from or (duty.year_to is not None and on.year > duty.year_to):
        raise refuse("duty_year")
    if audience and audience not in duty.audiences:
        raise refuse("audience_unknown")
    if run is None and evidence is None:
        raise refuse("proof_missing")
    # The duty's row is the lock: of two who record the same run one is told.
    Duty.objects.select_for_update(no_key=True).get(pk=duty.pk)
    if run is not None and standing_acts().filter(duty=duty, run=run, institution=institution).exists():
        raise refuse("run_used")
    kept = keeping.keep_document(evidence, purpose=Purpose.EVIDENCE, owner=by.user) if evidence else None
    act = DutyAct.objects.create(
        duty=duty,
        institution=institution,
        on=on,
        year=on.year,
        audience=audience,
        title=title.strip(),
        organiser=organiser.strip(),
        headcount=headcount,
        run=run,
        evidence=kept,
        recorded_by=by.user,
    )
    auditing.record(by, "duty.record", act, after=_words(act))
    return act


@transaction.atomic
def take_back(*, by: Membership, act: DutyAct, reason: str) -> DutyAct:
    """Take back what was recorded by mistake; it stays readable with the reason.

    Codes: reason_missing, not_allowed, act_taken_back.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    _allow(by, act.duty, act.institution)
    Duty.objects.select_for_update(no_key=True).get(pk=act.duty_id)
    if not standing_acts().filter(pk=act.pk).exists():
        raise refuse("act_taken_back")
    row = DutyAct.objects.create(
        duty=act.duty,
        institution=act.institution,
        on=act.on,
        year=act.year,
        title=act.title,
        organiser=act.organiser,
        headcount=0,
        takes_back=act,
        reason=reason.strip(),
        recorded_by=by.user,
    )
    auditing.record(by, "duty.take_back", act, after={"reason": row.reason})
    return row


def counter(duty: Duty, year: int, done: int) -> Counter:
    """The counter of a duty done so often in a year, as of today."""
    return Counter(duty, done, _due(duty, year))


def _allow(by: Membership, duty: Duty, institution: Institution | None) -> None:
    """An officer for her region, a manager for what her own institution owes."""
    if (institution is None) != (duty.per == Duty.Per.REGION):
        raise refuse("duty_place")
    if institution is None:
        if by.role != Role.BUREAU_OFFICER or not by.region or not duty.region.prefix.startswith(by.region.prefix):
            raise refuse("not_allowed")
        return
    if by.role not in (Role.BUREAU_OFFICER, Role.INSTITUTION_MANAGER):
        raise refuse("not_allowed")
    if not registry.institutions(by).filter(pk=institution.pk).exists():
        raise refuse("not_allowed")
    if duty.region.prefix not in institution.region.lineage:
        raise refuse("duty_place")


def _line(duty: Duty, year: int, done: dict[tuple[UUID, UUID | None], int], places: list[Institution]) -> Line:
    due = _due(duty, year)
    if duty.per == Duty.Per.REGION:
        return Line(duty, Counter(duty, done.get((duty.pk, None), 0), due))
    states = [Counter(duty, done.get((duty.pk, place.pk), 0), due).state for place in _owing(duty, places)]
    return Line(duty, None, len(states), states.count(DutyState.REACHED), states.count(DutyState.OVERDUE))


def _done(rows: Iterable[Duty], year: int) -> dict[tuple[UUID, UUID | None], int]:
    """(duty, institution or None) → how often it was done."""
    counted = standing_acts().filter(duty__in=list(rows), year=year).order_by()
    return {
        (duty, place): number
        for duty, place, number in counted.values_list("duty_id", "institution_id").annotate(number=Count("pk"))
    }


def _due(duty: Duty, year: int) -> int:
    return rules.duty_due(duty.times, rules.months_passed(year, timezone.localdate()))


def _institutions(region: Region) -> "QuerySet[Institution]":
    rows = Institution.objects.filter(region__prefix__startswith=region.prefix, filing__in=WORKING)
    return rows.select_related("region").order_by("name", "uscc")


def _owing(duty: Duty, places: Iterable[Institution]) -> list[Institution]:
    return [place for place in places if place.region.prefix.startswith(duty.region.prefix)]


def _words(act: DutyAct) -> dict[str, object]:
    return {
        "duty": act.duty.code,
        "institution": str(act.institution_id) if act.institution_id else None,
        "on": act.on.isoformat(),
        "title": act.title,
        "headcount": act.headcount,
        "run": act.run.code if act.run else None,
    }
