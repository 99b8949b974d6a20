"""Entry review, checks of staff, and certificates from outside."""

from tests.certification.entry_scene import Scene, hand_in, make_entry
from tests.pages.table import BUREAU, Page, learner, pk
from tests.world import Place

PAGES: dict[str, Page] = {
    "institution_entries": Page(("manager",), shows="learner_name"),
    "institution_entry_new": Page(("manager",), post=422),
    "institution_entry": Page(
        ("manager",), post=409, at=lambda place: {"pk": place.rows["entry"].pk}, shows="learner_name"
    ),
    "institution_checks": Page(("manager",), post=409),
    "institution_qualifications": Page(("manager",), shows="qualification"),
    "institution_qualification_new": Page(("manager",), post=422, at=learner, shows="learner_name"),
    "bureau_entries": Page(BUREAU, post=409, shows="learner_name"),
    "bureau_qualification": Page(
        BUREAU, post=302, at=pk("qualification"), but={"admin": (200, 409)}, shows="qualification"
    ),
    "my_qualifications": Page(("learner",), post=422, but={"stray": (200, 200)}),
}


def furnish(place: Place) -> None:
    """The learner is about to change her post, and the bureau is to look at it."""
    scene = Scene(place.institution, place.manager, place.officer)
    entry = hand_in(scene, make_entry(scene, place.staff[0], kind="teacher"))
    entry.state = "submitted"
    entry.save()
    place.rows["entry"] = entry
