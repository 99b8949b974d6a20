"""Figures on a day, from the people up (domain formulas 3 to 5). Nothing is stored here; freezing does that.

Read in a constant number of queries, whatever the size: the posts of the day, the rules that hold for
them, the certificates of these people. What "valid" means is asked of the certificates' own querysets.
"""

from datetime import date

from lms.registry.models import Institution, Region
from reports.metrics.figures import HoldingRate, Hours, Line, Share, SiteRate
from reports.metrics.holding import OFFICIAL, holding_rate
from reports.metrics.hours import HOURS, hours_reached

__all__ = [
    "HOURS",
    "OFFICIAL",
    "HoldingRate",
    "Hours",
    "Line",
    "Share",
    "SiteRate",
    "figure",
    "holding_rate",
    "hours_reached",
]


def figure(
    metric: str, *, on: date, region: Region | None = None, institution: Institution | None = None
) -> HoldingRate:
    """Any metric by its code; refuses `metric_unknown`."""
    if metric == HOURS:
        return hours_reached(on=on, region=region, institution=institution)
    return holding_rate(on=on, region=region, institution=institution, metric=metric)
