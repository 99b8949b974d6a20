"""Figures on a day, from the people up (domain formulas 3 to 5). Nothing is stored here; freezing does that.

Read in a constant number of queries, whatever the size: the posts of the day, the rules that hold for
them, the certificates of these people. What "valid" means is asked of the certificates' own querysets.
Several figures of the same people share one `Staff`.
"""

from datetime import date

from lms.registry.models import Institution, Region
from reports.metrics.figures import HoldingRate, Hours, Line, Share, SiteRate
from reports.metrics.holding import OFFICIAL, holding
from reports.metrics.hours import HOURS, hours
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
    "holding_rate",
    "hours_reached",
    "scope_of",
]


def holding_rate(
    *, on: date, region: Region | None = None, institution: Institution | None = None, metric: str = OFFICIAL
) -> HoldingRate:
    """The holding rate of a region or an institution on a day: see `holding`."""
    return holding(Staff(on=on, region=region, institution=institution), metric)


def hours_reached(*, on: date, region: Region | None = None, institution: Institution | None = None) -> HoldingRate:
    """The share that reached the yearly hours, of a region or an institution: see `hours`."""
    return hours(Staff(on=on, region=region, institution=institution))


def figure_of(staff: Staff, metric: str) -> HoldingRate:
    """Any metric by its code; refuses `metric_unknown`."""
    return hours(staff) if metric == HOURS else holding(staff, metric)


def figure(
    metric: str, *, on: date, region: Region | None = None, institution: Institution | None = None
) -> HoldingRate:
    """Any metric of a region or an institution on a day; refuses `metric_unknown`."""
    return figure_of(Staff(on=on, region=region, institution=institution), metric)
