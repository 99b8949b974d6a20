"""Reading a rating: every point, gate and veto of an institution from the facts as they stand (formula 6).

Nothing is written here; `rating` keeps what this finds. A few queries per call, whatever the number of
institutions, so that a page can always show the rating of this moment.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lms.registry.models import Filing, Institution
from reports import indicators, metrics, rules, vetoes
from reports.indicators import Reading
from reports.metrics import Staff
from reports.models import Grade, Indicator, IndicatorScore, Rating, RatingRound, RatingScheme, Veto, VetoFinding
from reports.rules import Gate, GradeLine, Outcome, VetoState
from reports.vetoes import Fact

PER_MILLE = 1000


@dataclass(frozen=True)
class Scheme:
    """A scheme with all that hangs on it, read once."""

    row: RatingScheme
    indicators: list[Indicator]
    grades: list[Grade]
    vetoes: list[Veto]

    @classmethod
    def of(cls, scheme: RatingScheme) -> "Scheme":
        return cls(scheme, list(scheme.indicators.all()), list(scheme.grades.all()), list(scheme.vetoes.all()))

    @property
    def gate_metric(self) -> str:
        """The rate the gates ask for: that of the scheme's own holding rate indicator, else the official one."""
        own = (indicator for indicator in self.indicators if indicator.source == "holding_rate")
        return next((indicator.parameters.get("metric", "") for indicator in own), "") or metrics.OFFICIAL


@dataclass(frozen=True)
class Standing:
    """One veto item at one institution: today's facts, and what people have said of them."""

    veto: Veto
    facts: list[Fact]
    state: VetoState
    finding: VetoFinding | None

    @property
    def in_force(self) -> bool:
        """Confirmed by two officers: here, or when they decided the ban behind it."""
        barred = any(vetoes.bars(fact) for fact in self.facts)
        return self.state is VetoState.CONFIRMED or (barred and self.state is not VetoState.DISMISSED)

    @property
    def undecided(self) -> bool:
        """People still owe a word on it."""
        return self.state in (VetoState.PROPOSED, VetoState.FIRST_CONFIRMED)


@dataclass(frozen=True)
class Appraisal:
    """The rating of one institution at this moment; `explanation` is what is frozen and hashed."""

    institution: Institution
    earned: Fraction
    grade: Grade | None
    outcome: Outcome
    standings: list[Standing]
    explanation: dict[str, Any]

    @property
    def points(self) -> Decimal:
        """Points truncated to one decimal, as they are shown."""
        return Decimal(tenths(self.earned))

    @property
    def vetoed(self) -> bool:
        return self.outcome is Outcome.VETOED

    @property
    def sha256(self) -> str:
        canonical = json.dumps(self.explanation, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def participants(round: RatingRound) -> "QuerySet[Institution]":
    """The institutions a round rates: all of its region that are not closed."""
    rows = Institution.objects.filter(region__prefix__startswith=round.region.prefix).exclude(filing=Filing.CLOSED)
    return rows.select_related("region").order_by("pk")


def appraise(round: RatingRound, institutions: Iterable[Institution]) -> list[Appraisal]:
    """The rating of each of these institutions, in their order."""
    sites = list(institutions)
    scheme = Scheme.of(round.scheme)
    staff = staff_of(round, sites)
    readings = _readings(scheme, staff)
    scores: dict[tuple[UUID, int], IndicatorScore] = {}
    for score in IndicatorScore.objects.filter(round=round, institution__in=sites).select_related("entered_by"):
        scores[score.institution_id, score.indicator_id] = score
    standings = veto_standings(round, scheme, sites, staff)
    return [_appraisal(round, scheme, site, readings, scores, standings[site.pk]) for site in sites]


def changed_by_bans(round: RatingRound, ratings: Iterable[Rating]) -> dict[UUID, Appraisal]:
    """The rating of this moment where a ban has come or gone since what is kept, so that pages show it at once.

    One query as long as no ban has; a closed round stays as it was closed.
    """
    kept = {rating.institution_id: rating for rating in ratings}
    if round.state != RatingRound.State.OPEN or not kept:
        return {}
    sites = [rating.institution for rating in kept.values()]
    now = vetoes.barred_on_post(staff_of(round, sites))
    changed = [site for site in sites if _keys(now.get(site.pk, ())) != _keys(_bars(kept[site.pk]))]
    return {row.institution.pk: row for row in appraise(round, changed)} if changed else {}


def _bars(rating: Rating) -> Iterable[Fact]:
    """The bans a kept rating knew of."""
    return (fact for veto in rating.explanation["vetoes"] for fact in veto["facts"] if vetoes.bars(fact))


def _keys(facts: Iterable[Fact]) -> frozenset[str]:
    return frozenset(fact["key"] for fact in facts)


def staff_of(round: RatingRound, sites: list[Institution]) -> Staff:
    """The staff of the round's day: of one institution, or of the whole region in one go."""
    if len(sites) == 1:
        return Staff(on=round.as_of, institution=sites[0])
    return Staff(on=round.as_of, region=round.region)


def veto_standings(
    round: RatingRound, scheme: Scheme, sites: list[Institution], staff: Staff
) -> dict[UUID, list[Standing]]:
    """Per institution the veto items that stand, wait, or were dismissed or have lapsed there."""
    found = {veto.pk: vetoes.SOURCES[veto.source](staff) for veto in scheme.vetoes if veto.source}
    rows = VetoFinding.objects.filter(round=round, institution__in=sites)
    findings = {
        (row.institution_id, row.veto_id): row for row in rows.select_related("first_by", "second_by", "dismissed_by")
    }
    standings: dict[UUID, list[Standing]] = {}
    for site in sites:
        standings[site.pk] = []
        for veto in scheme.vetoes:
            finding = findings.get((site.pk, veto.pk))
            looked_at: list[Fact] = finding.evidence["facts"] if finding else []
            facts = found[veto.pk].get(site.pk, []) if veto.source else looked_at
            if facts or finding:
                standings[site.pk].append(Standing(veto, facts, _state(finding, facts), finding))
    return standings


def _state(finding: VetoFinding | None, facts: list[Fact]) -> VetoState:
    return rules.veto_state(
        _keys(facts),
        decided_on=_keys(finding.evidence["facts"]) if finding else frozenset(),
        first=bool(finding and finding.first_by_id),
        second=bool(finding and finding.second_by_id),
        dismissed=bool(finding and finding.dismissed_by_id),
    )


def _readings(scheme: Scheme, staff: Staff) -> dict[str, dict[UUID, Reading]]:
    """Indicator code → what its source reads; the empty code is the rate that the gates ask for."""
    found = {
        indicator.code: indicators.SOURCES[indicator.source](staff, indicator.parameters)
        for indicator in scheme.indicators
        if indicator.source
    }
    own = next((indicator.code for indicator in scheme.indicators if indicator.source == "holding_rate"), None)
    gate = {"metric": scheme.gate_metric}
    found[""] = found[own] if own else indicators.holding_rate(staff, gate)
    return found


def _appraisal(
    round: RatingRound,
    scheme: Scheme,
    site: Institution,
    readings: dict[str, dict[UUID, Reading]],
    scores: dict[tuple[UUID, int], IndicatorScore],
    standings: list[Standing],
) -> Appraisal:
    parts = [
        _automatic(indicator, readings[indicator.code].get(site.pk))
        if indicator.source
        else _entered(indicator, scores.get((site.pk, indicator.pk)))
        for indicator in scheme.indicators
    ]
    earned = sum((Fraction(part["exact"]) for part in parts), Fraction(0))
    possible = sum((Fraction(part["possible"]) for part in parts if part["state"] != "left_out"), Fraction(0))
    rate = readings[""].get(site.pk)
    gates = [_gate(grade, earned, possible, rate) for grade in scheme.grades]
    place = rules.best(gates)
    outcome = rules.outcome(
        vetoed=any(standing.in_force for standing in standings),
        undecided=any(standing.undecided for standing in standings),
        incomplete=any(part["state"] == "missing" for part in parts),
        grade=place,
    )
    grade = scheme.grades[place] if outcome is Outcome.GRADED and place is not None else None
    explanation = {
        "round": round.code,
        "as_of": round.as_of.isoformat(),
        "scheme": {
            "code": scheme.row.code,
            "name": scheme.row.name,
            "version": scheme.row.version,
            "status": scheme.row.status,
            "source": scheme.row.source,
        },
        "institution": {"id": str(site.pk), "uscc": site.uscc, "name": site.name, "region": site.region.code},
        "indicators": parts,
        "points": tenths(earned),
        "exact": str(earned),
        "possible": tenths(possible),
        "rate": _rate(scheme.gate_metric, rate),
        "gates": [_explained(grade, gate) for grade, gate in zip(scheme.grades, gates, strict=True)],
        "vetoes": [_veto(standing) for standing in standings if standing.state is not VetoState.WITHDRAWN],
        "outcome": outcome.value,
        "grade": grade.name if grade else None,
    }
    return Appraisal(site, earned, grade, outcome, standings, explanation)


def _part(indicator: Indicator) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "domain": indicator.domain,
        "name": indicator.name,
        "possible": tenths(Fraction(indicator.points)),
        "source": indicator.source,
        "state": "counted",
        "exact": "0",
        "points": "0",
    }


def _automatic(indicator: Indicator, reading: Reading | None) -> dict[str, Any]:
    """S·clamp((r − r0)/(r1 − r0), 0, 1). Over nobody: no points, or left out where the scheme says so."""
    reading = reading or Reading(0, 0, "", [])
    low, high = Fraction(indicator.parameters["r0"]), Fraction(indicator.parameters["r1"])
    part = _part(indicator) | {
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "shown": rules.shown(reading.numerator, reading.denominator),
        "r0": indicator.parameters["r0"],
        "r1": indicator.parameters["r1"],
        "rule_version": reading.rule_version,
        "people": reading.people,
    }
    if reading.denominator:
        rate = Fraction(reading.numerator, reading.denominator)
        points = Fraction(indicator.points) * rules.clamped(rate, low, high)
        return part | {"exact": str(points), "points": tenths(points)}
    left_out = indicator.parameters.get("without_standard") == "leave_out"
    return part | {"state": "left_out" if left_out else "nobody"}


def _entered(indicator: Indicator, score: IndicatorScore | None) -> dict[str, Any]:
    """What an officer gave, or nothing yet."""
    if score is None:
        return _part(indicator) | {"state": "missing"}
    points = Fraction(score.points)
    return _part(indicator) | {
        "exact": str(points),
        "points": tenths(points),
        "note": score.note,
        "by": score.entered_by.get_full_name(),
    }


def _gate(grade: Grade, earned: Fraction, possible: Fraction, rate: Reading | None) -> Gate:
    line = GradeLine(Fraction(grade.least_points, PER_MILLE), Fraction(grade.least_rate, PER_MILLE))
    held = Fraction(rate.numerator, rate.denominator) if rate and rate.denominator else None
    return rules.gate(line, earned=earned, possible=possible, rate=held)


def _explained(grade: Grade, gate: Gate) -> dict[str, Any]:
    return {
        "grade": grade.name,
        "least_points": rules.percent(Fraction(grade.least_points, PER_MILLE)),
        "least_rate": rules.percent(Fraction(grade.least_rate, PER_MILLE)),
        "points_met": gate.points_met,
        "rate_met": gate.rate_met,
        "passed": gate.passed,
    }


def _rate(metric: str, reading: Reading | None) -> dict[str, Any]:
    numerator, denominator = (reading.numerator, reading.denominator) if reading else (0, 0)
    return {
        "metric": metric,
        "numerator": numerator,
        "denominator": denominator,
        "shown": rules.shown(numerator, denominator),
    }


def _veto(standing: Standing) -> dict[str, Any]:
    finding = standing.finding
    return {
        "code": standing.veto.code,
        "name": standing.veto.name,
        "state": standing.state.value,
        "in_force": standing.in_force,
        "facts": standing.facts,
        "reason": finding.dismissal_reason if finding and standing.state is VetoState.DISMISSED else "",
    }


def tenths(points: Fraction) -> str:
    """Points truncated to one decimal: 50/3 → "16.6", 20 → "20"."""
    whole, tenth = divmod(points * 10 // 1, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)
