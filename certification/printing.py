"""The PDF of a certificate: drawn once, kept with its SHA-256, never drawn again."""

import hashlib
import logging

from django.db import IntegrityError, transaction

from certification.drafting import sheet_of
from certification.errors import refuse
from certification.models import Certificate, CertificateFile
from certification.pdf.drawing import draw
from lms.registry import keeping
from lms.registry.errors import refuse as refuse_file
from lms.registry.models import PrivateFile, Purpose

logger = logging.getLogger(__name__)


def pdf_of(certificate: Certificate) -> PrivateFile:
    """The file of `certificate`; drawn now when it has none yet. Of several who draw at once one wins."""
    if known := _file_of(certificate):
        return known
    content = draw(sheet_of(certificate))
    name = f"{certificate.frozen['title']}-{certificate.holder_name}-{certificate.serial}.pdf"
    try:
        with transaction.atomic():
            file = keeping.keep(
                content, name=name, purpose=Purpose.CERTIFICATE, content_type="application/pdf", owner=None
            )
            CertificateFile.objects.create(certificate=certificate, file=file)
    except IntegrityError:
        # Somebody else was quicker. Our row is rolled back; its bytes must go too.
        file.file.storage.delete(file.file.name or "")
        winner = _file_of(certificate)
        if winner is None:
            raise
        return winner
    return file


def content_of(file: PrivateFile) -> bytes:
    """The bytes of a stored certificate; `file_damaged` when they are not those that were issued, `file_erased` when
    they were removed with the holder's data.
    """
    if file.erased_at is not None:
        raise refuse_file("file_erased")
    with file.file.open("rb") as stored:
        content: bytes = stored.read()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        logger.error("Stored certificate file %s does not match its SHA-256.", file.pk)
        raise refuse("file_damaged")
    return content


def draw_now(certificate: Certificate) -> None:
    """After the commit that issued it. Should this fail, the first download draws it."""
    pdf_of(certificate)


def _file_of(certificate: Certificate) -> PrivateFile | None:
    row = CertificateFile.objects.select_related("file").filter(certificate=certificate).first()
    return row.file if row else None
