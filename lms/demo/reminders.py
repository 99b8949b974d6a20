"""The demo's reminders of hours: one in autumn, one a month before the end of the year."""

from lms.demo.staff import District
from reports import reminding


def remind(district: District) -> None:
    """Set by an officer; beat tells whoever is due."""
    by = district.officers[0]
    reminding.set_reminder(by=by, region=district.region, whom="missing", tone="remind", month=10, day=15)
    reminding.set_reminder(by=by, region=district.region, whom="will_miss", tone="urge", days_before=30)
