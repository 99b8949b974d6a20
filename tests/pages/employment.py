"""Posts, classes and the monitor of staff and children."""

from typing import Any

from lms.registry.models import Post
from tests.pages.table import BUREAU, Page, pk
from tests.reports.classes import make_class
from tests.world import Place


def furnish(place: Place) -> None:
    post = Post.objects.get(person=place.staff[0], ended_on__isnull=True)
    place.rows["post"] = post
    place.rows["class"] = make_class(place.institution, staff=0, name=f"{place.surname}家小星星班")


def of(name: str) -> Any:
    return lambda place: {"pk": place.rows[name].pk}


PAGES: dict[str, Page] = {
    "institution_post": Page(("manager",), post=404, at=of("post"), shows="learner_name"),
    "institution_classes": Page(("manager",), post=422),
    "institution_class": Page(("manager",), post=404, at=of("class"), shows="learner_name"),
    "bureau_ratios": Page(BUREAU, shows="institution"),
    "bureau_ratio": Page(BUREAU, at=pk("institution"), shows="institution"),
}
