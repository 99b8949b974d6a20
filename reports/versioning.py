"""Keeping what an appraisal found: ratings in versions that never change, and the vetoes proposed by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from lms.registry import auditing
from lms.registry.models import Institution, Membership, User
from reports.appraising import Appraisal, Standing, appraise
from reports.models import Rating, RatingRound, VetoFinding
from reports.rules import VetoState

#: A finding before anybody has said a word.
UNDECIDED: dict[str, Any] = {
    "first_by": None,
    "second_by": None,
    "decided_at": None,
    "dismissed_by": None,
    "dismissal_reason": "",
}


@dataclass(frozen=True)
class Rated:
    """The latest rating of each institution, the appraisals behind them, and how many versions are new."""

    ratings: list[Rating]
    appraisals: list[Appraisal]
    changed: int

    @property
    def unchanged(self) -> int:
        return len(self.ratings) - self.changed


def keep(by: Membership | User | None, round: RatingRound, institutions: Iterable[Institution]) -> Rated:
    """Write a version for each institution whose rating differs from its last; propose the vetoes found.

    Call it with the round locked, inside the transaction of the act that asks for it.
    """
    appraisals = appraise(round, institutions)
    proposed = sum(_propose(round, row.institution, standing) for row in appraisals for standing in row.standings)
    sites = [row.institution for row in appraisals]
    last = {
        rating.institution_id: rating
        for rating in Rating.objects.filter(round=round, institution__in=sites).latest_versions()
    }
    latest, new = [], []
    for row in appraisals:
        old = last.get(row.institution.pk)
        if old is not None and old.sha256 == row.sha256:
            latest.append(old)
        else:
            new.append(_version(round, row, old.version + 1 if old else 1))
            latest.append(new[-1])
    Rating.objects.bulk_create(new, batch_size=50)
    if new:
        auditing.record(by, "rating.rate", round, after={"versions": len(new), "vetoes_proposed": proposed})
    return Rated(latest, appraisals, len(new))


def _version(round: RatingRound, row: Appraisal, version: int) -> Rating:
    return Rating(
        round=round,
        institution=row.institution,
        version=version,
        points=row.points,
        grade=row.grade,
        vetoed=row.vetoed,
        explanation=row.explanation,
        sha256=row.sha256,
        rated_at=timezone.now(),
    )


def _propose(round: RatingRound, institution: Institution, standing: Standing) -> bool:
    """Keep the facts of a veto that waits for its first officer, in place of those it was decided on before."""
    facts, finding = standing.facts, standing.finding
    if standing.state is not VetoState.PROPOSED or (finding and finding.evidence["facts"] == facts):
        return False
    write_finding(round, institution, standing, UNDECIDED)
    return True


def write_finding(
    round: RatingRound, institution: Institution, standing: Standing, decision: dict[str, Any]
) -> VetoFinding:
    """The finding with today's facts and this decision on them."""
    finding, _created = VetoFinding.objects.update_or_create(
        round=round,
        institution=institution,
        veto=standing.veto,
        defaults=UNDECIDED | {"evidence": {"facts": standing.facts}} | decision,
    )
    return finding
