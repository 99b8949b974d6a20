"""年度培训学时证书: a braided frame around the rings of a tree, a ring for every year; all centred."""

from functools import cache

from reportlab.pdfgen.canvas import Canvas

from certification.pdf import ornament
from certification.pdf.fonts import BOLD, KAI, SONG
from certification.pdf.foot import NOTE, draw_colophon, draw_issuer, draw_verification
from certification.pdf.ornament import fill, stroke
from certification.pdf.palette import GOLD, INK, MIST, PALE_GOLD, PAPER, QUIET, TEAL
from certification.pdf.sheet import CertificateSheet, HoursLine
from certification.pdf.typesetting import fit, set_line, set_name, set_paragraph

# The wording of this certificate; a sheet's own `body` replaces BODY.
HEAD = "{region}托育从业人员培训"
BODY = ("于 {year} 年度参加托育从业人员培训，", "各类学时均已达到{region}的年度学时标准，特发此证。")
BODY_EN = "This certifies that the holder completed the training hours required of childcare staff in {year}."
ID_LABEL = "证件号码"
REQUIRED = "年度标准 {hours} 课时"
UNIT = "课时"

WIDTH, HEIGHT = ornament.PAGE
CENTRE = WIDTH / 2
LEFT, RIGHT = 84.0, WIDTH - 84.0
FRAME_INSET, FRAME_HALF = 36.0, 8.5


@cache
def _backdrop() -> bytes:
    i, right, top = FRAME_INSET, WIDTH - FRAME_INSET, HEIGHT - FRAME_INSET
    corners = ((i, i), (right, i), (right, top), (i, top))
    frame = [
        ornament.band(start, end, FRAME_HALF, waves, 6)
        for start, end, waves in zip(corners, (*corners[1:], corners[0]), (33, 21, 33, 21), strict=True)
    ]
    studs = []
    for x, y in corners:
        studs += [
            fill(PAPER),
            ornament.disc(x, y, 17, "f"),
            stroke(TEAL, 0.35),
            ornament.rosette(x, y, 17, 12, 5, 0.2),
        ]
        studs += [
            stroke(GOLD, 0.4),
            ornament.rosette(x, y, 9.5, 8, 4, 0.3),
            fill(GOLD),
            ornament.diamond(x, y, 2.2),
        ]
    outer, inner = i - FRAME_HALF - 3, i + FRAME_HALF + 3
    rule = 446.0
    return ornament.deflate(
        fill(PAPER),
        ornament.box(0, 0, WIDTH, HEIGHT, "f"),
        stroke(MIST, 0.8),
        ornament.growth_rings(CENTRE, 300, 205, 26),
        stroke(TEAL, 0.35),
        *frame,
        stroke(TEAL, 1.1),
        ornament.box(outer, outer, WIDTH - 2 * outer, HEIGHT - 2 * outer, "S"),
        stroke(GOLD, 0.5),
        ornament.box(inner, inner, WIDTH - 2 * inner, HEIGHT - 2 * inner, "S"),
        ornament.box(inner + 3, inner + 3, WIDTH - 2 * inner - 6, HEIGHT - 2 * inner - 6, "S"),
        *studs,
        stroke(GOLD, 0.7),
        ornament.line(CENTRE - 150, rule, CENTRE - 12, rule),
        ornament.line(CENTRE + 12, rule, CENTRE + 150, rule),
        fill(GOLD),
        *(ornament.diamond(CENTRE + dx, rule, half) for dx, half in ((-9, 1.6), (0, 3.4), (9, 1.6))),
        stroke(PALE_GOLD, 0.6),
        ornament.line(CENTRE - 190, 366, CENTRE + 190, 366),
    )


def _hours(canvas: Canvas, lines: tuple[HoursLine, ...]) -> None:
    """Earned hours side by side, hairlines between them."""
    step = 190.0
    x = CENTRE - step * (len(lines) - 1) / 2
    for number, line in enumerate(lines):
        if number:
            canvas.setStrokeColorRGB(*PALE_GOLD)
            canvas.setLineWidth(0.6)
            canvas.line(x - step / 2, 200, x - step / 2, 264)
        set_line(canvas, x, 256, line.label, SONG, 11.5, INK, align="centre", tracking=1)
        set_line(canvas, x, 245, line.label_en, SONG, 7.5, QUIET, align="centre", tracking=0.3)
        width = set_line(canvas, x - 12, 216, line.earned, BOLD, 28, TEAL, align="centre")
        set_line(canvas, x - 8 + width / 2, 216, UNIT, SONG, 11, TEAL)
        if line.required:
            set_line(canvas, x, 199, REQUIRED.format(hours=line.required), SONG, 9, QUIET, align="centre")
        x += step


def draw(canvas: Canvas, sheet: CertificateSheet) -> None:
    facts = {"region": sheet.region_name, "year": sheet.year, "course": sheet.course_title}
    ornament.lay(canvas, "yearly", _backdrop())
    set_line(canvas, CENTRE, 522, HEAD.format(**facts), SONG, 11.5, TEAL, align="centre", tracking=3)
    title = fit(sheet.title, BOLD, 520, largest=35, least=22, lines=1)
    set_line(canvas, CENTRE, 478, sheet.title, BOLD, title.size, TEAL, align="centre", tracking=9 * title.size / 35)
    set_line(canvas, CENTRE, 459, sheet.title_en, SONG, 10, QUIET, align="centre", tracking=1)
    name = fit(sheet.holder_name, KAI, RIGHT - LEFT - 40, largest=38, least=21)
    set_name(canvas, CENTRE, 378, sheet.holder_name, KAI, INK, name, "centre")
    set_line(canvas, CENTRE, 349, f"{ID_LABEL}  {sheet.id_masked}", SONG, 10.5, QUIET, align="centre", tracking=0.3)
    y = 322.0
    for paragraph in sheet.body or [text.format(**facts) for text in BODY]:
        y = set_paragraph(canvas, CENTRE, y, paragraph, SONG, 13, INK, width=560, leading=22, align="centre")
    if not sheet.body:
        set_line(canvas, CENTRE, y + 3, BODY_EN.format(**facts), SONG, 9, QUIET, align="centre", tracking=0.2)
    _hours(canvas, sheet.hours)
    draw_verification(canvas, LEFT, 78, sheet)
    draw_colophon(canvas, LEFT + 102, 166, sheet, width=290)
    draw_issuer(canvas, RIGHT - 68, 157, sheet)
    set_line(canvas, CENTRE, 62, NOTE, SONG, 8, QUIET, align="centre", tracking=0.3)
