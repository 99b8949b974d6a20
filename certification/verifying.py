"""What anybody may learn about a certificate: whether it holds now, for whom (masked), for what, since when."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification import numbering
from certification.models import Certificate, CertificateFile
from lms.registry.erasing import is_pseudonym
from lms.registry.models import Ban

#: A certificate of ours has well below a tenth of it.
LARGEST_PDF = 5 * 1024 * 1024


class Status(models.TextChoices):
    """The answers of a verification; when several fit, the first of them."""

    BARRED = "barred", _("Holder barred")
    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Superseded")
    EXPIRED = "expired", _("Expired")
    VALID = "valid", _("Valid")
    TAMPERED = "tampered", _("Not the file that was issued")
    UNKNOWN = "unknown", pgettext_lazy("certificate", "Unknown")


@dataclass(frozen=True)
class Verification:
    """One answer, as of one moment. `certificate` is None when it is unknown."""

    status: Status
    serial: str
    as_of: datetime
    certificate: Certificate | None = None

    @property
    def holder(self) -> str:
        """The holder's name with all but its first character hidden."""
        name = self.certificate.holder_name if self.certificate else ""
        if is_pseudonym(name):  # it hides her already
            return name
        return name[:1] + "*" * min(2, len(name) - 1) if name else ""

    @property
    def id_tail(self) -> str:
        """The last four characters of the document printed on it, to compare with the one at hand."""
        masked = self.certificate.holder_id_masked if self.certificate else ""
        return masked[-4:] if len(masked) > len("****") * 2 else ""

    @property
    def successor(self) -> str:
        """Serial of the certificate that replaced this one."""
        return getattr(self.certificate, "newer", None) or ""

    @property
    def revoked_on(self) -> date | None:
        return getattr(self.certificate, "revoked_on", None)

    def as_json(self) -> dict[str, Any]:
        """For programs: no name, no document."""
        answer: dict[str, Any] = {"status": self.status.value, "serial": self.serial, "as_of": self.as_of.isoformat()}
        found = self.certificate
        if found is None or self.status == Status.TAMPERED:
            return answer
        answer |= {
            "kind": found.kind_id,
            "title": found.frozen["title"],
            "holder": self.holder,
            "issued_by": found.issuer_name,
            "issued_on": found.issued_on.isoformat(),
            "expires_on": found.expires_on.isoformat() if found.expires_on else None,
            "lesson_minutes": found.frozen["lesson_minutes"],
            "minutes": {part["bucket"]: part["minutes"] for part in found.frozen["hours"]},
            "url": f"{settings.PUBLIC_URL}/v/{found.serial}",
        }
        if self.status == Status.REVOKED and self.revoked_on:
            answer["revoked_on"] = self.revoked_on.isoformat()
        if self.status == Status.SUPERSEDED:
            answer["superseded_by"] = self.successor
        return answer


def verify(typed: str) -> Verification:
    """The certificate of a serial as people type it. Whatever does not exist is looked for all the same,
    so that near misses take as long as anything else."""
    serial = numbering.normalise(typed)
    return _answer(serial, _all_judgeable().filter(serial=serial))


def verify_pdf(content: bytes) -> Verification:
    """A file: the one we issued, `tampered` when it only claims a serial of ours, else `unknown`."""
    digest = hashlib.sha256(content).hexdigest()
    kept = CertificateFile.objects.filter(file__sha256=digest).values("certificate")
    answer = _answer("", _all_judgeable().filter(pk__in=kept))
    if answer.certificate:
        return answer
    claimed = serial_in(content)
    found = verify(claimed)
    status = Status.TAMPERED if found.certificate else Status.UNKNOWN
    return Verification(status, found.serial if found.certificate else "", found.as_of, found.certificate)


def serial_in(content: bytes) -> str:
    """The serial a PDF claims in its properties; empty when it has none or is no PDF."""
    if len(content) > LARGEST_PDF:
        return ""
    import pikepdf  # heavy, and few visitors hand in a file

    try:
        with pikepdf.open(BytesIO(content)) as document:
            # Only its texts: other values of a hostile file are not looked at.
            texts = [str(value) for value in document.docinfo.values() if isinstance(value, pikepdf.String)]
    except (pikepdf.PdfError, ValueError, AttributeError, RuntimeError):
        return ""
    found = numbering.IN_TEXT.search(" ".join(texts))
    return found[0] if found else ""


def _answer(serial: str, rows: "models.QuerySet[Certificate]") -> Verification:
    """One query: the row with all that decides about it, held against the clock."""
    found = next(iter(rows), None)
    now = timezone.now()
    if found is None:
        return Verification(Status.UNKNOWN, serial, now)
    return Verification(status_of(found, now), found.serial, now, found)


def judgeable(rows: "models.QuerySet[Certificate]") -> "models.QuerySet[Certificate]":
    """`rows` with all that decides whether they hold, for `status_of`: `barred`, `revoked_on`, and `newer`, the serial
    of the certificate in its place."""
    return rows.annotate(barred=_barred(), revoked_on=F("revocation__revoked_on"), newer=F("superseded_by__serial"))


@cache
def _all_judgeable() -> "models.QuerySet[Certificate]":
    """Put together once, only to be narrowed: that takes longer than the database needs to answer."""
    return judgeable(Certificate.objects.order_by())


def in_state(rows: "models.QuerySet[Certificate]", wanted: Status) -> "models.QuerySet[Certificate]":
    """Those of `rows` for which `status_of` would answer `wanted` today."""
    expired = Q(expires_on__isnull=False, expires_on__lt=timezone.localdate())
    barred = Q(_barred())
    superseded, revoked = Q(superseded_by__isnull=False), Q(revocation__isnull=False)
    conditions = {
        Status.BARRED: barred,
        Status.REVOKED: ~barred & revoked,
        Status.SUPERSEDED: ~barred & ~revoked & superseded,
        Status.EXPIRED: ~barred & ~revoked & ~superseded & expired,
        Status.VALID: ~barred & ~revoked & ~superseded & ~expired,
    }
    return rows.filter(conditions[wanted]) if wanted in conditions else rows.none()


def _barred() -> ExpressionWrapper:
    """A ban stands on the holder; or on whoever her record was merged into, for what stayed behind with it."""
    bans = Ban.objects.standing()
    hers = Exists(bans.filter(person=OuterRef("person")))
    return ExpressionWrapper(
        hers | Exists(bans.filter(person__merged_records=OuterRef("person"))), output_field=models.BooleanField()
    )


def status_of(found: Certificate, now: datetime) -> Status:
    """What a certificate out of `judgeable` is worth now."""
    if found.barred:  # type: ignore[attr-defined]
        return Status.BARRED
    if found.revoked_on:  # type: ignore[attr-defined]
        return Status.REVOKED
    if found.newer:  # type: ignore[attr-defined]
        return Status.SUPERSEDED
    if found.expires_on and found.expires_on < timezone.localdate(now):
        return Status.EXPIRED
    return Status.VALID
