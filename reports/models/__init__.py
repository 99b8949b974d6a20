"""Everything that adds up."""

from reports.models.figures import Metric, RateSnapshot, Target
from reports.models.ratings import (
    Grade,
    Indicator,
    IndicatorScore,
    Rating,
    RatingRound,
    RatingScheme,
    Veto,
    VetoFinding,
)

__all__ = [
    "Grade",
    "Indicator",
    "IndicatorScore",
    "Metric",
    "RateSnapshot",
    "Rating",
    "RatingRound",
    "RatingScheme",
    "Target",
    "Veto",
    "VetoFinding",
]
