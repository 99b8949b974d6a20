"""Set-up shared by the tests of ratings: a round in Shaoxing with an institution in good order."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from certification.models import CertificateKind, Qualification
from lms.registry.models import Filing, Institution, Membership, Person, Post, PostKind
from reports import rating
from reports.models import Indicator, RatingRound, Veto
from tests import factories as make

#: Points of the scheme's entered indicators; 960 in all with the 20 of the holding rate left over.
FULL = {
    "premises": "100",
    "staff": "110",
    "care": "200",
    "health": "210",
    "parenting": "80",
    "safety": "200",
    "management": "70",
}


@dataclass
class Round:
    """An open round of Shaoxing as of today, two officers of the city, and one institution with five carers."""

    officer: Membership
    second: Membership
    site: Institution
    staff: list[Post]
    row: RatingRound

    def indicator(self, code: str) -> Indicator:
        return self.row.scheme.indicators.get(code=code)

    def veto(self, code: str) -> Veto:
        return self.row.scheme.vetoes.get(code=code)

    def enter(self, **points: str) -> Any:
        scores = {code: (Decimal(given), "") for code, given in (points or FULL).items()}
        return rating.enter_scores(by=self.officer, round=self.row, institution=self.site, scores=scores)

    def rate(self) -> Any:
        """The institution's rating as it is kept now."""
        return rating.rate(by=self.officer, round=self.row, institutions=[self.site]).ratings[0]


def open_round(*, holders: int = 5, staff: int = 5, filing: str = Filing.FILED, **kw: Any) -> Round:
    city = make.make_region("330600")
    officer, second = make.make_officer(city), make.make_supervisor(city)
    site = make.make_institution(region=make.yuecheng(), **kw)
    posts = [make_carer(site, certified=number < holders) for number in range(staff)]
    # Nobody comes on post at a suspended institution; these were there before.
    site.filing = filing
    site.save(update_fields=["filing"])
    row = rating.open_round(by=officer, region=city, as_of=timezone.localdate())
    return Round(officer, second, site, posts, row)


def make_carer(site: Institution, *, certified: bool = True, **kw: Any) -> Post:
    """A carer in good order: health certificate and no-crime check of today, her certificate verified."""
    today = timezone.localdate()
    values = {
        "kind": PostKind.CARER,
        "started_on": date(make.YEAR, 1, 1),
        "health_expires_on": today,
        "no_crime_checked_on": today,
    }
    post = make.make_post(make.make_person(), site, **(values | kw))
    if certified:
        certify(post.person)
    return post


def certify(person: Person, **kw: Any) -> Qualification:
    """A verified certificate that counts for a carer."""
    values: dict[str, Any] = {
        "kind": CertificateKind.objects.get(pk="childcare_worker"),
        "number": f"S0000{make.next_number():017d}",
        "state": "valid",
        "verified_by": make.make_user(),
        "verified_at": timezone.now(),
    }
    return Qualification.objects.create(person=person, **(values | kw))
