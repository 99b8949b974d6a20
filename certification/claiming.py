"""Sending in a certificate from outside: by its holder, or by the institution she works for.

It waits for the bureau, which looks at the scan; until then it is held but unverified and counts for nothing.
One that was refused may be sent again, under the same number or another.
"""

import re
import unicodedata
from datetime import date
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.errors import Refusal, refuse
from certification.models import OPEN_ENTRY, CertificateKind, EntryReview, Qualification, QualificationState
from lms.jobs.errors import DomainError
from lms.registry import auditing
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Membership, Person, Post, Purpose, Role
from lms.registry.scanning import keep_scan


def send(
    *,
    by: Membership,
    person: Person,
    kind: CertificateKind,
    number: str,
    scan: UploadedFile | None,
    level: int | None = None,
    issuer: str = "",
    issued_on: date | None = None,
    expires_on: date | None = None,
) -> Qualification:
    """`person`, or the manager of where she works or is about to, sends a certificate in for verification.

    A scan is needed unless an earlier sending of the same certificate left one. Codes: not_allowed, not_found,
    kind_unfit, number_missing, number_format (with the hint), dates_wrong, scan_missing, file_type, already_verified.
    """
    refuse_unless_hers(by, person)
    if kind.origin != CertificateKind.Origin.OUTSIDE:
        raise refuse("kind_unfit")
    number = normalised(kind, number)
    if (issued_on and issued_on > timezone.localdate()) or (issued_on and expires_on and expires_on < issued_on):
        raise refuse("dates_wrong")
    with transaction.atomic():
        rows = Qualification.objects.select_for_update(of=("self",))
        row = rows.filter(person=person, kind=kind, number=number).first()
        if row is not None and row.state in (QualificationState.VALID, QualificationState.REVOKED):
            raise refuse("already_verified")
        if scan is None and (row is None or row.scan_id is None):
            raise refuse("scan_missing")
        before = {"state": row.state} if row else None
        row = row or Qualification(person=person, kind=kind, number=number)
        row.level, row.issuer, row.issued_on, row.expires_on = level, issuer.strip(), issued_on, expires_on
        row.state, row.reason, row.submitted_by = QualificationState.UNVERIFIED, "", by.user
        row.verified_by = row.verified_at = None
        if scan is not None:
            row.scan = keep_scan(scan, purpose=Purpose.SCAN, owner=by.user)
        row.save()
        after = {"state": row.state, "kind": kind.pk, "person": str(person.pk)}
        auditing.record(by, "send_qualification", row, before=before, after=after)
    return row


def normalised(kind: CertificateKind, number: str) -> str:
    """The number in plain capitals without spaces and dashes. Codes: number_missing, number_format (context: hint)."""
    plain = re.sub(r"[\s\-‐‑–—]", "", unicodedata.normalize("NFKC", number)).upper()
    if not plain:
        raise refuse("number_missing")
    if not fits(kind, plain):
        sentence = str(Refusal.NUMBER_FORMAT.label)
        if kind.number_hint:
            sentence = _("A number of this kind looks different: %(hint)s.") % {"hint": kind.number_hint}
        raise DomainError(Refusal.NUMBER_FORMAT.value, sentence, hint=kind.number_hint)
    return plain


def fits(kind: CertificateKind, number: str) -> bool:
    """Whether a number looks as those of this kind do; where no pattern is known, every number does."""
    return not kind.number_patterns or any(re.fullmatch(pattern, number) for pattern in kind.number_patterns)


def refuse_unless_hers(by: Membership, person: Person) -> None:
    """`not_found` unless `person` acts for herself, or works, or is about to, where `by` is the manager."""
    if by.role == Role.LEARNER and by.user.person_id == person.pk:
        return
    if by.role not in (Role.LEARNER, Role.INSTITUTION_MANAGER):
        raise refuse_by_registry("not_allowed")
    if by.role == Role.LEARNER or person.pk not in people_of(by, person.pk):
        raise refuse_by_registry("not_found")


def people_of(by: Membership, *only: UUID) -> set[UUID]:
    """Those of `only` (or everybody) on post at a manager's institution now, or with an entry open there."""
    people: set[UUID] = set()
    if by.institution is None:
        return people
    posts = Post.objects.filter(institution=by.institution, ended_on__isnull=True)
    entries = EntryReview.objects.filter(institution=by.institution, state__in=OPEN_ENTRY)
    for rows in (posts, entries):
        found = rows.filter(person__in=only) if only else rows
        people |= set(found.values_list("person_id", flat=True))
    return people
