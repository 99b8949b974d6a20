"""Triggers of the reports room: see lms.registry.guards."""

from lms.registry import errors, guards
from lms.registry.guards.triggers import append_only, unchanged_once, unchanged_with
from reports.errors import Refusal


def register() -> None:
    """Hand this room's triggers and codes to the registry."""
    errors.REFUSALS.append(Refusal)
    guards.register(
        "reports",
        [
            *append_only("reports_ratesnapshot", "figure_frozen"),
            *append_only("reports_rating", "figure_frozen"),
            *append_only("reports_dutyact"),
            *unchanged_once("reports_duty", "published_at", "policy_published"),
            *unchanged_once("reports_target", "published_at", "policy_published"),
            *unchanged_once("reports_ratingscheme", "published_at", "policy_published"),
            *(
                guard
                for table in ("reports_indicator", "reports_grade", "reports_veto")
                for guard in unchanged_with(table, "scheme_id", "reports_ratingscheme", "policy_published")
            ),
        ],
    )
