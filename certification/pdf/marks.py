"""The two marks that make a certificate checkable at a glance and by machine: the seal and the QR code."""

from functools import cache
from math import cos, pi, radians, sin

import segno
from reportlab.pdfgen.canvas import Canvas

from certification.pdf import ornament
from certification.pdf.fonts import BOLD, runs
from certification.pdf.typesetting import Colour, set_line, width_of

VERMILION: Colour = (0.784, 0.204, 0.165)
QUIET_ZONE = 4  # modules of white around a QR code, by its standard
SEAL_RADIUS = 52.0
SEAL_NAME, SEAL_ACT = "育证", "电子签发"


@cache
def _seal_lines() -> str:
    """Rings and sprout around the origin. Neutral on purpose: no star, nothing of an official seal."""
    return "\n".join(
        (
            ornament.stroke(VERMILION, 2.1),
            ornament.disc(0, 0, SEAL_RADIUS, "S"),
            ornament.stroke(VERMILION, 0.5),
            ornament.disc(0, 0, SEAL_RADIUS - 3.2, "S"),
            ornament.disc(0, 0, SEAL_RADIUS - 20, "S"),
            ornament.fill(VERMILION),
            ornament.sprout(0, 9, 15),
        )
    )


def draw_seal(canvas: Canvas, x: float, y: float, text: str) -> None:
    """A round seal with `text` along its ring, centred on a point."""
    canvas.saveState()
    canvas.translate(x, y)
    ornament.put(canvas, _seal_lines())
    _ring_text(canvas, text, SEAL_RADIUS - 15.4)
    set_line(canvas, 0, -6.5, SEAL_NAME, BOLD, 16, VERMILION, align="centre", tracking=2)
    set_line(canvas, 0, -19, SEAL_ACT, BOLD, 7.5, VERMILION, align="centre", tracking=1.2)
    canvas.restoreState()


def _ring_text(canvas: Canvas, text: str, radius: float) -> None:
    """Text along the ring, read from outside, evenly spread around the top; smaller the longer it is."""
    size = min(12, radius * radians(320) / max(1.0, width_of(text, BOLD, 1.08)))
    natural = width_of(text, BOLD, size) / radius
    stretch = min(1.45, radians(290) / natural) if natural < radians(290) else 1.0
    pen = canvas.beginText()
    pen.setFillColorRGB(*VERMILION)
    angle = pi / 2 + natural * stretch / 2
    for name, part in runs(text, BOLD):
        pen.setFont(name, size)
        for character in part:
            width = width_of(character, BOLD, size)
            angle -= width / radius * stretch / 2
            turn = angle - pi / 2
            left = -width / 2
            pen.setTextTransform(
                cos(turn),
                sin(turn),
                -sin(turn),
                cos(turn),
                radius * cos(angle) + left * cos(turn),
                radius * sin(angle) + left * sin(turn),
            )
            pen.textOut(character)
            angle -= width / radius * stretch / 2
    canvas.drawText(pen)


def draw_qr(canvas: Canvas, x: float, y: float, side: float, url: str, colour: Colour) -> None:
    """A QR code with its white margin in a square of `side`, its lower left corner at the point.

    The mask is fixed: choosing the best of eight costs six times as much and no reader needs it.
    """
    modules = segno.make(url, error="m", micro=False, mask=4, boost_error=False).matrix
    count = len(modules)
    scale = side / (count + 2 * QUIET_ZONE)
    margin = QUIET_ZONE * scale
    operators = [
        f"q 1 1 1 rg {x:.2f} {y:.2f} {side:.2f} {side:.2f} re f {ornament.fill(colour)}",
        f"{scale:.5f} 0 0 {-scale:.5f} {x + margin:.3f} {y + side - margin:.3f} cm",
    ]
    for row, cells in enumerate(modules):
        start = 0
        while (start := cells.find(1, start)) >= 0:
            end = cells.find(0, start)
            end = count if end < 0 else end
            operators.append(f"{start} {row} {end - start} 1.02 re")
            start = end
    ornament.put(canvas, "\n".join((*operators, "f Q")))
