"""The holding rate (持证率) on a day, in all its variants (domain formula 3)."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from certification.models import Certificate, Qualification, Revocation
from certification.policies import HoldingRules
from lms.registry.models import Institution, Post, Region
from reports import rules
from reports.metrics.adding import add_up, institutions, metric_of, posts_on
from reports.metrics.figures import HoldingRate, Line
from reports.rules import Claim, Reason, Verdict

#: The official default: a fitting, verified, valid certificate over posts that ask for one.
OFFICIAL = "holding.n2_d2"
_HOLDING = re.compile(r"holding\.n([123])_d([12])")


def holding_rate(
    *, on: date, region: Region | None = None, institution: Institution | None = None, metric: str = OFFICIAL
) -> HoldingRate:
    """The share of holders among those who should hold a certificate on `on`, with everybody behind it.

    `metric` is "holding.n{1,2,3}_d{1,2}". N1: a valid certificate of any kind listed for any post; N2: of a
    kind that fits the post; N3: N2 with a valid health certificate and a no-crime check within the year.
    D1: all staff on post; D2: those whose post asks for a certificate. Unverified, expired, revoked and
    banned never hold. Refuses `metric_unknown`.
    """
    variant = _HOLDING.fullmatch(metric)
    found = metric_of(metric if variant else "")
    sites = institutions(region, institution)
    by_prefix = HoldingRules({site.region.prefix for site in sites.values()})
    at = {site.region.prefix: by_prefix.at(site.region.prefix, on) for site in sites.values()}
    posts = posts_on(on, region, institution)
    listed = {kind.pk for found_rules in at.values() for rule in found_rules.values() for kind in rule.kinds.all()}
    claims = _claims(posts, listed, on)
    numerator = variant[1] if variant else ""
    kinds = {
        (prefix, post): {kind.pk for kind in rule.kinds.all()} if numerator != "1" else listed
        for prefix, found_rules in at.items()
        for post, rule in found_rules.items()
    }
    lines = []
    for row in posts.values_list(*_POST):
        post_id, person_id, name, institution_id, post, health, check, barred = row
        site = sites[institution_id]
        rule = at[site.region.prefix].get(post)
        if rule is not None and not rule.counted:
            verdict = Verdict(Reason.NOT_STAFF)
        elif rule is None or not rule.required:
            verdict = Verdict(Reason.NOT_REQUIRED)
        else:
            verdict = rules.judge(
                fitting=kinds[site.region.prefix, post], claims=claims.get(person_id, ()), day=on, barred=barred
            )
            if numerator == "3":
                verdict = rules.checked(verdict, day=on, health_expires_on=health, no_crime_checked_on=check)
        lines.append(Line(post_id, person_id, name, site, post, verdict, rule))
    over_all = bool(variant and variant[2] == "1")
    return add_up(found, on, sites, lines, over_all=over_all, region=region, institution=institution)


_POST = (
    "pk",
    "person_id",
    "person__name",
    "institution_id",
    "kind",
    "health_expires_on",
    "no_crime_checked_on",
    "barred",
)


def _claims(posts: "QuerySet[Post]", listed: Iterable[str], on: date) -> dict[UUID, list[Claim]]:
    """What each of these people has: outside certificates, and our own of the kinds listed anywhere."""
    people = posts.order_by().values("person_id")
    found: dict[UUID, list[Claim]] = defaultdict(list)
    good = Qualification.objects.valid_on(on).filter(pk=OuterRef("pk"))
    outside = Qualification.objects.filter(person__in=people).annotate(good=Exists(good)).order_by("number")
    for person, kind, label, state, issued, expires, valid in outside.values_list(
        "person_id", "kind_id", "kind__name", "state", "issued_on", "expires_on", "good"
    ):
        found[person].append(Claim(kind, label, valid, state, issued, expires))
    own = Certificate.objects.filter(person__in=people, kind__in=listed).annotate(
        good=Exists(Certificate.objects.valid_on(on).filter(pk=OuterRef("pk"))),
        replaced=Exists(Certificate.objects.filter(supersedes=OuterRef("pk"), issued_on__lte=on)),
        taken_back=Exists(Revocation.objects.filter(certificate=OuterRef("pk"), revoked_on__lte=on)),
    )
    for person, kind, label, revoked, issued, expires, valid in (
        own.filter(replaced=False)
        .order_by("serial")
        .values_list("person_id", "kind_id", "kind__name", "taken_back", "issued_on", "expires_on", "good")
    ):
        found[person].append(Claim(kind, label, valid, "revoked" if revoked else "valid", issued, expires))
    return found
