"""Triggers of the reports room: see lms.registry.guards."""

from lms.registry import errors, guards
from reports.errors import Refusal


def register() -> None:
    """Hand this room's triggers and codes to the registry."""
    errors.REFUSALS.append(Refusal)
    guards.register(
        "reports",
        [
            *guards.append_only("reports_ratesnapshot", "figure_frozen"),
            *guards.append_only("reports_rating", "figure_frozen"),
            *guards.unchanged_once("reports_target", "published_at", "policy_published"),
            *guards.unchanged_once("reports_ratingscheme", "published_at", "policy_published"),
            *(
                guard
                for table in ("reports_indicator", "reports_grade", "reports_veto")
                for guard in guards.unchanged_with(table, "scheme_id", "reports_ratingscheme", "policy_published")
            ),
        ],
    )
