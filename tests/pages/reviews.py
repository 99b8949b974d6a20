"""Doubtful attendance and audit samples."""

from typing import Any

from courses.models import Anomaly, AuditSample, Pattern, SampledSession
from tests.pages.table import Page
from tests.world import Place


def furnish(place: Place) -> None:
    session, region = place.session, place.run.region
    place.rows["anomaly"] = Anomaly.objects.create(
        key=f"two_places:{session.pk}",
        pattern=Pattern.TWO_PLACES,
        centre=place.centre,
        region=region,
        session=session,
        person=place.staff[0],
        evidence={"facts": {"minutes": 30}, "attendances": [str(place.attendance.pk)]},
    )
    sample = AuditSample.objects.create(
        region=region,
        quarter="2025Q1",
        seed=session.pk.hex,
        size=1,
        drawn_from=[str(session.pk)],
        drawn_by=place.officer.user,
    )
    place.rows["sample"] = sample
    SampledSession.objects.create(sample=sample, session=session, position=1)


def anomaly(place: Place) -> dict[str, Any]:
    return {"pk": place.rows["anomaly"].pk}


def sample(place: Place) -> dict[str, Any]:
    return {"pk": place.rows["sample"].pk}


DESK = ("officer", "supervisor")
PAGES: dict[str, Page] = {
    "bureau_reviews": Page(DESK),
    "bureau_reviews_look": Page(("officer",), get=405, post=302),
    "bureau_review": Page(DESK, post=422, at=anomaly),
    "bureau_samples": Page(DESK, post=422),
    "bureau_sample": Page(DESK, post=422, at=sample),
    "centre_samples": Page(("trainer",), post=422),
}
