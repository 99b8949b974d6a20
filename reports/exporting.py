"""Figures as files: everybody behind a rate as xlsx or csv, document numbers masked.

Cells never become formulas: xlsx cells are written as text or dates, and csv cells that a spreadsheet would
calculate get an apostrophe in front. The csv begins with a byte order mark, for Excel in Chinese.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import IO
from uuid import UUID

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lms.registry.exporting import harmless
from lms.registry.models import IdentityDocument, Institution, Region
from reports import organising
from reports.metrics import HoldingRate, Line
from reports.rules import NOTHING

#: With more rows than this the file is made by a worker, not while somebody waits.
AT_ONCE = 5000
CHUNK = 500
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADINGS: tuple[tuple[str | Promise, int], ...] = (
    (gettext_lazy("Institution"), 32),
    (gettext_lazy("Unified social credit code"), 22),
    (gettext_lazy("Region"), 14),
    (pgettext_lazy("person", "Name"), 16),
    (gettext_lazy("Document number (masked)"), 24),
    (gettext_lazy("Post"), 14),
    (gettext_lazy("Counted"), 10),
    (gettext_lazy("Why"), 30),
    (gettext_lazy("Certificate"), 30),
    (gettext_lazy("Certificate valid until"), 16),
    (gettext_lazy("As of"), 14),
)
Cell = str | date
SITE_HEADINGS: tuple[str | Promise, ...] = (
    gettext_lazy("Institution"),
    gettext_lazy("Unified social credit code"),
    gettext_lazy("Region"),
    gettext_lazy("Numerator"),
    gettext_lazy("Denominator"),
    gettext_lazy("Rate"),
    gettext_lazy("Target"),
    gettext_lazy("Missing to the target"),
)


def file_name(rate: HoldingRate, form: str) -> str:
    """E.g. 持证率_松江区_2025-06-30.xlsx"""
    scope = rate.institution or rate.region
    return f"{rate.metric.name}_{scope}_{rate.as_of}.{form}"


def rows(rate: HoldingRate, lines: list[Line]) -> Iterator[tuple[Cell, ...]]:
    """One row per person and place, masked documents fetched a chunk at a time."""
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        masked = _masked(line.person_id for line in chunk)
        for line in chunk:
            site, claim = line.institution, line.claim
            yield (
                site.name,
                site.uscc,
                site.region.name,
                line.name,
                masked.get(line.person_id, NOTHING),
                str(line.post_label),
                counted(line),
                str(line.sentence),
                claim.label if claim else "",
                (claim.expires_on or "") if claim else "",
                rate.as_of,
            )


def counted(line: Line) -> str:
    """Holder, lacking, or outside the rate."""
    if line.outside:
        return _("Outside the rate")
    return _("Counts") if line.holds else _("Does not count")


def csv_lines(rate: HoldingRate, lines: list[Line]) -> Iterator[bytes]:
    """The csv, a row at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff".encode()
    for row in chain([[heading for heading, _width in HEADINGS]], rows(rate, lines)):
        writer.writerow([harmless(str(cell)) for cell in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def xlsx(rate: HoldingRate, lines: list[Line]) -> IO[bytes]:
    """The workbook in a temporary file, read from its beginning: the figure, its institutions, its people."""
    out = tempfile.TemporaryFile()  # noqa: SIM115, the caller reads and closes it
    # Row by row to disk, so that memory stays the same for any number of people.
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        _figure(book.add_worksheet(_("Figure")), rate, bold)
        _sites(book.add_worksheet(_("Institutions")), rate, bold)
        _people(book.add_worksheet(_("People")), rate, lines, bold, day)
    out.seek(0)
    return out


def _figure(sheet: Worksheet, rate: HoldingRate, bold: Format) -> None:
    sheet.set_column(0, 1, 28)
    for number, (term, value) in enumerate(facts(rate)):
        sheet.write_string(number, 0, term, bold)
        sheet.write_string(number, 1, value)


def _sites(sheet: Worksheet, rate: HoldingRate, bold: Format) -> None:
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, len(SITE_HEADINGS) - 1, 16)
    for column, heading in enumerate(SITE_HEADINGS):
        sheet.write_string(0, column, str(heading), bold)
    for number, site in enumerate(rate.sites, 1):
        place = site.institution
        cells = (place.name, place.uscc, place.region.name, site.numerator, site.denominator, site.shown)
        for column, cell in enumerate((*cells, site.target_shown, "" if site.need is None else site.need)):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_string(number, column, cell)


def _people(sheet: Worksheet, rate: HoldingRate, lines: list[Line], bold: Format, day: Format) -> None:
    sheet.freeze_panes(1, 0)
    for column, (heading, width) in enumerate(HEADINGS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, str(heading), bold)
    for number, row in enumerate(rows(rate, lines), 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            else:
                sheet.write_string(number, column, cell)


def facts(rate: HoldingRate) -> list[tuple[str, str]]:
    """What the figure is, for whoever finds the file later."""
    target = f"{rate.target_shown} ({rate.target.source})" if rate.target else NOTHING
    return [
        (_("Figure"), rate.metric.name),
        (_("Region or institution"), str(rate.institution or rate.region)),
        (_("As of"), rate.as_of.isoformat()),
        (_("Rate"), rate.shown),
        (_("Numerator"), str(rate.numerator)),
        (_("Denominator"), str(rate.denominator)),
        (_("All staff on post (D1)"), str(rate.d1)),
        (_("Target"), target),
        (_("Missing to the target"), NOTHING if rate.need is None else str(rate.need)),
        (_("Rule version"), rate.rule_version),
    ]


def _masked(people: Iterable[UUID]) -> dict[UUID, str]:
    """The masked number of each person's first document."""
    documents = IdentityDocument.objects.filter(person__in=list(people)).order_by("-created_at", "-pk")
    return dict(documents.values_list("person_id", "masked"))


DUTY_HEADINGS: tuple[tuple[str | Promise, int], ...] = (
    (pgettext_lazy("organiser", "Duty"), 30),
    (gettext_lazy("Region"), 14),
    (gettext_lazy("Institution"), 32),
    (pgettext_lazy("duty", "Done"), 10),
    (gettext_lazy("Due by now"), 12),
    (gettext_lazy("In the year"), 12),
    (gettext_lazy("State"), 12),
    (gettext_lazy("Source"), 30),
)


def duties_name(region: Region, year: int) -> str:
    """E.g. 年度任务_松江区_2026"""
    return f"{_('Duties')}_{region}_{year}"


def duties_xlsx(region: Region, year: int) -> IO[bytes]:
    """Duties of a year in a temporary file, read from its beginning: a row per duty and place that owes it."""
    out = tempfile.TemporaryFile()  # noqa: SIM115, the caller reads and closes it
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(duties_name(region, year)[:31])
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True, "bottom": 1})
        for column, (heading, width) in enumerate(DUTY_HEADINGS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, str(heading), bold)
        for number, (place, counter) in enumerate(_duty_rows(region, year), 1):
            duty = counter.duty
            words = (duty.name, duty.region.name, place.name if place else "")
            for column, word in enumerate(words):
                sheet.write_string(number, column, word)
            for column, figure in enumerate((counter.done, counter.due, duty.times), len(words)):
                sheet.write_number(number, column, figure)
            sheet.write_string(number, 6, str(organising.WORDS[counter.state]))
            sheet.write_string(number, 7, duty.source)
    out.seek(0)
    return out


def _duty_rows(region: Region, year: int) -> Iterator[tuple[Institution | None, organising.Counter]]:
    for line in organising.board(region, year):
        if line.counter is not None:
            yield None, line.counter
        else:
            yield from ((site.institution, site.counter) for site in organising.sites(line.duty, region, year))
