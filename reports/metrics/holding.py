"""The holding rate (持证率) on a day, in all its variants (domain formula 3)."""

import re
from collections import defaultdict
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from certification.models import Certificate, Qualification, Revocation
from reports import rules
from reports.errors import refuse
from reports.metrics.figures import HoldingRate, Line
from reports.metrics.staff import OnPost, Staff
from reports.rules import Claim, Reason, Verdict

#: The official default: a fitting, verified, valid certificate over posts that ask for one.
OFFICIAL = "holding.n2_d2"
_VARIANT = re.compile(r"holding\.n([123])_d([12])")


def holding_of(staff: Staff, metric: str = OFFICIAL) -> HoldingRate:
    """The share of holders among those who should hold a certificate, with everybody behind it.

    `metric` is "holding.n{1,2,3}_d{1,2}". N1: a valid certificate of any kind listed for any post; N2: of a
    kind that fits the post; N3: N2 with a valid health certificate and a no-crime check within the year.
    D1: all staff on post; D2: those whose post asks for a certificate. Unverified, expired, revoked and
    banned never hold. Refuses `metric_unknown`.
    """
    variant = _VARIANT.fullmatch(metric)
    if variant is None:
        raise refuse("metric_unknown")
    numerator, denominator = variant.groups()
    return staff.add_up(staff.metric(metric), holding_lines(staff, numerator), over_all=denominator == "1")


def holding_lines(staff: Staff, numerator: str = "2") -> list[Line]:
    """Everybody on post with the verdict of N1, N2 or N3, where no figure is needed."""
    kinds = {
        (prefix, post): frozenset(kind.pk for kind in rule.kinds.all())
        for prefix, of_region in staff.holding_rules.items()
        for post, rule in of_region.items()
    }
    listed = frozenset().union(*kinds.values())
    claims = _claims(staff, listed)
    lines = []
    for row in staff.rows:
        site, rule = staff.sites[row.institution_id], staff.rule_of(row)
        if rule is None:
            verdict = Verdict(Reason.NO_RULE)
        elif not rule.counted:
            verdict = Verdict(Reason.NOT_STAFF)
        elif not rule.required:
            verdict = Verdict(Reason.NOT_REQUIRED)
        else:
            fitting = listed if numerator == "1" else kinds[site.region.prefix, row.kind]
            verdict = _judge(row, fitting, claims.get(row.person_id, []), staff, with_checks=numerator == "3")
        lines.append(Line(row.post_id, row.person_id, row.name, site, row.kind, verdict, rule))
    return lines


def _judge(row: OnPost, fitting: frozenset[str], claims: list[Claim], staff: Staff, *, with_checks: bool) -> Verdict:
    verdict = rules.judge(fitting=fitting, claims=claims, day=staff.on, barred=row.barred)
    if not with_checks:
        return verdict
    return rules.checked(
        verdict,
        day=staff.on,
        health_expires_on=row.health_expires_on,
        no_crime_checked_on=row.no_crime_checked_on,
    )


def _claims(staff: Staff, listed: frozenset[str]) -> dict[UUID, list[Claim]]:
    """What each of these people has: outside certificates, and our own of the kinds listed anywhere."""
    found: dict[UUID, list[Claim]] = defaultdict(list)
    good = Qualification.objects.valid_on(staff.on).filter(pk=OuterRef("pk"))
    outside = Qualification.objects.filter(person__in=staff.people).annotate(good=Exists(good)).order_by("number")
    # What a bureau recognised as equivalent counts as that kind.
    outside = outside.annotate(counts=Coalesce("counts_as_id", "kind_id"))
    for person, kind, label, state, issued, expires, valid in outside.values_list(
        "person_id", "counts", "kind__name", "state", "issued_on", "expires_on", "good"
    ):
        found[person].append(Claim(kind, label, valid, state, issued, expires))
    own = Certificate.objects.filter(person__in=staff.people, kind__in=listed).annotate(
        good=Exists(Certificate.objects.valid_on(staff.on).filter(pk=OuterRef("pk"))),
        replaced=Exists(Certificate.objects.filter(supersedes=OuterRef("pk"), issued_on__lte=staff.on)),
        taken_back=Exists(Revocation.objects.filter(certificate=OuterRef("pk"), revoked_on__lte=staff.on)),
    )
    for person, kind, label, revoked, issued, expires, valid in (
        own.filter(replaced=False)
        .order_by("serial")
        .values_list("person_id", "kind_id", "kind__name", "taken_back", "issued_on", "expires_on", "good")
    ):
        found[person].append(Claim(kind, label, valid, "revoked" if revoked else "valid", issued, expires))
    return found
