"""Certificates from outside: taken up as rosters claim them, verified or doubted by a bureau."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from certification.access import qualifications
from certification.errors import refuse
from certification.models import CertificateKind, Qualification, QualificationState
from lms.registry import auditing
from lms.registry.access import BUREAU
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import CertificateClaim, Membership

OTHER = "other"


def take_up_claims(limit: int = 1000) -> int:
    """Turn waiting claims of rosters into qualifications awaiting verification; how many were taken up.

    A claim known already changes nothing, so that a roster may be sent again. A kind this version does not know
    becomes "other". A claim without a number is kept under the empty number, once per person and kind.
    """
    with transaction.atomic():
        waiting = CertificateClaim.objects.select_for_update(skip_locked=True)
        claims = list(waiting.filter(taken_up_at__isnull=True).order_by("pk")[:limit])
        kinds = set(CertificateKind.objects.filter(origin="outside").values_list("code", flat=True))
        rows = [
            Qualification(
                person_id=claim.person_id,
                kind_id=claim.kind if claim.kind in kinds else OTHER,
                level=claim.level,
                number=claim.number,
                issuer=claim.issuer,
                issued_on=claim.issued_on,
                # An end before the beginning is a slip of the pen; whoever verifies it reads the paper.
                expires_on=None if _ends_before_it_begins(claim) else claim.expires_on,
            )
            for claim in claims
        ]
        Qualification.objects.bulk_create(rows, ignore_conflicts=True)
        CertificateClaim.objects.filter(pk__in=[claim.pk for claim in claims]).update(taken_up_at=timezone.now())
    return len(claims)


def verify_many(*, by: Membership, picked: Iterable[Qualification]) -> int:
    """Declare certificates genuine after looking them up with their issuers; how many changed.

    Bureaus only (`not_allowed`); others than those one may see are left out. Valid ones stay as they are.
    """
    return _decide(by, picked, QualificationState.VALID, "verify_qualification", "")


def doubt(*, by: Membership, picked: Iterable[Qualification], reason: str) -> int:
    """Put certificates in doubt, with the reason: they count no longer. `reason_missing` without one."""
    if not reason.strip():
        raise refuse("reason_missing")
    return _decide(by, picked, QualificationState.DOUBTFUL, "doubt_qualification", reason.strip())


def _decide(
    by: Membership, picked: Iterable[Qualification], state: QualificationState, action: str, reason: str
) -> int:
    if by.role not in BUREAU:
        raise refuse_by_registry("not_allowed")
    ids = [row.pk for row in picked]
    if not ids:
        raise refuse("nothing_picked")
    with transaction.atomic():
        reachable = qualifications(by).filter(pk__in=ids).exclude(state=state).values_list("pk", flat=True)
        rows = list(Qualification.objects.select_for_update().filter(pk__in=list(reachable)).order_by("pk"))
        acts = []
        now = timezone.now()
        for row in rows:
            after = {"state": str(state.value)} | ({"reason": reason} if reason else {})
            acts.append(auditing.Act(action, row, before={"state": row.state}, after=after))
            row.state, row.verified_by, row.verified_at = state, by.user, now
        Qualification.objects.bulk_update(rows, ["state", "verified_by", "verified_at"], batch_size=500)
        auditing.record_all(by, acts)
    return len(rows)


def _ends_before_it_begins(claim: CertificateClaim) -> bool:
    return bool(claim.issued_on and claim.expires_on and claim.expires_on < claim.issued_on)
