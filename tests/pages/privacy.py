"""Checks before hiring, and what people may ask about their own data."""

from typing import Any

from lms.jobs.models import Job
from lms.registry import batching
from tests.pages.table import BUREAU, Page
from tests.registry.questions import make_query
from tests.world import Place

PAGES: dict[str, Page] = {
    "institution_queries": Page(("manager",), post=422),
    "institution_query_batch": Page(("manager",), at=lambda place: batch_of(place)),
    "institution_query_file": Page(("manager",), at=lambda place: batch_of(place)),
    "bureau_queries": Page(BUREAU, shows="institution"),
    "bureau_query": Page(BUREAU, post=422, at=lambda place: {"pk": place.rows["query"].pk}, shows="institution"),
}


def batch_of(place: Place) -> dict[str, Any]:
    return {"batch": place.rows["batch"].pk}


def furnish(place: Place) -> None:
    """A question that waits for the bureau, and a file of questions that the manager sent."""
    place.rows["query"] = make_query(place.manager, place.staff[1])
    place.rows["batch"] = Job.objects.create(kind=batching.KIND, owner_id=place.manager.user_id)
