"""The share of staff who reached the yearly hours (年度学时达标率)."""

from datetime import date
from uuid import UUID

from certification.models import Assessment
from certification.policies import HoldingRules, Standards
from lms.registry.models import Institution, Region
from reports.metrics.adding import add_up, institutions, metric_of, posts_on
from reports.metrics.figures import HoldingRate, Hours, Line
from reports.rules import Reason, Verdict

HOURS = "hours.reached"


def hours_reached(*, on: date, region: Region | None = None, institution: Institution | None = None) -> HoldingRate:
    """Of the staff on post on `on` of whom yearly hours are asked, those who reached both standards.

    Asked of all staff where a standard holds in the year of `on`; who has no hours on record yet counts
    as not reached, so that nobody drops out of the figure by staying away. Hours are those known now.
    """
    metric = metric_of(HOURS)
    sites = institutions(region, institution)
    prefixes = {site.region.prefix for site in sites.values()}
    standards, holding = Standards(prefixes), HoldingRules(prefixes)
    asked = {prefix: standards.at(prefix, on.year) is not None for prefix in prefixes}
    counted = {prefix: holding.at(prefix, on) for prefix in prefixes}
    posts = posts_on(on, region, institution)
    done: dict[UUID, tuple[bool, Hours]] = {
        person: (reached, Hours(*minutes))
        for person, reached, *minutes in Assessment.objects.filter(
            year=on.year, person__in=posts.order_by().values("person_id")
        ).values_list("person_id", "reached", "required_skill", "required_ethics", "earned_skill", "earned_ethics")
    }
    lines = []
    for post_id, person_id, name, institution_id, post in posts.values_list(
        "pk", "person_id", "person__name", "institution_id", "kind"
    ):
        site = sites[institution_id]
        rule = counted[site.region.prefix].get(post)
        reached, hours = done.get(person_id, (False, None))
        if rule is not None and not rule.counted:
            reason = Reason.NOT_STAFF
        elif not asked[site.region.prefix]:
            reason = Reason.NO_STANDARD
        elif hours is None:
            reason = Reason.NOT_ASSESSED
        else:
            reason = Reason.REACHED if reached else Reason.HOURS_MISSING
        lines.append(Line(post_id, person_id, name, site, post, Verdict(reason), rule, hours))
    return add_up(metric, on, sites, lines, region=region, institution=institution)
