"""Automatic sources of rating indicators: one function per source, named by `Indicator.source`.

Each takes the staff of a region or an institution on a day, and gives per institution a rate and everybody
behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reports import metrics
from reports.metrics import HoldingRate, Line, Staff


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source found at one institution. `people` can be kept as JSON and holds no document numbers."""

    numerator: int
    denominator: int
    rule_version: str
    people: list[dict[str, Any]]


Source = Callable[[Staff, dict[str, Any]], dict[UUID, Reading]]


def holding_rate(staff: Staff, parameters: dict[str, Any]) -> dict[UUID, Reading]:
    """The holding rate of `parameters["metric"]` (N2/D2 unless it says otherwise) per institution."""
    return _readings(metrics.holding_of(staff, parameters.get("metric", metrics.OFFICIAL)))


def hours_reached(staff: Staff, parameters: dict[str, Any]) -> dict[UUID, Reading]:
    """The share of staff who reached the yearly hours; a denominator of 0 where no standard asks for any."""
    return _readings(metrics.hours_of(staff))


SOURCES: dict[str, Source] = {"holding_rate": holding_rate, "hours_reached": hours_reached}


def _readings(figure: HoldingRate) -> dict[UUID, Reading]:
    return {
        site.institution.pk: Reading(
            site.numerator, site.denominator, figure.rule_version, [_person(line) for line in site.lines]
        )
        for site in figure.sites
    }


def _person(line: Line) -> dict[str, Any]:
    """One person's line: who, as what, why she counts or doesn't, and the certificate or hours that decide."""
    person: dict[str, Any] = {
        "person": str(line.person_id),
        "name": line.name,
        "post": line.post,
        "reason": line.reason.value,
        "rule": line.rule.code if line.rule else "",
    }
    if line.claim:
        until = line.claim.expires_on
        person |= {"certificate": line.claim.label, "until": until.isoformat() if until else None}
    if line.hours:
        person |= {"missing": {"skill": line.hours.missing_skill, "ethics": line.hours.missing_ethics}}
    return person
