"""上岗培训合格证书: a deep band with a sprout, the beginning of a working life; text set from the left."""

from functools import cache

from reportlab.pdfgen.canvas import Canvas

from certification.pdf import ornament
from certification.pdf.fonts import BOLD, KAI, SONG
from certification.pdf.foot import NOTE, draw_colophon, draw_issuer, draw_verification
from certification.pdf.ornament import fill, stroke
from certification.pdf.palette import DEEP, GOLD, INK, MIST, PALE_GOLD, PAPER, QUIET, TEAL, WHITE
from certification.pdf.sheet import CertificateSheet
from certification.pdf.typesetting import fit, set_line, set_name, set_paragraph

# The wording of this certificate; a sheet's own `body` replaces BODY.
BAND_LINES, BAND_EN = ("托育从业人员", "上岗培训"), "Childcare Workforce Training"
HEAD = "{region}托育从业人员上岗培训"
BODY = ("参加“{course}”上岗培训，", "学完规定课程，考核合格，特发此证。")
BODY_EN = "This certifies that the holder completed this pre-service training and passed its assessment."
ID_LABEL = "证件号码"
HOURS = "{label} {earned} 课时"

WIDTH, HEIGHT = ornament.PAGE
BAND = 212.0
MIDDLE = BAND / 2
LEFT, RIGHT = 268.0, WIDTH - 64.0
EMBLEM = 408.0


@cache
def _backdrop() -> bytes:
    veil = (0.075, 0.345, 0.329)
    x, y, width, height = BAND + 22, 26.0, WIDTH - BAND - 48, HEIGHT - 52
    corners = [(x + dx, y + dy) for dx in (0, width) for dy in (0, height)]
    return ornament.deflate(
        fill(PAPER),
        ornament.box(0, 0, WIDTH, HEIGHT, "f"),
        stroke(MIST, 0.5),
        ornament.rosette(570, 300, 215, 18, 9, 0.22),
        ornament.rosette(570, 300, 118, 12, 7, 0.30),
        fill(DEEP),
        ornament.box(0, 0, BAND, HEIGHT, "f"),
        "q",
        ornament.box(0, 0, BAND, HEIGHT, "W n"),
        stroke(veil, 0.5),
        *(ornament.band((MIDDLE + dx, -20), (MIDDLE + dx, HEIGHT + 20), 30, 9, 8) for dx in (-88, -30, 30, 88)),
        "Q",
        fill(DEEP),
        ornament.disc(MIDDLE, EMBLEM, 76, "f"),
        stroke(PALE_GOLD, 0.4),
        ornament.rosette(MIDDLE, EMBLEM, 76, 24, 6, 0.13),
        stroke(GOLD, 0.8),
        ornament.disc(MIDDLE, EMBLEM, 54, "S"),
        fill(PALE_GOLD),
        ornament.sprout(MIDDLE - 3, EMBLEM - 33, 68, vein=DEEP),
        fill(GOLD),
        ornament.box(BAND, 0, 2.2, HEIGHT, "f"),
        stroke(GOLD, 0.9),
        ornament.box(x, y, width, height, "S"),
        stroke(GOLD, 0.4),
        ornament.box(x + 4, y + 4, width - 8, height - 8, "S"),
        fill(PAPER),
        *(ornament.disc(cx, cy, 9, "f") for cx, cy in corners),
        stroke(GOLD, 0.4),
        *(ornament.rosette(cx, cy, 9, 8, 4, 0.3) for cx, cy in corners),
        fill(GOLD),
        *(ornament.diamond(cx, cy, 2) for cx, cy in corners),
        ornament.box(LEFT, 441, 46, 2, "f"),
        stroke(PALE_GOLD, 0.6),
        ornament.line(LEFT, 352, RIGHT, 352),
    )


def draw(canvas: Canvas, sheet: CertificateSheet) -> None:
    facts = {"region": sheet.region_name, "year": sheet.year, "course": sheet.course_title}
    ornament.lay(canvas, "post", _backdrop())
    set_line(canvas, LEFT, 522, HEAD.format(**facts), SONG, 11.5, TEAL, tracking=2.5)
    for number, text in enumerate(BAND_LINES):
        set_line(canvas, MIDDLE, 296 - 22 * number, text, SONG, 13, PALE_GOLD, align="centre", tracking=5)
    set_line(canvas, MIDDLE, 254, BAND_EN, SONG, 7.5, PALE_GOLD, align="centre", tracking=0.6)
    title = fit(sheet.title, BOLD, RIGHT - LEFT - 40, largest=36, least=22, lines=1)
    set_line(canvas, LEFT, 475, sheet.title, BOLD, title.size, TEAL, tracking=5 * title.size / 36)
    set_line(canvas, LEFT, 455, sheet.title_en, SONG, 10, QUIET, tracking=0.8)
    name = fit(sheet.holder_name, KAI, RIGHT - LEFT, largest=40, least=20)
    set_name(canvas, LEFT, 366, sheet.holder_name, KAI, INK, name, "left")
    set_line(canvas, LEFT, 333, f"{ID_LABEL}  {sheet.id_masked}", SONG, 10.5, QUIET, tracking=0.3)
    y = 300.0
    for paragraph in sheet.body or [text.format(**facts) for text in BODY]:
        y = set_paragraph(canvas, LEFT, y, paragraph, SONG, 13.5, INK, width=RIGHT - LEFT, leading=24)
    if not sheet.body:
        set_line(canvas, LEFT, y + 4, BODY_EN, SONG, 9, QUIET, tracking=0.2)
        y -= 22
    hours = "    ".join(HOURS.format(label=line.label, earned=line.earned) for line in sheet.hours)
    set_line(canvas, LEFT, y, hours, BOLD, 13, TEAL, tracking=0.5)
    draw_verification(canvas, MIDDLE - 43, 70, sheet, caption=WHITE)
    draw_colophon(canvas, LEFT, 158, sheet, width=290)
    draw_issuer(canvas, RIGHT - 78, 148, sheet)
    set_line(canvas, LEFT, 58, NOTE, SONG, 8, QUIET, tracking=0.3)
