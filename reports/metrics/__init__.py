"""Figures on a day, from the people up (domain formulas 3 to 5). Nothing is stored here; freezing does that.

Read in a constant number of queries, whatever the size: the posts of the day, the rules that hold for
them, the certificates of these people. What "valid" means is asked of the certificates' own querysets.
Several figures of the same people share one `Staff`.
"""

from datetime import date

from lms.registry.models import Institution, Region
from reports.metrics.figures import HoldingRate, Hours, Line, Share, SiteRate
from reports.metrics.holding import OFFICIAL, holding_lines, holding_of
from reports.metrics.hours import HOURS, hours_lines, hours_of
from reports.metrics.staff import Staff, scope_of

__all__ = [
    "HOURS",
    "OFFICIAL",
    "HoldingRate",
    "Hours",
    "Line",
    "Share",
    "SiteRate",
    "Staff",
    "figure",
    "figure_of",
    "holding_lines",
    "holding_of",
    "holding_rate",
    "hours_lines",
    "hours_of",
    "hours_reached",
    "scope_of",
]


def holding_rate(
    *, on: date, region: Region | None = None, institution: Institution | None = None, metric: str = OFFICIAL
) -> HoldingRate:
    """The holding rate of a region or an institution on a day: see `holding_of`."""
    return holding_of(Staff(on=on, region=region, institution=institution), metric)


def hours_reached(*, on: date, region: Region | None = None, institution: Institution | None = None) -> HoldingRate:
    """The share that reached the yearly hours, of a region or an institution: see `hours_of`."""
    return hours_of(Staff(on=on, region=region, institution=institution))


def figure_of(staff: Staff, metric: str) -> HoldingRate:
    """Any metric by its code; refuses `metric_unknown`."""
    return hours_of(staff) if metric == HOURS else holding_of(staff, metric)


def figure(
    metric: str, *, on: date, region: Region | None = None, institution: Institution | None = None
) -> HoldingRate:
    """Any metric of a region or an institution on a day; refuses `metric_unknown`."""
    return figure_of(Staff(on=on, region=region, institution=institution), metric)
