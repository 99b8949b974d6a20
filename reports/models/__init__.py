"""Everything that adds up."""

from reports.models.duties import Duty, DutyAct
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
from reports.models.reminders import HoursReminder

__all__ = [
    "Duty",
    "DutyAct",
    "Grade",
    "HoursReminder",
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
