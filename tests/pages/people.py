"""Who a person is: her documents and name, the queue of possible duplicates, merges, learners without a post."""

from typing import Any

from lms.registry import deduplicating, merging
from lms.registry.models import Likeness
from tests import factories as make
from tests.pages.table import BUREAU, Page, learner
from tests.world import Place

PAGES: dict[str, Page] = {
    "bureau_duplicates": Page(BUREAU, post=409, shows="learner_name"),
    "bureau_merge": Page(BUREAU, post=409, at=lambda place: {"pk": place.rows["merge"].pk}),
    "bureau_document_new": Page(("officer",), post=422, at=learner, shows="learner_name"),
    "bureau_document_end": Page(("officer",), post=422, at=lambda place: document_of(place), shows="learner_name"),
    "bureau_name_change": Page(("officer",), post=422, at=learner, shows="learner_name"),
    "bureau_same_person": Page(("officer",), post=422, at=learner, shows="learner_name"),
    "bureau_learner_new": Page(("officer",), post=422),
    "centre_learner_new": Page(("trainer",), post=422),
}


def document_of(place: Place) -> dict[str, Any]:
    return {"pk": place.staff[0].documents.earliest("created_at").pk}


def furnish(place: Place) -> None:
    """A namesake of the learner, and two records of somebody that were merged."""
    namesake, kept, absorbed = (
        make.make_post(make.make_person(name=f"{place.surname}{given}"), place.institution).person
        for given in ("望舒", "并一", "并二")
    )
    deduplicating.note_pair(place.staff[0].pk, namesake.pk, Likeness.NAME_AND_BIRTH)
    place.rows["merge"] = merging.merge(by=place.officer, kept=kept, absorbed=absorbed, reason="同一人")
