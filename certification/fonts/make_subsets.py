"""Cut the certificate fonts out of their sources; run once when a source font changes.

    python certification/fonts/make_subsets.py SONG-REGULAR.ttf SONG-BOLD.ttf KAI-REGULAR.ttf

Sources: Noto Serif SC 2.003 (static TrueType instances, weights 400 and 700) and LXGW WenKai 1.250 (Regular),
both under the SIL Open Font License 1.1, whose text stands beside the results. They must have TrueType outlines:
ReportLab refuses PostScript ones.

The two text fonts keep every Han character their source has (GBK, Extension A, and what there is of B and
later): a name may hold any of them. The bold one sets titles and figures only and keeps GB 2312. Hinting and
layout features are dropped; PDF uses neither. The results carry names of their own because a modified font must
not bear a reserved one.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent

LATIN_AND_PUNCTUATION = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),
    *range(0x2010, 0x2040),
    *range(0x2460, 0x2474),
    *range(0x3000, 0x3018),
    *range(0xFF00, 0xFF66),
)
HAN_BLOCKS = (
    *range(0x3400, 0x4DC0),  # Extension A
    *range(0x4E00, 0xA000),  # unified ideographs, also those newer than GBK
    *range(0xF900, 0xFB00),  # compatibility ideographs, 21 of them in GBK
    *range(0x20000, 0x33480),  # Extensions B and later
)


def characters_of(codec: str) -> set[int]:
    """Code points that a double-byte character set can express."""
    found: set[int] = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                found.update(map(ord, bytes((lead, trail)).decode(codec)))
            except UnicodeDecodeError:
                continue
    return found


def cut(source: Path, target: Path, family: str, style: str, characters: Iterable[int]) -> None:
    """Write the part of `source` that draws `characters` to `target`, under the name `family`."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp", "prep"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.recalc_timestamp = False
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=list(characters))
    cutter.subset(font)
    names = font["name"]
    for record in list(names.names):
        if record.nameID == 6:
            names.setName(f"{family}-{style}".replace(" ", ""), 6, *_place(record))
        elif record.nameID in (1, 3, 4):
            names.setName(f"{family} {style}" if record.nameID == 4 else family, record.nameID, *_place(record))
    font.save(target)
    font.close()


def _place(record: object) -> tuple[int, int, int]:
    return record.platformID, record.platEncID, record.langID  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("song_regular", type=Path)
    parser.add_argument("song_bold", type=Path)
    parser.add_argument("kai_regular", type=Path)
    given = parser.parse_args()
    names = {*LATIN_AND_PUNCTUATION, *HAN_BLOCKS, *characters_of("gbk")}
    titles = {*LATIN_AND_PUNCTUATION, *characters_of("gb2312")}
    cut(given.song_regular, HERE / "song-regular.ttf", "Yuzheng Song", "Regular", names)
    cut(given.song_bold, HERE / "song-bold.ttf", "Yuzheng Song", "Bold", titles)
    cut(given.kai_regular, HERE / "kai-regular.ttf", "Yuzheng Kai", "Regular", names)


if __name__ == "__main__":
    main()
