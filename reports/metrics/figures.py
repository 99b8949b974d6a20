"""What a figure is: N over D with its target, down to each person and the reason behind her."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certification.models import HoldingRule
from lms.registry.models import Institution, PostKind, Region
from reports import rules
from reports.models import Metric, Target
from reports.rules import OUTSIDE, Claim, Reason, Verdict

PER_MILLE = 1000

#: What to say behind each person; the certificate and its dates are shown beside it.
SENTENCES: dict[Reason, str | Promise] = {
    Reason.HOLDS: _("Holds a certificate that fits the post."),
    Reason.BARRED: _("Barred from working with young children."),
    Reason.UNVERIFIED: _("The certificate has not been verified yet."),
    Reason.EXPIRED: _("The certificate has expired."),
    Reason.NOT_YET_VALID: _("The certificate was issued later."),
    Reason.DOUBTFUL: _("The certificate is in doubt."),
    Reason.REVOKED: _("The certificate has been revoked."),
    Reason.WRONG_KIND: _("The certificate does not count for this post."),
    Reason.NO_CERTIFICATE: _("No certificate on record."),
    Reason.NO_HEALTH_CERTIFICATE: _("Holds a certificate, but no valid health certificate."),
    Reason.NO_CRIME_CHECK: _("Holds a certificate, but no no-crime check within a year."),
    Reason.NOT_REQUIRED: _("This post asks for no certificate."),
    Reason.NOT_STAFF: _("Volunteers and interns are not counted."),
    Reason.NO_RULE: _("No rule said on this day which certificate counts."),
    Reason.REACHED: _("Both kinds of hours reach the standard."),
    Reason.HOURS_MISSING: _("Hours are missing."),
    Reason.NOT_ASSESSED: _("No hours on record this year."),
    Reason.NO_STANDARD: _("No yearly hours are asked here."),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """Required and earned minutes behind an hours verdict."""

    required_skill: int
    required_ethics: int
    earned_skill: int
    earned_ethics: int
    #: Minutes in a lesson hour, to show the others as lesson hours.
    lesson_minutes: int

    @property
    def skill_short(self) -> Fraction:
        """Missing lesson hours of skills, rounded up to a tenth, so that nothing missing shows as nothing."""
        return Fraction(ceil(Fraction(self.missing_skill * 10, self.lesson_minutes)), 10)

    @property
    def ethics_short(self) -> Fraction:
        """The same of ethics."""
        return Fraction(ceil(Fraction(self.missing_ethics * 10, self.lesson_minutes)), 10)

    @property
    def missing_skill(self) -> int:
        return max(0, self.required_skill - self.earned_skill)

    @property
    def missing_ethics(self) -> int:
        return max(0, self.required_ethics - self.earned_ethics)


@dataclass(frozen=True, slots=True)
class Line:
    """One person at one place, and why she counts or doesn't."""

    post_id: UUID
    person_id: UUID
    name: str
    institution: Institution
    post: str
    verdict: Verdict
    rule: HoldingRule | None = None
    hours: Hours | None = None

    @property
    def reason(self) -> Reason:
        return self.verdict.reason

    @property
    def claim(self) -> Claim | None:
        return self.verdict.claim

    @property
    def holds(self) -> bool:
        return self.reason in (Reason.HOLDS, Reason.REACHED)

    @property
    def outside(self) -> bool:
        """Not in the denominator D2."""
        return self.reason in OUTSIDE

    @property
    def lacking(self) -> bool:
        """In the denominator, not in the numerator."""
        return not self.holds and not self.outside

    @property
    def post_label(self) -> str | Promise:
        return PostKind(self.post).label

    @property
    def sentence(self) -> str | Promise:
        return SENTENCES[self.reason]


@dataclass(frozen=True)
class Share:
    """N over D, exact, with the target and what is missing to it."""

    numerator: int
    denominator: int
    #: Everybody on post who is staff (D1); `denominator` is D2 unless the metric divides by D1.
    d1: int
    target: Target | None

    @property
    def fraction(self) -> Fraction | None:
        """None over nobody."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def shown(self) -> str:
        return rules.shown(self.numerator, self.denominator)

    @property
    def d1_shown(self) -> str:
        return rules.shown(self.numerator, self.d1)

    @property
    def goal(self) -> Fraction | None:
        return Fraction(self.target.per_mille, PER_MILLE) if self.target else None

    @property
    def target_shown(self) -> str:
        return rules.percent(self.goal) if self.goal is not None else ""

    @property
    def need(self) -> int | None:
        """Holders missing to the target; None where no target is set or nobody should hold."""
        return rules.need(self.goal, self.numerator, self.denominator) if self.denominator else None

    @property
    def reached(self) -> bool | None:
        """None where no target is set or nobody should hold."""
        if self.goal is None or not self.denominator:
            return None
        return rules.reaches(self.goal, self.numerator, self.denominator)


@dataclass(frozen=True)
class SiteRate(Share):
    """The figure of one institution, with its people."""

    institution: Institution
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class HoldingRate(Share):
    """A figure of a region (ΣN/ΣD, each person once) or an institution, down to the people."""

    metric: Metric
    as_of: date
    sites: list[SiteRate]
    region: Region | None = None
    institution: Institution | None = None

    @property
    def version(self) -> int:
        return self.metric.version

    @property
    def rule_version(self) -> str:
        return f"{self.metric.code}@{self.metric.version}"

    @cached_property
    def people(self) -> list[Line]:
        """Everybody on post, a line per place."""
        return [line for site in self.sites for line in site.lines]

    @property
    def excluded(self) -> list[Line]:
        """On post, but not in the denominator."""
        return [line for line in self.people if line.outside]

    def site(self, institution_id: UUID) -> SiteRate | None:
        return self._by_id.get(institution_id)

    @cached_property
    def _by_id(self) -> dict[UUID, SiteRate]:
        return {site.institution.pk: site for site in self.sites}
