"""The code on a session's screen, where it leads, and the kiosk."""

from courses.models import Scan
from tests.pages.table import EVERYBODY, Page, pk
from tests.world import Place

PAGES: dict[str, Page] = {
    "centre_screen": Page(("trainer",), post=302, at=pk("session"), shows="run"),
    "centre_screen_frames": Page(("trainer",), at=pk("session")),
    "centre_kiosk": Page(("trainer",), post=302, at=pk("session"), shows="run"),
    # No code at all; those that hold are followed in tests/courses/test_scan_pages.py.
    "scan": Page(EVERYBODY, get=409, post=409, at=lambda place: {"code": "nothing"}),
    "my_scan": Page(("learner",), at=pk("session"), shows="run"),
    "my_photo": Page(("learner",), get=405, post=302),
    "my_place": Page(("learner",), get=405, post=302),
}


def furnish(place: Place) -> None:
    """The learner scanned in before she was put on the roll."""
    Scan.objects.create(
        session=place.session, person=place.staff[0], way=Scan.Way.CODE, came_at=place.session.starts_at
    )
