"""Taking a certificate back."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from certification.access import refuse_unless_bureau_of
from certification.errors import refuse
from certification.models import Certificate, Revocation
from lms.registry import auditing
from lms.registry.models import Membership, Person


def revoke(*, by: Membership, certificate: Certificate, reason: str) -> Revocation:
    """Revoke `certificate` for good, with every earlier version of it: its hours may then be corrected.

    For officers and supervisors of the issuing region. Refuses `not_allowed` (not a bureau's act), `not_found`
    (another region's), `reason_missing`, `certificate_superseded` (revoke the newest), `already_revoked`.
    """
    reason = reason.strip()
    if not reason:
        raise refuse("reason_missing")
    refuse_unless_bureau_of(by, certificate.region)
    with transaction.atomic():
        # The same lock as issuing and superseding, so that none of them can overtake another.
        Person.objects.select_for_update(no_key=True).get(pk=certificate.person_id)
        if Certificate.objects.filter(supersedes=certificate).exists():
            raise refuse("certificate_superseded")
        today = timezone.localdate()
        rows = [
            Revocation(certificate=version, reason=reason, revoked_on=today, revoked_by=by.user)
            for version in chain_of(certificate)
        ]
        try:
            with transaction.atomic():
                Revocation.objects.bulk_create(rows)
        except IntegrityError as error:
            raise refuse("already_revoked") from error
        auditing.record(by, "revoke_certificate", certificate, after={"serial": certificate.serial, "reason": reason})
    return rows[0]


def chain_of(certificate: Certificate) -> list[Certificate]:
    """`certificate` and the versions before it, newest first."""
    earlier = Certificate.objects.filter(
        person=certificate.person_id,
        kind=certificate.kind_id,
        credential=certificate.credential,
        version__lt=certificate.version,
    )
    return [certificate, *earlier.order_by("-version")]
