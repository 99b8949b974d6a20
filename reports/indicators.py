"""Automatic sources of rating indicators: one function per source, named by `Indicator.source`.

Each reads all institutions of a scope at once and gives, per institution, a rate and everybody behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from lms.registry.models import Institution, Region
from reports import metrics
from reports.metrics import HoldingRate, Line


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source found at one institution. `people` can be kept as JSON and holds no document numbers."""

    numerator: int
    denominator: int
    rule_version: str
    people: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: all of `region`, or one institution of it."""

    region: Region
    institution: Institution | None = None

    @property
    def place(self) -> dict[str, Any]:
        """As the metrics take it."""
        return {"institution": self.institution} if self.institution else {"region": self.region}

    def at(self, path: str = "") -> Q:
        """A condition on institutions, or on `path`, which leads to one."""
        if self.institution:
            return Q((f"{path}pk", self.institution.pk))
        return Q((f"{path}region__prefix__startswith", self.region.prefix))


Source = Callable[[Scope, date, dict[str, Any]], dict[UUID, Reading]]


def holding_rate(scope: Scope, on: date, parameters: dict[str, Any]) -> dict[UUID, Reading]:
    """The holding rate of `parameters["metric"]` (N2/D2 unless it says otherwise) per institution."""
    return _readings(metrics.figure(parameters.get("metric", metrics.OFFICIAL), on=on, **scope.place))


def hours_reached(scope: Scope, on: date, parameters: dict[str, Any]) -> dict[UUID, Reading]:
    """The share of staff who reached the yearly hours; a denominator of 0 where no standard asks for any."""
    return _readings(metrics.figure(metrics.HOURS, on=on, **scope.place))


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
