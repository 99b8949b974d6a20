"""Filing of institutions, their list as a file, and filters kept by name."""

from typing import Any

from lms.registry.models import SavedFilter
from tests.pages.table import BUREAU, Page
from tests.world import Place


def furnish(place: Place) -> None:
    place.rows["saved_filter"] = SavedFilter.objects.create(
        user=place.officer.user, place="bureau_institutions", name="待备案", query="filing=pending"
    )


def step(place: Place) -> dict[str, Any]:
    return {"pk": place.institution.pk, "step": "suspend"}


def kept(place: Place) -> dict[str, Any]:
    return {"pk": place.rows["saved_filter"].pk}


KEEPERS = (*BUREAU, "manager")
PAGES: dict[str, Page] = {
    "bureau_filing": Page(("officer",), post=422, at=step, shows="institution"),
    "bureau_institutions_export": Page(BUREAU),
    "saved_filters": Page(KEEPERS, get=405, post=302),
    "saved_filter_forget": Page(
        KEEPERS, get=405, post=302, at=kept, but={name: (405, 404) for name in KEEPERS if name != "officer"}
    ),
}
