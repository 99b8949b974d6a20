"""Reading a file of marks (签到表): who was at which session, from when to when.

The header may stand anywhere in the first rows; columns come in any order and by several names. One row is one
person at one session.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from os import PathLike

import xlsxwriter

from lms.registry.rosters.container import ReadableFile
from lms.registry.rosters.reading import HEADER_WITHIN, read_grids
from lms.registry.rosters.values import parse_date, parse_text

NAME, NUMBER, SESSION, DAY, CAME, WENT, STATE = "姓名", "身份证号", "课次", "日期", "签到", "签退", "状态"
#: Canonical label → what else a header may say (full-width forms, spaces and colons apart).
SYNONYMS = {
    NAME: ("学员姓名", "人员姓名", "学员", "name"),
    NUMBER: ("身份证", "身份证号码", "证件号", "证件号码", "公民身份号码"),
    SESSION: ("课次号", "第几课", "第几次", "课时序号", "session"),
    DAY: ("上课日期", "培训日期", "date"),
    CAME: ("签到时间", "到达时间", "到达", "上课时间", "到课时间"),
    WENT: ("签退时间", "离开时间", "离开", "下课时间"),
    STATE: ("出勤", "考勤", "出勤情况", "考勤情况", "到课情况"),
}
_LABELS = {word: label for label, words in SYNONYMS.items() for word in (label, *words)}
ABSENT = {"缺勤", "缺课", "未到", "旷课", "缺席", "absent"}
EXCUSED = {"请假", "事假", "病假", "excused"}
PRESENT = {"", "出勤", "到课", "正常", "已到", "迟到", "早退", "present"}
_HALF_DAY = {"上午": 0, "早上": 0, "中午": 12, "下午": 12, "晚上": 12, "am": 0, "pm": 12}
_CLOCK = re.compile(r"(上午|早上|中午|下午|晚上)?(\d{1,2})(?::|点|时)(?:(\d{1,2})分?|(半))?(?::\d{1,2})?(am|pm)?")
_BARE = re.compile(r"(\d{1,2})(\d{2})")
DAY_OF_24_HOURS = timedelta(days=1)


@dataclass(frozen=True)
class MarkRow:
    """One row as it stands; `number` is its 1-based row in its sheet."""

    number: int
    sheet: str
    cells: dict[str, object]

    def text(self, label: str) -> str:
        """The cell under `label` as text, "" where there is none."""
        return parse_text(self.cells.get(label))


@dataclass(frozen=True)
class MarkFile:
    """The rows of a file, and the columns nobody understood."""

    rows: tuple[MarkRow, ...]
    unknown_columns: tuple[str, ...]


def read_marks(source: str | PathLike[str] | ReadableFile) -> MarkFile | None:
    """The marks in a file; None where no sheet has a header with names and sessions or days.

    Refuses what no file may be: file_empty, file_too_large, file_encrypted, file_has_macro, file_unreadable.
    """
    rows: list[MarkRow] = []
    unknown: dict[str, None] = {}
    found = False
    grids = [(name, list(grid)) for name, grid in read_grids(source)]
    for name, grid in grids:
        header = _header(grid)
        if header is None:
            continue
        found = True
        index, places, strange = header
        unknown |= dict.fromkeys(strange)
        rows += _rows(grid, index, places, name if len(grids) > 1 else "")
    return MarkFile(tuple(rows), tuple(unknown)) if found else None


def parse_clock(raw: object) -> time | None:
    """A time of day: 8:30, 8：30, 0830, 8点半, 下午2点05分, a spreadsheet's fraction of a day; None for nothing.

    Raises ValueError for anything else.
    """
    if isinstance(raw, datetime):
        return raw.time().replace(microsecond=0)
    if isinstance(raw, time):
        return raw.replace(microsecond=0)
    if isinstance(raw, timedelta):
        return _of_seconds(int(raw.total_seconds()))
    if isinstance(raw, float) and 0 <= raw < 1:
        return _of_seconds(round(raw * DAY_OF_24_HOURS.total_seconds()))
    text = unicodedata.normalize("NFKC", parse_text(raw)).lower().replace(" ", "")
    if not text:
        return None
    if match := _CLOCK.fullmatch(text):
        half, hours, minutes, thirty, suffix = match.groups()
        offset = _HALF_DAY.get(half or suffix or "", 0)
        hour = int(hours) % 12 + offset if half or suffix else int(hours)
        return time(hour, 30 if thirty else int(minutes or 0))
    if match := _BARE.fullmatch(text):
        return time(int(match[1]), int(match[2]))
    raise ValueError(text)


def parse_day(raw: object) -> date | None:
    """A day; None for nothing. Raises ValueError when it can't be read or names no single day."""
    if not parse_text(raw):
        return None
    read = parse_date(raw)
    if read is None or read.day is None or read.precision != "day":
        raise ValueError(parse_text(raw))
    return read.day


def blank_marks(names: Sequence[str], sessions: Sequence[tuple[int, date]]) -> bytes:
    """A workbook to fill in: one row per person and session of a run."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("签到")
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
        labels = (SESSION, DAY, NAME, NUMBER, CAME, WENT, STATE)
        for column, label in enumerate(labels):
            sheet.set_column(column, column, 20 if label == NUMBER else 12, text)
            sheet.write_string(0, column, label, bold)
        sheet.data_validation(
            1,
            labels.index(STATE),
            5000,
            labels.index(STATE),
            {
                "validate": "list",
                "source": ["出勤", "缺勤", "请假"],
            },
        )
        row = 0
        for number, day in sessions:
            for name in names:
                row += 1
                for column, value in enumerate((str(number), day.isoformat(), name)):
                    sheet.write_string(row, column, value, text)
        sheet.freeze_panes(1, 0)
    return target.getvalue()


def _header(grid: Sequence[Sequence[object]]) -> tuple[int, dict[int, str], list[str]] | None:
    """The row of the header, its columns by place, and the words nobody understood."""
    for index, cells in enumerate(grid[:HEADER_WITHIN]):
        words = [_word(cell) for cell in cells]
        places = {place: _LABELS[word] for place, word in enumerate(words) if word in _LABELS}
        if NAME in places.values() and {SESSION, DAY} & set(places.values()):
            strange = [parse_text(cells[place]) for place, word in enumerate(words) if word and word not in _LABELS]
            return index, places, [word for word in strange if word != "序号"]
    return None


def _rows(grid: Sequence[Sequence[object]], header: int, places: dict[int, str], sheet: str) -> Iterator[MarkRow]:
    for number, cells in enumerate(grid[header + 1 :], header + 2):
        row = {label: cells[place] for place, label in places.items() if place < len(cells)}
        if parse_text(row.get(NAME)) or parse_text(row.get(NUMBER)):
            yield MarkRow(number, sheet, row)


def _word(cell: object) -> str:
    text = unicodedata.normalize("NFKC", parse_text(cell)).lower()
    return re.sub(r"[\s*:]|\(.*?\)", "", text)


def _of_seconds(seconds: int) -> time:
    hours, rest = divmod(seconds // 60, 60)
    return time(hours % 24, rest)
