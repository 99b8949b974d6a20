"""What every certificate ends with: how to check it, its particulars, who issued it and when."""

from datetime import date

from reportlab.pdfgen.canvas import Canvas

from certification.pdf.fonts import BOLD, SONG
from certification.pdf.marks import SEAL_RADIUS, draw_qr, draw_seal
from certification.pdf.palette import DEEP, INK, QUIET
from certification.pdf.sheet import CertificateSheet
from certification.pdf.typesetting import Colour, fit, set_line, wrap

SCAN, SCAN_EN = "扫码核验", "Scan to verify"
SERIAL, STANDARD, COURSE, VALID, VERIFY = "证书编号", "学时依据", "培训课程", "有效期至", "核验网址"
YEAR, YEAR_VALUE = "学时年度", "{year} 年度"
NO_END, NO_END_VALUE = "有效期限", "长期有效"
NOTE = "本证书由系统电子签发，当前状态以核验网址显示为准。"
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


def _validity(sheet: CertificateSheet) -> tuple[str, str]:
    """Until when it holds; hours of a year hold for that year and for no other."""
    if sheet.expires_on:
        return VALID, chinese_date(sheet.expires_on)
    return (YEAR, YEAR_VALUE.format(year=sheet.year)) if sheet.year else (NO_END, NO_END_VALUE)


def draw_colophon(canvas: Canvas, x: float, y: float, sheet: CertificateSheet, *, width: float) -> None:
    """Label and value, line by line, from the baseline `y` downwards; what is empty is left out."""
    rows = (
        (SERIAL, sheet.serial),
        (COURSE, sheet.course_title),
        (STANDARD, sheet.standard_source),
        _validity(sheet),
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
    """The seal centred on the point, issuer and date under it."""
    draw_seal(canvas, x, y, sheet.seal_text or sheet.issuer_name)
    name = fit(sheet.issuer_name, BOLD, 180, largest=13, least=10.5, lines=2)
    leading = name.size * 1.35
    y -= SEAL_RADIUS + 6 + name.size
    for part in name.lines:
        set_line(canvas, x, y, part, BOLD, name.size, INK, align="centre", tracking=0.4)
        y -= leading
    set_line(canvas, x, y - 3, chinese_date(sheet.issued_on), SONG, 11, INK, align="centre", tracking=0.5)
