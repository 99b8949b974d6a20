"""学时记录: the statement of a person's hours on paper, page after page. It certifies nothing and bears no seal.

Everything is cut into blocks of known height first, so that no line is torn and every page knows how many
there are.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from certification.pdf.fonts import BOLD, SONG, load, missing_glyphs
from certification.pdf.palette import GOLD, INK, MIST, PALE_GOLD, QUIET, TEAL
from certification.pdf.typesetting import Colour, set_line, wrap

WIDTH, HEIGHT = A4
LEFT, RIGHT = 48.0, WIDTH - 48.0
TOP, BOTTOM = HEIGHT - 78, 62.0
TITLE, TITLE_EN = "学时记录", "Statement of Training Hours"
PAGE = "第 {page} 页 共 {pages} 页"
DRAWN = "{at} 由 {by} 调取"
NOTE = "本记录由系统按调取时的数据生成，不作为证书使用；学时证书以证书编号核验结果为准。"
#: Left edges of the columns: day, what it was, kind, bucket and category; hours end at the right of theirs.
DAY, WHAT, KIND, BUCKET, HOURS = LEFT, LEFT + 62, LEFT + 282, LEFT + 358, RIGHT
HEADS = ((DAY, "日期"), (WHAT, "内容"), (KIND, "来源"), (BUCKET, "类别"))
NO_GLYPH = "〓"
SMALL, TEXT = 7.5, 9.0


class Row(NamedTuple):
    """One line of the table, ready to print; `why` stands below it."""

    day: str
    title: str
    place: str
    kind: str
    bucket: str
    hours: str
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """One training year: its heading, what it comes to, and its lines."""

    heading: str
    sums: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class StatementSheet:
    """What the paper says, in words. Equal sheets give equal bytes."""

    name: str
    document: str
    drawn_at: str
    drawn_by: str
    sums: tuple[str, ...]
    sections: tuple[Section, ...]


class Block(NamedTuple):
    """A piece that is not torn: its height, and how it is drawn below a point of the page."""

    height: float
    draw: Callable[[Canvas, float], None]
    #: Keeps together with the block after it.
    bound: bool = False


def draw(sheet: StatementSheet) -> bytes:
    """The paper as PDF. A character that no font draws is shown as 〓, since this paper certifies nothing."""
    load()
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, pageCompression=1, invariant=1, lang="zh-CN", initialFontName=SONG)  # type: ignore[arg-type]
    canvas.setTitle(f"{TITLE} {sheet.name}")
    pages = list(_pages(_blocks(sheet)))
    for number, blocks in enumerate(pages, 1):
        _frame(canvas, sheet, number, len(pages))
        y = TOP
        for block in blocks:
            block.draw(canvas, y)
            y -= block.height
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _pages(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """The blocks page by page; a heading never stands alone at the foot of one."""
    page: list[Block] = []
    y = TOP
    for block in blocks:
        if y - block.height < BOTTOM and page:
            kept: list[Block] = []
            while len(page) > 1 and page[-1].bound:
                kept.insert(0, page.pop())
            yield page
            page, y = kept, TOP - sum(one.height for one in kept)
        page.append(block)
        y -= block.height
    yield page


def _blocks(sheet: StatementSheet) -> Iterator[Block]:
    yield Block(64, partial(_title, sheet))
    for section in sheet.sections:
        yield Block(34 + 13 * len(section.sums), partial(_section, section), bound=True)
        yield Block(18, _heads, bound=True)
        for row in section.rows:
            lines = _cut(row)
            yield Block(8 + 11 * (len(lines[0]) + len(lines[1])), partial(_row, row, lines))
        yield Block(14, lambda canvas, y: None)


def _frame(canvas: Canvas, sheet: StatementSheet, page: int, pages: int) -> None:
    """Running head and foot."""
    y = HEIGHT - 48
    _set(canvas, LEFT, y, f"{TITLE}  {sheet.name}  {sheet.document}", SONG, SMALL, QUIET)
    set_line(canvas, RIGHT, y, PAGE.format(page=page, pages=pages), SONG, SMALL, QUIET, align="right")
    _rule(canvas, y - 6, GOLD)
    _rule(canvas, BOTTOM - 12, PALE_GOLD)
    set_line(canvas, LEFT, BOTTOM - 24, NOTE, SONG, SMALL, QUIET)
    _set(canvas, LEFT, BOTTOM - 35, DRAWN.format(at=sheet.drawn_at, by=sheet.drawn_by), SONG, SMALL, QUIET)


def _title(sheet: StatementSheet, canvas: Canvas, y: float) -> None:
    set_line(canvas, LEFT, y - 20, TITLE, BOLD, 22, TEAL, tracking=3)
    set_line(canvas, LEFT, y - 34, TITLE_EN, SONG, SMALL, QUIET)
    _set(canvas, RIGHT, y - 18, sheet.name, BOLD, 14, INK, align="right")
    _set(canvas, RIGHT, y - 32, sheet.document, SONG, SMALL, QUIET, align="right")
    _set(canvas, LEFT, y - 54, "    ".join(sheet.sums), SONG, TEXT, INK)


def _section(section: Section, canvas: Canvas, y: float) -> None:
    canvas.setFillColorRGB(*MIST)
    canvas.rect(LEFT, y - 24, RIGHT - LEFT, 20, stroke=0, fill=1)
    _set(canvas, LEFT + 6, y - 18, section.heading, BOLD, 11, TEAL)
    for number, text in enumerate(section.sums):
        _set(canvas, LEFT + 6, y - 37 - 13 * number, text, SONG, TEXT, INK)


def _heads(canvas: Canvas, y: float) -> None:
    for x, text in HEADS:
        set_line(canvas, x, y - 11, text, SONG, SMALL, QUIET)
    set_line(canvas, HOURS, y - 11, "课时", SONG, SMALL, QUIET, align="right")
    _rule(canvas, y - 16, GOLD)


def _cut(row: Row) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What it was, and the small print below it: where, and why not all of it counts."""
    title = wrap(_drawable(row.title), SONG, TEXT, KIND - WHAT - 10) or ("",)
    below = "；".join(text for text in (row.place, row.why) if text)
    return title, wrap(_drawable(below), SONG, SMALL, RIGHT - WHAT - 60)


def _row(row: Row, lines: tuple[tuple[str, ...], tuple[str, ...]], canvas: Canvas, y: float) -> None:
    first = y - 12
    set_line(canvas, DAY, first, row.day, SONG, TEXT, INK)
    _set(canvas, KIND, first, row.kind, SONG, SMALL, INK)
    _set(canvas, BUCKET, first, row.bucket, SONG, SMALL, INK)
    set_line(canvas, HOURS, first, row.hours, BOLD, TEXT, INK, align="right")
    at = first
    for text in lines[0]:
        set_line(canvas, WHAT, at, text, SONG, TEXT, INK)
        at -= 11
    for text in lines[1]:
        set_line(canvas, WHAT, at, text, SONG, SMALL, QUIET)
        at -= 11
    _rule(canvas, at + 5, PALE_GOLD)


def _rule(canvas: Canvas, y: float, colour: Colour) -> None:
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(0.5)
    canvas.line(LEFT, y, RIGHT, y)


def _set(canvas: Canvas, x: float, y: float, text: str, family: str, size: float, colour: Colour, **kw: str) -> None:
    set_line(canvas, x, y, _drawable(text), family, size, colour, **kw)  # type: ignore[arg-type]


def _drawable(text: str) -> str:
    for character in missing_glyphs(text):
        text = text.replace(character, NO_GLYPH)
    return text
