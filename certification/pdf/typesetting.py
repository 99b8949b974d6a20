"""Setting Chinese text: widths, line breaking, fitting a name, justified paragraphs. All lengths in points."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from certification.pdf.fonts import runs

Align = Literal["left", "centre", "right"]
Colour = tuple[float, float, float]

NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…—·,.;:?!)]%")
NEVER_LAST = frozenset("（《〈「『【〔“‘([")


def width_of(text: str, family: str, size: float, tracking: float = 0) -> float:
    """Set width, with `tracking` between the characters but not after the last."""
    glyphs = sum(pdfmetrics.stringWidth(part, name, size) for name, part in runs(text, family))
    return glyphs + tracking * max(0, len(text) - 1)


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
    for name, part in runs(text, family):
        line.setFont(name, size)
        line.textOut(part)
    line.setCharSpace(0)
    canvas.drawText(line)
    return width


def _unbreakable(left: str, right: str) -> bool:
    """Whether a line may not end between two neighbours: rules of Chinese punctuation, whole words and numbers."""
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


def wrap(text: str, family: str, size: float, width: float) -> list[str]:
    """Lines no wider than `width`; a piece that is wider than a whole line is cut anywhere."""
    lines, line = [], ""
    for piece in pieces_of(text):
        if width_of(line + piece.rstrip(), family, size) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.strip())
        line = piece.lstrip()
        while width_of(line, family, size) > width:
            cut = next(n for n in range(len(line), 0, -1) if n == 1 or width_of(line[:n], family, size) <= width)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.strip()] if line.strip() else lines


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text cut into lines, and the size at which each of them fits."""

    lines: tuple[str, ...]
    size: float


def fit(text: str, family: str, width: float, *, largest: float, least: float, lines: int = 3) -> Fitted:
    """The largest setting within `width`: on one line down to `least`, then on more lines, in the end smaller still.

    More lines start at three quarters of `largest`, and are of about equal length.
    """
    unit = width_of(text, family, 1)
    if unit * least <= width:
        return Fitted((text,), min(largest, width / unit))
    for count in range(2, lines + 1):
        parts = _balanced(text, family, count)
        size = min(largest * 0.75, width / max(width_of(part, family, 1) for part in parts))
        if size >= least * 0.75 or count == lines:
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

    Every line but the last is stretched to `width`; `align` places the last, and a text of one line.
    """
    lines = wrap(text, family, size, width)
    for number, line in enumerate(lines):
        slack = width - width_of(line, family, size)
        stretched = number < len(lines) - 1 and slack < size * 3
        tracking = slack / max(1, len(line) - 1) if stretched else 0
        left = x - width / 2 if align == "centre" else x
        if stretched or align == "left" or len(lines) > 1:
            set_line(canvas, left, y, line, family, size, colour, tracking=tracking)
        else:
            set_line(canvas, x, y, line, family, size, colour, align="centre")
        y -= leading
    return y
