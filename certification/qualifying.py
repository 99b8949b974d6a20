"""Certificates from outside: taken up as rosters claim them; verified, refused, doubted or recognised by a bureau."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from certification.access import qualifications
from certification.errors import refuse
from certification.models import CertificateKind, Qualification, QualificationState
from lms.registry import auditing, noticing
from lms.registry.access import BUREAU, one
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import CertificateClaim, Membership, User
from lms.registry.noticing import News

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


def refuse_many(*, by: Membership, picked: Iterable[Qualification], reason: str) -> int:
    """Turn certificates down, with the reason their holders read; they may send them again.

    Codes: reason_missing, not_allowed, nothing_picked.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    return _decide(by, picked, QualificationState.REFUSED, "refuse_qualification", reason.strip())


def recognise(*, by: Membership, qualification: Qualification, kind: CertificateKind) -> Qualification:
    """Verify a certificate and let it count as one of another kind (equivalence). It stays what it is by name.

    Codes: kind_unfit (one of ours, or its own kind), not_allowed, not_found.
    """
    if kind.origin != CertificateKind.Origin.OUTSIDE or kind.pk in (OTHER, qualification.kind_id):
        raise refuse("kind_unfit")
    if by.role not in BUREAU:
        raise refuse_by_registry("not_allowed")
    with transaction.atomic():
        one(qualifications(by), pk=qualification.pk)
        row = (
            Qualification.objects.select_for_update(of=("self",))
            .select_related("kind", "person")
            .get(pk=qualification.pk)
        )
        before = {"state": row.state, "counts_as": row.counts_as_id}
        row.state, row.reason, row.counts_as = QualificationState.VALID, "", kind
        row.verified_by, row.verified_at = by.user, timezone.now()
        row.save(update_fields=["state", "reason", "counts_as", "verified_by", "verified_at"])
        _tell([row])
        after = {"state": str(row.state), "counts_as": kind.pk}
        auditing.record(by, "recognise_qualification", row, before=before, after=after)
    return row


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
        locked = Qualification.objects.select_for_update(of=("self",)).select_related("kind", "person")
        rows = list(locked.filter(pk__in=list(reachable)).order_by("pk"))
        acts = []
        now = timezone.now()
        for row in rows:
            after = {"state": str(state.value)} | ({"reason": reason} if reason else {})
            acts.append(auditing.Act(action, row, before={"state": row.state}, after=after))
            row.state, row.verified_by, row.verified_at, row.reason = state, by.user, now, reason
        Qualification.objects.bulk_update(rows, ["state", "verified_by", "verified_at", "reason"], batch_size=500)
        _tell(rows)
        auditing.record_all(by, acts)
    return len(rows)


#: What a holder is told of a decision.
TOLD = {
    QualificationState.VALID: "qualification_verified",
    QualificationState.REFUSED: "qualification_refused",
    QualificationState.DOUBTFUL: "qualification_doubted",
}


def _tell(rows: list[Qualification]) -> None:
    """To the holder where she has an account, and to whoever sent it in for her."""
    holders = {user.person_id: user for user in User.objects.filter(person__in=[row.person_id for row in rows])}
    senders = User.objects.in_bulk([row.submitted_by_id for row in rows if row.submitted_by_id])
    news = []
    for row in rows:
        state = QualificationState(row.state)
        moment = row.verified_at.isoformat() if row.verified_at else ""
        context = {"name": row.person.name, "kind": row.kind.name, "reason": row.reason}
        holder = holders.get(row.person_id)
        if holder:
            news.append(News(holder, TOLD[state], f"{row.pk}:{moment}", context, reverse("my_qualifications")))
        sender = senders.get(row.submitted_by_id) if row.submitted_by_id else None
        if sender and sender != holder:
            path = reverse("institution_qualifications")
            news.append(News(sender, TOLD[state], f"{row.pk}:{moment}", context, path))
    noticing.tell_all(news)


def _ends_before_it_begins(claim: CertificateClaim) -> bool:
    return bool(claim.issued_on and claim.expires_on and claim.expires_on < claim.issued_on)
