"""The year's hours: lists, seats, statements and files."""

from django.utils import timezone

from certification import assessing
from reports.models import HoursReminder
from tests.pages.table import BUREAU, Page, learner
from tests.world import Place

#: They see what an officer sets, no more.
MAY_LOOK = {"supervisor": (200, 403), "admin": (200, 403)}
PAGES: dict[str, Page] = {
    "bureau_hours": Page(BUREAU, shows="learner_name"),
    "bureau_hours_seats": Page(BUREAU),
    "institution_hours": Page(("manager",), shows="learner_name"),
    "institution_hours_enrol": Page(("manager",), get=302, post=302),
    "my_statement": Page(("learner",), but={"stray": (404, 405)}),
    "bureau_statement": Page(BUREAU, at=learner),
    "institution_statement": Page(("manager",), at=learner),
    "bureau_reminders": Page(BUREAU, post=422, but=MAY_LOOK | {"other_supervisor": (200, 403)}),
    "bureau_reminder": Page(BUREAU, post=302, at=lambda place: {"pk": place.rows["reminder"].pk}, but=MAY_LOOK),
    "hours_export": Page((*BUREAU, "manager"), shows="learner_name"),
}


def furnish(place: Place) -> None:
    """Everybody on post stands somewhere in this year, where a standard asks for hours."""
    place.rows["reminder"] = HoursReminder.objects.create(
        region=place.region,
        days_before=HoursReminder.objects.count(),
        whom="missing",
        tone="remind",
        set_by=place.officer.user,
    )
    assessing.assess_people([person.pk for person in place.staff], timezone.localdate().year)
