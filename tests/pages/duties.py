"""Duties of the organiser, at a bureau and at an institution."""

from typing import Any

from reports.models import Duty
from tests.pages.table import BUREAU, Page
from tests.reports.duties_scene import make_duty
from tests.world import Place


def furnish(place: Place) -> None:
    region = place.institution.region
    place.rows["duty"] = make_duty(region)
    place.rows["regional_duty"] = make_duty(region, per=Duty.Per.REGION, name="专业培训")


def duty(place: Place) -> dict[str, Any]:
    return {"pk": place.rows["duty"].pk}


def regional(place: Place) -> dict[str, Any]:
    return {"pk": place.rows["regional_duty"].pk}


PAGES: dict[str, Page] = {
    "bureau_duties": Page(BUREAU),
    "bureau_duties_export": Page(BUREAU),
    "bureau_duty": Page(BUREAU, post=422, at=regional, but={"supervisor": (200, 403), "admin": (200, 403)}),
    "institution_duties": Page(("manager",)),
    # Every institution of the region owes it, so the manager beside finds the address too, with her own counter.
    "institution_duty": Page(("manager", "other_manager"), post=422, at=duty),
}
