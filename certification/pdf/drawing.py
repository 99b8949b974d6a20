"""From a sheet to the bytes of its PDF."""

from collections.abc import Callable
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from reportlab.pdfgen.canvas import Canvas

from certification.pdf import post, yearly
from certification.pdf.fonts import SONG, GlyphMissing, load, missing_glyphs
from certification.pdf.ornament import PAGE
from certification.pdf.sheet import CertificateSheet
from lms.jobs.errors import DomainError

TEMPLATES: dict[str, Callable[[Canvas, CertificateSheet], None]] = {"yearly": yearly.draw, "post": post.draw}
PRODUCER = "育证"


def draw(sheet: CertificateSheet) -> bytes:
    """The certificate as a PDF of one A4 page; the same sheet gives the same bytes.

    Refuses before anything is drawn: `glyph_missing` when no font draws a character, `template_unknown`.
    """
    load()
    for text in sheet.texts():
        for character in missing_glyphs(text):
            raise GlyphMissing(character)
    if sheet.template not in TEMPLATES:
        raise DomainError("template_unknown", _("There is no such certificate template."), template=sheet.template)
    target = BytesIO()
    canvas = Canvas(
        target,
        pagesize=PAGE,
        pageCompression=1,
        invariant=1,
        lang="zh-CN",
        # Else every page refers to Helvetica, which isn't embedded. The stubs take a name for a number.
        initialFontName=SONG,  # type: ignore[arg-type]
    )
    canvas.setTitle(f"{sheet.title} {sheet.serial}")
    canvas.setAuthor(sheet.issuer_name)
    canvas.setSubject(f"{sheet.region_name} {sheet.title}")
    canvas.setCreator(PRODUCER)
    canvas.setProducer(PRODUCER)
    # Without a clock in the bytes: the document's own date is the day of issue.
    canvas.setDateFormatter(lambda *now: f"D:{sheet.issued_on:%Y%m%d}000000+08'00'")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    TEMPLATES[sheet.template](canvas, sheet)
    canvas.showPage()
    canvas.save()
    return target.getvalue()
