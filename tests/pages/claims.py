"""Hours earned elsewhere: the learner's, the institution's and the bureau's pages."""

from courses.recognising import Stretch, claim
from lms.registry.models import Purpose
from tests import factories as f
from tests.pages.table import Page
from tests.world import Place

SUPERVISION = ("officer", "supervisor")

PAGES: dict[str, Page] = {
    "my_claims": Page(("learner",), shows="learner_name"),
    "my_claim_new": Page(("learner",), post=422, but={"stray": (302, 302)}),
    "institution_claims": Page(("manager",), shows="learner_name"),
    "institution_claim_new": Page(("manager",), post=422),
    "bureau_claims": Page(SUPERVISION, shows="learner_name"),
    "bureau_claim": Page(SUPERVISION, post=422, at=lambda place: {"pk": place.rows["claim"].pk}, shows="learner_name"),
}


def furnish(place: Place) -> None:
    """The learner claims an hour of a day long past."""
    person = place.learner.user.person
    assert person is not None
    place.rows["claim"] = claim(
        by=place.learner,
        person=person,
        source="outside",
        title=f"{place.learner_name}的外部培训",
        organiser="师范大学",
        evidence=f.make_file(Purpose.EVIDENCE, place.learner.user),
        stretches=[Stretch(f.at("2025-03-05 09:00").date(), 45, "skill")],
    )
