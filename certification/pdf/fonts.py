"""The embedded fonts: loaded once per process, with fallback glyph by glyph.

A certificate that prints a name with a hole in it is worse than none, so no text reaches the page unchecked.
"""

from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from struct import unpack_from
from threading import Lock

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts

from lms.jobs.errors import DomainError

FOLDER = Path(__file__).resolve().parent.parent / "fonts"
SONG, BOLD, KAI = "YuzhengSong", "YuzhengSongBold", "YuzhengKai"
FILES = {SONG: "song-regular.ttf", BOLD: "song-bold.ttf", KAI: "kai-regular.ttf"}
FALLBACK = {SONG: (SONG, KAI), BOLD: (BOLD, SONG, KAI), KAI: (KAI, SONG)}
BLANK = frozenset({0x20, 0xA0, 0x3000})  # drawn by drawing nothing

_registering = Lock()


class GlyphMissing(DomainError):
    """Code `glyph_missing`: no embedded font draws a character; a person must find another way for it."""

    def __init__(self, character: str) -> None:
        point = f"U+{ord(character):04X}"
        message = _("No certificate font draws the character “{character}” ({point}).")
        super().__init__(
            "glyph_missing",
            format_lazy(message, character=character, point=point),
            character=character,
            point=point,
        )


def unicode_map(fontname: str, subset: list[int]) -> str:
    """The ToUnicode CMap of one font subset: what a reader gets when the text is copied or searched.

    Replaces ReportLab's, which writes a code point above U+FFFF as one five-digit number, so that a reader takes
    four of its digits for another character. The format wants UTF-16BE, and at most 100 entries in a block.
    """
    entries = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>" for code, point in enumerate(subset) if point
    ]
    blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            f"/CMapName /{fontname} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *("\n".join((f"{len(block)} beginbfchar", *block, "endbfchar")) for block in blocks),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        )
    )


def load() -> dict[str, ttfonts.TTFont]:
    """The three fonts by name, registered with ReportLab on first use."""
    with _registering:
        return _load()


@cache
def _load() -> dict[str, ttfonts.TTFont]:
    ttfonts.makeToUnicodeCMap = unicode_map
    rl_config.useA85 = 0  # binary streams: a fifth smaller and a tenth faster than ASCII ones
    loaded = {}
    for name, file in FILES.items():
        # Not shapable: names are set glyph by glyph. Not ASCII-readable: else each subset has all of ASCII.
        font = ttfonts.TTFont(name, str(FOLDER / file), asciiReadable=False, shapable=False)
        # ReportLab copies the whole 13 MB glyph table out of the file for every certificate; once will do.
        font.face.get_table = cache(font.face.get_table)  # type: ignore[method-assign]
        pdfmetrics.registerFont(font)
        loaded[name] = font
    return loaded


@cache
def _draws(name: str, point: int) -> bool:
    """Whether a font maps a character to a glyph with contours; some fonts map one to an empty glyph."""
    face = load()[name].face
    glyph = face.charToGlyph.get(point)
    if not glyph:
        return False
    if point in BLANK:
        return True
    start, end = face.glyphPos[glyph], face.glyphPos[glyph + 1]
    return bool(end > start and unpack_from(">h", face.get_table("glyf"), start)[0])


@cache
def _font_for(family: str, character: str) -> str:
    for name in FALLBACK[family]:
        if _draws(name, ord(character)):
            return name
    raise GlyphMissing(character)


@lru_cache(maxsize=8192)
def runs(text: str, family: str) -> tuple[tuple[str, str], ...]:
    """Text as (font name, characters) runs: `family` where it can, its fallbacks where it can't.

    Raises GlyphMissing for a character that none of them draws.
    """
    return tuple((name, "".join(run)) for name, run in groupby(text, lambda character: _font_for(family, character)))


def missing_glyphs(text: str) -> list[str]:
    """The characters of a text that no embedded font draws, each once, in their order."""
    wanted = dict.fromkeys(text)
    return [one for one in wanted if not any(_draws(name, ord(one)) for name in (SONG, KAI))]
