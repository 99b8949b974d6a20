"""Handing back the refused rows of a roster, to be corrected and sent again.

The file bears what was sent, whole numbers included, so it is made for whoever may see the upload and kept nowhere.
"""

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime

import xlsxwriter
from django.db import transaction
from xlsxwriter.workbook import Workbook

from lms.registry import auditing, importing
from lms.registry.errors import refuse
from lms.registry.models import Membership, RosterUpload
from lms.registry.receiving import import_job
from lms.registry.rosters import columns as c
from lms.registry.rosters import read_roster
from lms.registry.rosters.messages import MESSAGES
from lms.registry.rosters.reading import Sheet, Table
from lms.registry.rosters.values import parse_text

#: {sheet name: {row number: [(column, sentence), …]}}; "" where a workbook has one roster only.
Reasons = dict[str, dict[int, list[tuple[str, str]]]]


def refused_rows_file(*, by: Membership, upload: RosterUpload) -> bytes:
    """An xlsx of the refused rows: the columns as sent, all text, and in front of them why and what to do.

    The importer passes over that first column. Codes: roster_unchecked (nothing is known of it yet), file_erased.
    """
    if upload.file.erased_at is not None:
        raise refuse("file_erased")
    job = import_job(upload)
    answer = (job.result if job is not None and job.result else upload.preview) or {}
    if not answer:
        raise refuse("roster_unchecked")
    with upload.file.file.open("rb") as stored:
        sheet = read_roster(stored, upload.file.name)
    found = answer["rejected"]
    if len(found) < sum(answer["refused"].values()):
        # Only the first were kept; what is the matter with the others is found out anew.
        found = importing.preview_roster(sheet, region=upload.region, institution=upload.institution).rejected
    reasons: Reasons = {}
    for finding in found:
        rows = reasons.setdefault(finding.get("sheet", ""), {})
        sentence = str(MESSAGES.get(finding["code"], finding["message"]))
        rows.setdefault(int(finding["row"]), []).append((str(finding["column"]), sentence))
    with transaction.atomic():
        auditing.record(by, "roster.refused_rows", upload, after={"rows": sum(len(rows) for rows in reasons.values())})
    return _workbook(sheet, reasons)


def _workbook(sheet: Sheet, reasons: Reasons) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for table in sheet.tables:
            name = table.name if len(sheet.tables) > 1 else ""
            if rows := reasons.get(name):
                _worksheet(book, table, name, rows, sheet)
    return file.getvalue()


def _worksheet(
    book: Workbook, table: Table, name: str, rows: Mapping[int, list[tuple[str, str]]], whole: Sheet
) -> None:
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBE8", "border": 1})
    why = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "font_color": "#A4342A"})
    marked = book.add_format({"num_format": "@", "bg_color": "#FBE9E7"})
    page = book.add_worksheet(table.name or None)
    page.set_column(0, 0, 44, why)
    page.set_column(1, len(table.titles), 16, text)
    page.write_string(0, 0, c.REASON, head)
    kept = [position for position, title in enumerate(table.titles) if c.column_label(title) != c.REASON]
    for column, position in enumerate(kept, start=1):
        page.write_string(0, column, table.titles[position], head)
    page.freeze_panes(1, 1)
    keys = dict(table.columns.places)
    # Cells merged over several rows stand in the first of them only: the reader knows what they say.
    filled = {raw.number: raw.cells for raw in whole.rows if raw.sheet == name and raw.number in rows}
    for line, (number, cells) in enumerate(_rows(table, rows), start=1):
        page.write_string(line, 0, "\n".join(dict.fromkeys(f"{column}：{said}" for column, said in rows[number])), why)
        wrong = {column for column, _ in rows[number]}
        for column, position in enumerate(kept, start=1):
            value = cells[position] if position < len(cells) else ""
            key = keys.get(position, "")
            if key in c.INSTITUTION_COLUMNS:
                value = filled.get(number, {}).get(key, value)
            page.write_string(line, column, as_text(value), marked if key.partition("#")[0] in wrong else text)


def _rows(table: Table, wanted: Mapping[int, object]) -> Iterator[tuple[int, list[object]]]:
    """The wanted rows as they stand in the file."""
    for number, cells in enumerate(table.grid(), start=1):
        if number > table.header and number in wanted:
            yield number, list(cells)


def as_text(value: object) -> str:
    """A cell as one would type it. A number that lost digits keeps its exponent, so that it stays refused."""
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and abs(value) >= 1e15:
        return f"{value:.5E}"
    return parse_text(value)
