"""Ornament as PDF operators: guilloche bands, rosettes, growth rings, a sprout. Lengths in points.

Each template's backdrop is drawn once per process and kept compressed; only its bytes are copied afterwards.
"""

import zlib
from collections.abc import Callable
from math import cos, sin, tau

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream
from reportlab.pdfgen.canvas import Canvas

from certification.pdf.typesetting import Colour

Point = tuple[float, float]
Curve = Callable[[float], Point]


def stroke(colour: Colour, width: float) -> str:
    return f"{_rgb(colour)} RG {width:.2f} w"


def fill(colour: Colour) -> str:
    return f"{_rgb(colour)} rg"


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour)


def trace(curve: Curve, start: float, end: float, steps: int, *, closed: bool = False) -> str:
    """The path of a parametric curve, as cubic pieces that meet its points and tangents."""
    step = (end - start) / steps
    reach, tiny = step / 3, step * 1e-3
    (x, y), (dx, dy) = curve(start), _tangent(curve, start, tiny)
    operators = [f"{x:.2f} {y:.2f} m"]
    for number in range(1, steps + 1):
        at = start + number * step
        (nx, ny), (ndx, ndy) = curve(at), _tangent(curve, at, tiny)
        operators.append(
            f"{x + dx * reach:.2f} {y + dy * reach:.2f} {nx - ndx * reach:.2f} {ny - ndy * reach:.2f} "
            f"{nx:.2f} {ny:.2f} c"
        )
        x, y, dx, dy = nx, ny, ndx, ndy
    return "\n".join((*operators, "h" if closed else ""))


def _tangent(curve: Curve, at: float, tiny: float) -> Point:
    (ax, ay), (bx, by) = curve(at - tiny), curve(at + tiny)
    return (bx - ax) / (2 * tiny), (by - ay) / (2 * tiny)


def box(x: float, y: float, width: float, height: float, paint: str) -> str:
    """A rectangle; `paint` is the operator that paints it: f, S."""
    return f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re {paint}"


def line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f"{x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S"


def diamond(x: float, y: float, half: float) -> str:
    return f"{x - half:.2f} {y:.2f} m {x:.2f} {y + half:.2f} l {x + half:.2f} {y:.2f} l {x:.2f} {y - half:.2f} l h f"


def disc(x: float, y: float, radius: float, paint: str) -> str:
    return trace(lambda t: (x + radius * cos(t), y + radius * sin(t)), 0, tau, 12, closed=True) + paint


def band(start: Point, end: Point, half: float, waves: int, strands: int) -> str:
    """A braid of sine strands from one point to another, `half` its height to either side."""
    (ax, ay), (bx, by) = start, end
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    ux, uy = (bx - ax) / length, (by - ay) / length

    def strand(phase: float) -> Curve:
        def curve(t: float) -> Point:
            swell = half * (0.72 + 0.28 * cos(2 * t * waves * tau / 3 + phase))
            off = swell * sin(t * waves * tau + phase)
            return ax + ux * t * length - uy * off, ay + uy * t * length + ux * off

        return curve

    return "\n".join(trace(strand(tau * n / strands), 0, 1, waves * 5) + "S" for n in range(strands))


def rosette(x: float, y: float, radius: float, petals: int, strands: int, depth: float) -> str:
    """A guilloche rosette: one wavy ring laid over itself `strands` times; `depth` is the share of waviness."""

    def ring(phase: float) -> Curve:
        def curve(t: float) -> Point:
            r = radius * (1 - depth + depth * cos(petals * t + phase))
            return x + r * cos(t), y + r * sin(t)

        return curve

    return "\n".join(trace(ring(tau * n / strands), 0, tau, petals * 5, closed=True) + "S" for n in range(strands))


def growth_rings(x: float, y: float, radius: float, rings: int) -> str:
    """The rings of a tree, one for each year, a little off centre and never quite round."""

    def ring(number: int) -> Curve:
        share = number / rings
        r, drift = radius * share, radius * 0.10 * (1 - share)

        def curve(t: float) -> Point:
            wobble = 1 + 0.030 * sin(3 * t + 0.9 * share) + 0.018 * sin(5 * t + 4 * share) + 0.008 * sin(9 * t - 7 * share)
            return x + drift * 0.8 + r * wobble * cos(t), y - drift * 0.5 + r * wobble * sin(t)

        return curve

    return "\n".join(trace(ring(number), 0, tau, 40, closed=True) + "S" for number in range(1, rings + 1))


def sprout(x: float, y: float, size: float) -> str:
    """Two leaves on a stem, `size` high, its foot at the point; filled with the current colour."""

    def at(px: float, py: float) -> str:
        return f"{x + px * size:.2f} {y + py * size:.2f}"

    stem = [f"{at(-0.025, 0)} m {at(-0.02, 0.2)} {at(-0.02, 0.3)} {at(-0.03, 0.46)} c"]
    stem.append(f"{at(0.03, 0.46)} l {at(0.022, 0.3)} {at(0.022, 0.2)} {at(0.03, 0)} c h f")
    leaves = []
    for side, lift, reach in ((-1, 0.44, 0.46), (1, 0.40, 0.52)):
        tip = at(side * reach, lift + 0.46)
        leaves.append(
            f"{at(0, lift)} m {at(side * 0.02, lift + 0.34)} {at(side * reach * 0.55, lift + 0.46)} {tip} c "
            f"{at(side * reach * 1.02, lift + 0.16)} {at(side * reach * 0.62, lift - 0.06)} {at(0, lift)} c h f"
        )
    return "\n".join((*stem, *leaves))


def lay(canvas: Canvas, name: str, deflated: bytes) -> None:
    """Draw a backdrop that is compressed already, as a form of the document."""
    width, height = canvas._pagesize
    form = PDFStream(
        PDFDictionary(
            {
                "Type": PDFName("XObject"),
                "Subtype": PDFName("Form"),
                "FormType": 1,
                "BBox": PDFArray([0, 0, width, height]),
                "Resources": PDFDictionary({}),
                "Filter": PDFName("FlateDecode"),
            }
        ),
        deflated,
    )
    canvas._doc.addForm(name, form)
    canvas.doForm(name)


def deflate(*operators: str) -> bytes:
    return zlib.compress("\n".join(operators).encode("ascii"), 9)
