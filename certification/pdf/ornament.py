"""Ornament as PDF operators: guilloche bands, rosettes, growth rings, a sprout. Lengths in points.

Each template's backdrop is drawn once per process and kept compressed; only its bytes are copied afterwards.
"""

import zlib
from collections.abc import Callable
from math import cos, sin, tau

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream
from reportlab.pdfgen.canvas import Canvas

from certification.pdf.typesetting import Colour

PAGE = landscape(A4)
Point = tuple[float, float]
Curve = Callable[[float], Point]


def stroke(colour: Colour, width: float) -> str:
    return f"{_rgb(colour)} RG {width:.2f} w"


def fill(colour: Colour) -> str:
    return f"{_rgb(colour)} rg"


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour)


def trace(curve: Curve, start: float, end: float, steps: int, *, closed: bool = False) -> str:
    """The path of a parametric curve, as cubic pieces through its points, rounded to a tenth of a point."""
    step = (end - start) / steps
    reach, tiny = step / 3, step * 1e-3
    (x, y), (dx, dy) = curve(start), _tangent(curve, start, tiny)
    operators = [f"{x:.1f} {y:.1f} m"]
    for number in range(1, steps + 1):
        at = start + number * step
        (nx, ny), (ndx, ndy) = curve(at), _tangent(curve, at, tiny)
        operators.append(
            f"{x + dx * reach:.1f} {y + dy * reach:.1f} {nx - ndx * reach:.1f} {ny - ndy * reach:.1f} "
            f"{nx:.1f} {ny:.1f} c"
        )
        x, y, dx, dy = nx, ny, ndx, ndy
    return "\n".join((*operators, "h " if closed else ""))


def _tangent(curve: Curve, at: float, tiny: float) -> Point:
    (ax, ay), (bx, by) = curve(at - tiny), curve(at + tiny)
    return (bx - ax) / (2 * tiny), (by - ay) / (2 * tiny)


def box(x: float, y: float, width: float, height: float, paint: str) -> str:
    """A rectangle; `paint` is the operator that paints it: f, S."""
    return f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re {paint}"


def line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f"{x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S"


def diamond(x: float, y: float, half: float) -> str:
    (first, *others) = ((x - half, y), (x, y + half), (x + half, y), (x, y - half))
    path = " ".join(f"{px:.2f} {py:.2f} l" for px, py in others)
    return f"{first[0]:.2f} {first[1]:.2f} m {path} h f"


def disc(x: float, y: float, radius: float, paint: str) -> str:
    return trace(lambda t: (x + radius * cos(t), y + radius * sin(t)), 0, tau, 12, closed=True) + paint


def band(start: Point, end: Point, half: float, waves: int, strands: int) -> str:
    """A braid of sine strands from one point to another, `half` its height to either side."""
    (ax, ay), (bx, by) = start, end
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    ux, uy = (bx - ax) / length, (by - ay) / length

    def strand(phase: float) -> Curve:
        def curve(t: float) -> Point:
            swell = half * (0.7 + 0.3 * cos(t * waves * tau / 3))
            off = swell * sin(t * waves * tau + phase)
            return ax + ux * t * length - uy * off, ay + uy * t * length + ux * off

        return curve

    return "\n".join(trace(strand(tau * n / strands), 0, 1, waves * 4) + "S" for n in range(strands))


def rosette(x: float, y: float, radius: float, petals: int, strands: int, depth: float) -> str:
    """A guilloche rosette: a wavy ring laid over itself `strands` times; `depth` is its share of waviness."""

    def ring(phase: float) -> Curve:
        def curve(t: float) -> Point:
            r = radius * (1 - depth + depth * cos(petals * t + phase))
            return x + r * cos(t), y + r * sin(t)

        return curve

    return "\n".join(trace(ring(tau * n / strands), 0, tau, petals * 4, closed=True) + "S" for n in range(strands))


def growth_rings(x: float, y: float, radius: float, rings: int) -> str:
    """The rings of a tree, one for each year, a little off centre and never quite round."""

    def ring(number: int) -> Curve:
        share = number / rings
        r, drift = radius * share, radius * 0.10 * (1 - share)

        def curve(t: float) -> Point:
            wobble = (
                1 + 0.030 * sin(3 * t + 0.9 * share) + 0.018 * sin(5 * t + 4 * share) + 0.008 * sin(9 * t - 7 * share)
            )
            return x + drift * 0.8 + r * wobble * cos(t), y - drift * 0.5 + r * wobble * sin(t)

        return curve

    return "\n".join(trace(ring(number), 0, tau, 40, closed=True) + "S" for number in range(1, rings + 1))


def sprout(x: float, y: float, size: float, vein: Colour | None = None) -> str:
    """Two leaves on a stem, about `size` high, its foot at the point; filled with the current colour."""

    def at(px: float, py: float) -> str:
        return f"{x + px * size:.2f} {y + py * size:.2f}"

    stem = f"{at(-0.035, 0)} m {at(0.005, 0.16)} {at(0.012, 0.3)} {at(-0.012, 0.46)} c {at(0.016, 0.46)} l "
    stem += f"{at(0.052, 0.3)} {at(0.05, 0.16)} {at(0.02, 0)} c h f"
    leaves = [stroke(vein, size * 0.014)] if vein else []
    for side, lift, reach in ((-1, 0.44, 0.46), (1, 0.40, 0.54)):
        foot, tip = at(0, lift), at(side * reach, lift + 0.46)
        leaves.append(
            f"{foot} m {at(side * 0.02, lift + 0.34)} {at(side * reach * 0.55, lift + 0.46)} {tip} c "
            f"{at(side * reach * 1.02, lift + 0.16)} {at(side * reach * 0.62, lift - 0.06)} {foot} c h f"
        )
        if vein:
            bend, end = at(side * reach * 0.6, lift + 0.28), at(side * reach * 0.84, lift + 0.40)
            leaves.append(f"{foot} m {at(side * reach * 0.3, lift + 0.12)} {bend} {end} c S")
    return "\n".join((stem, *leaves))


def put(canvas: Canvas, operators: str) -> None:
    """Draw with operators at hand: formatting each through the canvas takes several times as long."""
    canvas._code.append(operators)  # type: ignore[attr-defined]


def lay(canvas: Canvas, name: str, deflated: bytes) -> None:
    """Draw a backdrop that is compressed already, as a form of the document."""
    form = PDFStream(
        PDFDictionary(
            {
                "Type": PDFName("XObject"),
                "Subtype": PDFName("Form"),
                "FormType": 1,
                "BBox": PDFArray([0, 0, *PAGE]),
                "Resources": PDFDictionary({}),
                "Filter": PDFName("FlateDecode"),
            }
        ),
        deflated,
    )
    canvas._doc.addForm(name, form)  # type: ignore[attr-defined]
    canvas.doForm(name)


def deflate(*operators: str) -> bytes:
    return zlib.compress("\n".join(operators).encode("ascii"), 9)
