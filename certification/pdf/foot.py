"""What every certificate ends with: how to check it, its particulars, who issued it and when."""

from datetime import date

from reportlab.pdfgen.canvas import Canvas

from certification.pdf.fonts import BOLD, SONG
from certification.pdf.marks import draw_qr, draw_seal
from certification.pdf.palette import DEEP, INK, QUIET
from certification.pdf.sheet import CertificateSheet
from certification.pdf.typesetting import Colour, fit, set_line, wrap

SCAN, SCAN_EN = "扫码核验", "Scan to verify"
SERIAL, STANDARD, COURSE, VALID, VERIFY = "证书编号", "学时依据", "培训课程", "有效期至", "核验网址"
NO_END = "长期有效"
QR_SIDE = 86.0
LABEL_WIDTH = 50.0


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def draw_verification(canvas: Canvas, x: float, y: float, sheet: CertificateSheet, caption: Colour = INK) -> None:
    """The QR code with its caption, in a column whose lower left corner is the point."""
    draw_qr(canvas, x, y + 18, QR_SIDE, sheet.verify_url, DEEP)
    middle = x + QR_SIDE / 2
    set_line(canvas, middle, y + 7, SCAN, BOLD, 10, caption, align="centre", tracking=2)
    set_line(canvas, middle, y - 3, SCAN_EN, SONG, 7, caption, align="centre")


def draw_colophon(canvas: Canvas, x: float, y: float, sheet: CertificateSheet, *, width: float) -> None:
    """Label and value, line by line, from the baseline `y` downwards; what is empty is left out."""
    rows = (
        (SERIAL, sheet.serial),
        (COURSE, sheet.course_title),
        (STANDARD, sheet.standard_source),
        (VALID, chinese_date(sheet.expires_on) if sheet.expires_on else NO_END),
        (VERIFY, sheet.verify_url),
    )
    for label, value in rows:
        if not value:
            continue
        set_line(canvas, x, y, label, SONG, 9, QUIET)
        for part in wrap(value, SONG, 9, width - LABEL_WIDTH):
            set_line(canvas, x + LABEL_WIDTH, y, part, SONG, 9, INK)
            y -= 12
        y -= 3


def draw_issuer(canvas: Canvas, x: float, y: float, sheet: CertificateSheet) -> None:
    """Issuer and date around the point, the seal over both, as a hand would set it."""
    name = fit(sheet.issuer_name, BOLD, 190, largest=13.5, least=9, lines=2)
    top = y + 2 + name.size * 1.3 * (len(name.lines) - 1)
    for number, part in enumerate(name.lines):
        set_line(canvas, x, top - number * name.size * 1.3, part, BOLD, name.size, INK, align="centre")
    set_line(canvas, x, y - 22, chinese_date(sheet.issued_on), SONG, 12, INK, align="centre", tracking=0.5)
    draw_seal(canvas, x + 6, y - 4, sheet.seal_text or sheet.issuer_name)
