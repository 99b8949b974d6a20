"""From a file to rows: which sheets, where the header stands, which rows are people.

`read_roster` is the only door. Rows are streamed; the file is judged before the first one leaves.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from os import PathLike

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from lms.registry.rosters.columns import (
    CERTIFICATE_COLUMNS,
    ID_NUMBER,
    INSTITUTION_COLUMNS,
    NAME,
    REASON,
    SEQUENCE,
    Columns,
    column_label,
    read_header,
)
from lms.registry.rosters.container import TEXT, ReadableFile, kind_of, read_bytes
from lms.registry.rosters.messages import refuse

#: The header stands somewhere in these first rows.
HEADER_WITHIN = 30
#: The sheet of our own template that explains the columns.
NOTES_SHEET = "填写说明"
_DELIMITERS = ",\t;|"
#: Columns that don't make a row one about a person.
_NOT_THE_PERSONS = {SEQUENCE, REASON, *INSTITUTION_COLUMNS}
#: Words that open a row about the table: totals, and (in a row without ID number) signatures and remarks.
_TOTAL = re.compile(r"(本页|总)?(合计|总计|小计|共计|汇总)[(:]?.*")
_NOT_A_PERSON = re.compile(
    r"(总人数|填表|制表|填报|审核|审批|复核|经办|负责人签字|单位负责人|机构负责人签|园长签|签字|签名|"
    r"\(?盖章|单位\(?盖章|联系人|备注:|注:|说明:|以上)"
)


@dataclass(frozen=True)
class RawRow:
    """One row of a person: its 1-based number in its sheet and its cells by column label.

    `sheet` names the sheet where a workbook has several roster sheets, else it is "".
    A second certificate's columns end in "#2".
    """

    number: int
    cells: Mapping[str, object]
    sheet: str = ""


@dataclass(frozen=True)
class Note:
    """Something to tell about the file: sheet_hidden, sheet_ignored or column_repeated, and which."""

    code: str
    value: str


@dataclass(frozen=True)
class Table:
    """One sheet with a header.

    `grid` gives all its rows anew each time; `header` is the 1-based number of the last header row and
    `titles` what stands in it; `merges` are vertical merges of institution cells, see _merges_of.
    """

    name: str
    grid: Callable[[], Iterable[Sequence[object]]]
    columns: Columns
    titles: tuple[str, ...]
    header: int
    height: int
    merges: tuple[tuple[int, int, int], ...] | None


@dataclass(frozen=True)
class Sheet:
    """A roster file: its rows (iterable again and again), and what to tell about it.

    `total` counts the rows below the headers, totals and signatures included: an upper bound for progress.
    """

    tables: tuple[Table, ...]
    unknown_columns: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def total(self) -> int:
        return sum(table.height - table.header for table in self.tables)

    @property
    def rows(self) -> Iterator[RawRow]:
        for table in self.tables:
            yield from _with_further_certificates(_people(table, table.name if len(self.tables) > 1 else ""))


def read_roster(source: str | PathLike[str] | ReadableFile, filename: str = "") -> Sheet:
    """Open an xlsx, xls or csv roster. `filename` serves the refusal's context only: the content decides.

    Refuses the whole file with file_empty, file_too_large, file_encrypted, file_has_macro,
    file_not_roster (also: no header with name and ID number) or file_unreadable.
    """
    notes: list[Note] = []
    tables = []
    for name, grid, height, merges in _candidates(source, notes):
        header = _find_header(grid())
        if header is not None:
            columns, titles, number = header
            tables.append(Table(name, grid, columns, titles, number, height, merges(columns)))
        elif height and name != NOTES_SHEET:
            notes.append(Note("sheet_ignored", name))
    if not tables:
        raise refuse("file_not_roster", filename=filename)
    notes += [Note("column_repeated", label) for table in tables for label in table.columns.repeated]
    unknown = dict.fromkeys(label for table in tables for label in table.columns.unknown)
    return Sheet(tuple(tables), tuple(unknown), tuple(dict.fromkeys(notes)))


def read_grids(source: str | PathLike[str] | ReadableFile) -> list[tuple[str, Iterable[Sequence[object]]]]:
    """The visible sheets of an xlsx, xls or csv, whatever stands in them: name and rows of cells.

    Refuses as `read_roster` does, but for file_not_roster.
    """
    return [(name, grid()) for name, grid, _height, _merges in _candidates(source, []) if name != NOTES_SHEET]


def _candidates(source: str | PathLike[str] | ReadableFile, notes: list[Note]) -> "list[Candidate]":
    data = read_bytes(source)
    return [_csv_candidate(data)] if kind_of(data) == TEXT else list(_workbook_candidates(data, notes))


Merges = Callable[[Columns], "tuple[tuple[int, int, int], ...] | None"]
Candidate = tuple[str, Callable[[], Iterable[Sequence[object]]], int, Merges]


def _workbook_candidates(data: bytes, notes: list[Note]) -> Iterator[Candidate]:
    """The visible worksheets of an xlsx or xls. Formula cells give the values the workbook kept for them."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for index, about in enumerate(book.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            if about.visible != SheetVisibleEnum.Visible:
                notes.append(Note("sheet_hidden", about.name))
                continue
            sheet = book.get_sheet_by_index(index)
            height = sheet.end[0] + 1 if sheet.end else 0
            yield about.name, sheet.iter_rows, height, _merges_of(sheet)
    except CalamineError as error:
        raise refuse("file_unreadable") from error


def _merges_of(sheet: CalamineSheet) -> Merges:
    """Vertical merges in the institution columns as (position in the row, first row, last row), rows 1-based.

    None where the file doesn't tell or has none there: blanks are then filled from above.
    """
    left = sheet.start[1] if sheet.start else 0

    def merges(columns: Columns) -> tuple[tuple[int, int, int], ...] | None:
        wanted = {position for position, key in columns.places if key in INSTITUTION_COLUMNS}
        found = tuple(
            (column - left, top + 1, bottom + 1)
            for (top, column), (bottom, _) in sheet.merged_cell_ranges or ()
            if column - left in wanted and bottom > top
        )
        return found or None

    return merges


def _csv_candidate(data: bytes) -> Candidate:
    """A text table in UTF-8 (with or without mark), UTF-16 with mark, or GB18030, split at , tab ; or |."""
    encoding = _encoding(data)

    def lines() -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")

    with lines() as text:
        start = "".join(islice(text, HEADER_WITHIN))
    delimiter = max(_DELIMITERS, key=start.count)

    def grid() -> Iterator[Sequence[object]]:
        with lines() as text:
            yield from csv.reader(text, delimiter=delimiter, strict=True)

    try:
        height = sum(1 for _ in grid())
    except csv.Error as error:
        # An open quotation mark swallows the people behind it, so nothing of the file can be trusted.
        raise refuse("file_unreadable") from error
    return "", grid, height, lambda columns: None


def _encoding(data: bytes) -> str:
    """The encoding of a csv: by its mark, else strictly UTF-8, else strictly GB18030."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried = ["utf-16"]
    else:
        tried = ["utf-8-sig", "gb18030"]
    for encoding in tried:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise refuse("file_not_roster")


def _find_header(grid: Iterable[Sequence[object]]) -> tuple[Columns, tuple[str, ...], int] | None:
    """The header, its cells and the 1-based number of its last row: that of the first thirty naming most columns.

    It must name the name and the ID number. A second header row under merged group titles is read into it.
    """
    top = list(islice(grid, HEADER_WITHIN + 1))
    best: tuple[Columns, tuple[str, ...], int] | None = None
    for index, cells in enumerate(top[:HEADER_WITHIN]):
        merged, last = cells, index
        below = top[index + 1] if index + 1 < len(top) else []
        if _is_second_header(cells, below):
            merged = [high if _blank(low) else low for high, low in zip_longest(cells, below)]
            last = index + 1
        columns = read_header(merged)
        if {NAME, ID_NUMBER} <= columns.known and (best is None or len(columns.known) > len(best[0].known)):
            best = columns, tuple("" if _blank(cell) else str(cell) for cell in merged), last + 1
    return best


def _is_second_header(above: Sequence[object], below: Sequence[object]) -> bool:
    """Whether `below` continues a header: at least two column names, none of them under the name's column."""
    labels = [column_label(cell) for cell in below]
    name_at = [i for i, cell in enumerate(above) if column_label(cell) == NAME]
    return (
        len(name_at) == 1
        and not any(str(cell).strip() for cell in below[name_at[0] : name_at[0] + 1])
        and sum(label is not None for label in labels) >= 2
        and all(label is not None or not str(cell).strip() for label, cell in zip(labels, below, strict=True))
    )


def _people(table: Table, sheet: str) -> Iterator[RawRow]:
    """The rows of people below the header, institution cells filled down, everything else left out."""
    places = table.columns.places
    above: dict[str, object] = {}
    merged = _merged_values(table)
    for number, cells in enumerate(table.grid(), start=1):
        if number <= table.header:
            continue
        row: dict[str, object] = {}
        for position, key in places:
            value = cells[position] if position < len(cells) else ""
            if _blank(value) and merged is not None:
                value = merged.get((position, number), value)
            if key not in row or (_blank(row[key]) and not _blank(value)):
                row[key] = value
        if not _is_person(row, cells):
            continue
        if merged is None:
            _fill_down(row, above)
        yield RawRow(number, row, sheet)


def _with_further_certificates(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    """The same rows, those about nothing but a certificate joined to the person right above.

    So one writes several certificates: a row for each, the person's cells merged over them or left blank.
    """
    person: RawRow | None = None
    last = further = 0
    for row in rows:
        told = {key.partition("#")[0] for key, value in row.cells.items() if not _blank(value)} - _NOT_THE_PERSONS
        if person is not None and told and told <= set(CERTIFICATE_COLUMNS) and row.number == last + 1:
            further += 1
            person = RawRow(person.number, {**person.cells, **_further(row.cells, further)}, person.sheet)
        else:
            if person is not None:
                yield person
            person, further = row, 0
        last = row.number
    if person is not None:
        yield person


def _further(cells: Mapping[str, object], nth: int) -> dict[str, object]:
    """The certificate cells of the nth row below a person's, as column groups behind her own."""
    keys = {key: key.partition("#") for key in cells}
    width = max(int(group or 1) for _, _, group in keys.values())
    return {
        f"{label}#{nth * width + int(group or 1)}": cells[key]
        for key, (label, _, group) in keys.items()
        if label in CERTIFICATE_COLUMNS
    }


def _merged_values(table: Table) -> dict[tuple[int, int], object] | None:
    """The value of every merged institution cell by (position, row); None without merges."""
    if table.merges is None:
        return None
    tops = {(position, top): range(top + 1, bottom + 1) for position, top, bottom in table.merges}
    values: dict[tuple[int, int], object] = {}
    for number, cells in enumerate(table.grid(), start=1):
        for position in {position for position, _, _ in table.merges}:
            for covered in tops.get((position, number), ()):
                if covered > table.height:
                    break
                values[position, covered] = cells[position] if position < len(cells) else ""
    return values


def _fill_down(row: dict[str, object], above: dict[str, object]) -> None:
    """Fill blank institution cells from the row above, unless the other cell names a new institution."""
    present = [key for key in INSTITUTION_COLUMNS if key in row]
    changed = any(not _blank(row[key]) and row[key] != above.get(key) for key in present)
    if not changed:
        row.update({key: above[key] for key in present if _blank(row[key]) and key in above})
    above.clear()
    above.update({key: row[key] for key in present})


def _is_person(row: Mapping[str, object], cells: Sequence[object]) -> bool:
    """Whether a row is about a person: not blank, no total, signature or lone remark, no repeated header."""
    said = {key for key, value in row.items() if not _blank(value)} - _NOT_THE_PERSONS
    if not said:
        return False
    filled = (str(cell) for cell in cells if not _blank(cell))
    words = [re.sub(r"\s", "", unicodedata.normalize("NFKC", word)) for word in islice(filled, 2)]
    if _TOTAL.fullmatch(words[0]):
        return False
    if ID_NUMBER in said:
        return not (column_label(row[ID_NUMBER]) == ID_NUMBER and column_label(row[NAME]) == NAME)
    return not any(_NOT_A_PERSON.match(word) for word in words) and (len(words) > 1 or NAME in said)


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
