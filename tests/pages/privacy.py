"""Checks before hiring, and what people may ask about their own data."""

from typing import Any

from lms.jobs.models import Job
from lms.registry import batching
from lms.registry.models import CorrectionRequest, ErasureProposal
from tests.pages.table import BUREAU, Page, learner
from tests.registry.questions import make_query
from tests.world import Place

PAGES: dict[str, Page] = {
    "institution_queries": Page(("manager",), post=422),
    "institution_query_batch": Page(("manager",), at=lambda place: batch_of(place)),
    "institution_query_file": Page(("manager",), at=lambda place: batch_of(place)),
    "bureau_queries": Page(BUREAU, shows="institution"),
    "bureau_query": Page(BUREAU, post=422, at=lambda place: {"pk": place.rows["query"].pk}, shows="institution"),
    "bureau_unmask": Page(("officer", "supervisor"), post=422, at=learner, shows="learner_name"),
    "institution_unmask": Page(("manager",), post=422, at=learner, shows="learner_name"),
    "bureau_corrections": Page(BUREAU, shows="learner_name"),
    "bureau_correction": Page(
        BUREAU, post=422, at=lambda place: {"pk": place.rows["correction"].pk}, shows="learner_name"
    ),
    "bureau_erasures": Page(BUREAU, post=409, shows="learner_name"),
    "bureau_erase": Page(("officer", "supervisor"), post=409, at=learner, shows="learner_name"),
    "bureau_retention": Page(BUREAU),
    "my_lookups": Page(("learner",), shows="institution"),
    "my_data": Page(("learner",), post=422),
}


def batch_of(place: Place) -> dict[str, Any]:
    return {"batch": place.rows["batch"].pk}


def furnish(place: Place) -> None:
    """Questions that wait for the bureau, a request for correction, and a file of questions that the manager sent."""
    place.rows["query"] = make_query(place.manager, place.staff[1])
    make_query(place.manager, place.staff[0])
    place.rows["correction"] = CorrectionRequest.objects.create(
        person=place.staff[0], about="name", text="姓名写错了", asked_by=place.learner.user
    )
    place.rows["erasure"] = ErasureProposal.objects.create(
        person=place.staff[0], reason="本人申请", proposed_by=place.officer.user
    )
    place.rows["batch"] = Job.objects.create(kind=batching.KIND, owner_id=place.manager.user_id)
