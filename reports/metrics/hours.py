"""The share of staff who reached the yearly hours (年度学时达标率)."""

from uuid import UUID

from certification.models import Assessment
from certification.policies import Standards
from reports.metrics.figures import HoldingRate, Hours, Line
from reports.metrics.staff import Staff
from reports.rules import Reason, Verdict

HOURS = "hours.reached"


def hours_of(staff: Staff) -> HoldingRate:
    """Of the staff on post of whom yearly hours are asked, those who reached both standards.

    Asked of all staff where a standard holds in the year of the day; who has no hours on record yet counts
    as not reached, so that nobody drops out of the figure by staying away. Hours are those known now.
    """
    return staff.add_up(staff.metric(HOURS), hours_lines(staff))


def hours_lines(staff: Staff) -> list[Line]:
    """Everybody on post with her hours, where no figure is needed."""
    standards = Standards(staff.prefixes)
    asked = {prefix: standards.at(prefix, staff.on.year) is not None for prefix in staff.prefixes}
    done: dict[UUID, tuple[bool, Hours]] = {
        person: (reached, Hours(*minutes))
        for person, reached, *minutes in Assessment.objects.filter(
            year=staff.on.year, person__in=staff.people
        ).values_list(
            "person_id",
            "reached",
            "required_skill",
            "required_ethics",
            "earned_skill",
            "earned_ethics",
            "standard__lesson_minutes",
        )
    }
    lines = []
    for row in staff.rows:
        site, rule = staff.sites[row.institution_id], staff.rule_of(row)
        reached, minutes = done.get(row.person_id, (False, None))
        if rule is not None and not rule.counted:
            reason = Reason.NOT_STAFF
        elif not asked[site.region.prefix]:
            reason = Reason.NO_STANDARD
        elif minutes is None:
            reason = Reason.NOT_ASSESSED
        else:
            reason = Reason.REACHED if reached else Reason.HOURS_MISSING
        lines.append(Line(row.post_id, row.person_id, row.name, site, row.kind, Verdict(reason), rule, minutes))
    return lines
