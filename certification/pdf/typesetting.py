"""Setting Chinese text: widths, line breaks, fitting a name, paragraphs. All lengths in points."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from certification.pdf.fonts import runs

Align = Literal["left", "centre", "right"]
Colour = tuple[float, float, float]

CLOSING, OPENING = "，。、；：？！）》〉」』】〕”’", "（《〈「『【〔“‘"
NEVER_FIRST = frozenset(CLOSING + "…—·,.;:?!)]%")
NEVER_LAST = frozenset(OPENING + "([")
SQUEEZE = 0.5  # em that a full-width mark gives up beside another


def width_of(text: str, family: str, size: float, tracking: float = 0) -> float:
    """Set width, with `tracking` between the characters but not after the last."""
    glyphs = sum(pdfmetrics.stringWidth(part, name, size) for name, part in runs(text, family))
    return glyphs + tracking * max(0, len(text) - 1) - SQUEEZE * size * (len(_segments(text, family)) - 1)


@lru_cache(maxsize=4096)
def _segments(text: str, family: str) -> tuple[str, ...]:
    """Text cut between two full-width marks in a row, the second of which moves half an em to the left."""
    cuts = [
        place
        for place, (left, right) in enumerate(pairwise(text), start=1)
        if ((left in CLOSING and right in CLOSING + OPENING) or (left in OPENING and right in OPENING))
        and all(pdfmetrics.stringWidth(mark, runs(mark, family)[0][0], 1) == 1 for mark in (left, right))
    ]
    return tuple(text[start:end] for start, end in pairwise((0, *cuts, len(text))))


def set_line(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    family: str,
    size: float,
    colour: Colour,
    *,
    align: Align = "left",
    tracking: float = 0,
) -> float:
    """Set one line on the baseline `y`; answers its width."""
    width = width_of(text, family, size, tracking)
    start = {"left": x, "centre": x - width / 2, "right": x - width}[align]
    line = canvas.beginText(start, y)
    line.setFillColorRGB(*colour)
    line.setCharSpace(tracking)
    for segment in _segments(text, family):
        line.setTextOrigin(start, y)
        for name, part in runs(segment, family):
            line.setFont(name, size)
            line.textOut(part)
        start += width_of(segment, family, size, tracking) + tracking - SQUEEZE * size
    line.setCharSpace(0)
    canvas.drawText(line)
    return width


def _unbreakable(left: str, right: str) -> bool:
    """Whether a line may not end between two neighbours: Chinese punctuation, whole words and numbers."""
    if left == "/" and right != "/":
        return False  # inside a web address
    if right in NEVER_FIRST or left in NEVER_LAST:
        return True
    return left.isascii() and right.isascii() and not left.isspace() and not right.isspace()


def pieces_of(text: str) -> list[str]:
    """Text cut at every place where a line may end."""
    pieces = [text[:1]]
    for left, right in pairwise(text):
        if _unbreakable(left, right):
            pieces[-1] += right
        else:
            pieces.append(right)
    return pieces


@lru_cache(maxsize=4096)
def wrap(text: str, family: str, size: float, width: float) -> tuple[str, ...]:
    """Lines no wider than `width`; a piece that is wider than a whole line is cut anywhere."""
    lines, line, used = [], "", 0.0
    for piece in pieces_of(text):
        wide = width_of(piece, family, size)
        if used + wide <= width or not piece.strip():
            line, used = line + piece, used + wide
            continue
        if line.strip():
            lines.append(line.strip())
        line, used = piece, wide
        while used > width:
            cut = next(n for n in range(len(line), 0, -1) if n == 1 or width_of(line[:n], family, size) <= width)
            lines.append(line[:cut])
            line = line[cut:]
            used = width_of(line, family, size)
    return (*lines, line.strip()) if line.strip() else tuple(lines)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text cut into lines, and the size at which each of them fits."""

    lines: tuple[str, ...]
    size: float


def fit(text: str, family: str, width: float, *, largest: float, least: float, lines: int = 3) -> Fitted:
    """The largest setting within `width`: one line down to `least`, then more lines, then smaller still.

    More lines start at three fifths of `largest`, and are of about equal length.
    """
    unit = width_of(text, family, 1)
    if unit * least <= width:
        return Fitted((text,), min(largest, width / unit))
    for count in range(2, lines + 1):
        parts = _balanced(text, family, count)
        size = min(largest * 0.6, width / max(width_of(part, family, 1) for part in parts))
        if size >= least * 0.7 or count == lines:
            return Fitted(parts, size)
    return Fitted((text,), width / unit)


def _balanced(text: str, family: str, count: int) -> tuple[str, ...]:
    """Text in `count` lines of similar width, cut after a separator of the name where one is near."""
    if count == 1:
        return (text.strip(),)
    target = width_of(text, family, 1) / count

    def cost(place: int) -> float:
        off = abs(width_of(text[:place], family, 1) - target)
        return off if text[place - 1] in "· " else off + target * 0.35

    places = [n for n in range(1, len(text)) if text[n] not in "· "] or [len(text) // 2]
    place = min(places, key=cost)
    return (text[:place].strip(), *_balanced(text[place:], family, count - 1))


def set_paragraph(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    family: str,
    size: float,
    colour: Colour,
    *,
    width: float,
    leading: float,
    align: Align = "left",
) -> float:
    """Set a text from the baseline `y` downwards; answers the baseline below it.

    From the left every line but the last is stretched to `width`; centred ones are made about equally long.
    """
    lines = (_evened if align == "centre" else wrap)(text, family, size, width)
    for number, line in enumerate(lines, start=1):
        slack = width - width_of(line, family, size)
        stretched = align == "left" and number < len(lines) and slack < size * 3
        tracking = slack / max(1, len(line) - 1) if stretched else 0
        set_line(canvas, x, y, line, family, size, colour, align=align, tracking=tracking)
        y -= leading
    return y


@lru_cache(maxsize=4096)
def _evened(text: str, family: str, size: float, width: float) -> tuple[str, ...]:
    """The text on as many lines as `width` needs, each as short as that number allows."""
    lines = wrap(text, family, size, width)
    while len(lines) > 1 and width > size * 4:
        width -= size / 2
        tighter = wrap(text, family, size, width)
        if len(tighter) > len(lines):
            break
        lines = tighter
    return lines


def set_name(
    canvas: Canvas, x: float, y: float, name: str, family: str, colour: Colour, fitted: Fitted, align: Align
) -> None:
    """Set a person's name, its last line on the baseline `y`.

    Short names are spaced out, unless they need two fonts: there a reader takes the gap for a space.
    """
    leading = fitted.size * 1.2
    tracking = fitted.size * 0.2 if len(name) <= 4 and len(runs(name, family)) == 1 else 0
    for above, line in enumerate(reversed(fitted.lines)):
        set_line(canvas, x, y + above * leading, line, family, fitted.size, colour, align=align, tracking=tracking)
