"""Drafts of hour standards."""

from typing import Any

from certification.models import TrainingStandard
from tests.factories import next_number
from tests.pages.table import Page
from tests.world import Place

SUPERVISION = ("officer", "supervisor")


def standard(place: Place) -> dict[str, Any]:
    return {"pk": place.rows["standard"].pk}


PAGES: dict[str, Page] = {
    "bureau_standard_new": Page(SUPERVISION, post=422),
    "bureau_standard": Page(SUPERVISION, post=422, at=standard),
    "bureau_standard_change": Page(SUPERVISION, post=422, at=standard),
    "bureau_standard_people": Page(SUPERVISION, at=standard),
}


def furnish(place: Place) -> None:
    """A draft of the officer's, for a year far ahead."""
    place.rows["standard"] = TrainingStandard.objects.create(
        region=place.region,
        code=f"draft-{next_number()}",
        year_from=2090,
        skill_hours=90,
        ethics_hours=40,
        lesson_minutes=45,
        variant="prorata",
        paper="草案",
        line="1",
        status="draft",
        drafted_by=place.officer.user,
    )
