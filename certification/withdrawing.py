"""When a roster is taken back: certificates it claimed go again, as long as nobody has looked at them."""

from collections.abc import Collection

from certification.models import CertificateKind, Qualification, QualificationState
from certification.qualifying import OTHER
from lms.registry.models import CertificateClaim


def withdraw_claims(claims: Collection[CertificateClaim]) -> set[int]:
    """Remove the qualifications these claims were taken up as, inside the caller's transaction.

    Gives the keys of claims that must stay: their certificate was verified, refused or doubted, or its holder or a
    bureau added something to it. One that was on record before the claim is none of its.
    """
    if not claims:
        return set()
    kinds = set(CertificateKind.objects.filter(origin="outside").values_list("code", flat=True))
    by_key = {(claim.person_id, claim.kind if claim.kind in kinds else OTHER, claim.number): claim for claim in claims}
    people = {claim.person_id for claim in claims}
    stay: set[int] = set()
    gone = []
    for row in Qualification.objects.select_for_update(of=("self",)).filter(person__in=people):
        claim = by_key.get((row.person_id, row.kind_id, row.number))
        if claim is None or row.recorded_at < claim.recorded_at:
            continue
        touched = row.scan_id or row.counts_as_id or row.submitted_by_id or row.verified_by_id
        if row.state == QualificationState.UNVERIFIED and not touched:
            gone.append(row.pk)
        else:
            stay.add(claim.pk)
    Qualification.objects.filter(pk__in=gone).delete()
    return stay
