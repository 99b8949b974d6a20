"""The year's hours of everybody as a file: lesson hours as numbers, document numbers masked, no formulas."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import IO

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.models import Bucket
from lms.registry.exporting import harmless
from lms.registry.models import IdentityDocument
from lms.web.formats import hours, minutes_as_hours
from reports.metrics.outlook import Ending, Outlook
from reports.rules import NOTHING, Pace

CHUNK = 500
PERSON: tuple[str | Promise, ...] = (
    pgettext_lazy("person", "Name"),
    gettext_lazy("Document number (masked)"),
    gettext_lazy("Institution"),
    gettext_lazy("Post"),
)
#: Per bucket.
FIGURES: tuple[str | Promise, ...] = (
    gettext_lazy("required"),
    gettext_lazy("earned"),
    gettext_lazy("missing"),
    gettext_lazy("booked ahead"),
    gettext_lazy("expected at the end of the year"),
)
WIDTHS = (16, 26, 32, 16)
Cell = str | Decimal


def headings() -> list[str]:
    """One row of words: "Skills: earned", …"""
    figures = [f"{bucket.label}{_(':')}{figure}" for bucket in Bucket for figure in FIGURES]
    return [*map(str, PERSON), *figures, _("By the end of the year")]


def hours_rows(rows: Sequence[Outlook]) -> Iterator[list[Cell]]:
    """One row per person, masked documents fetched a chunk at a time."""
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        documents = IdentityDocument.objects.filter(person__in=[row.place.person_id for row in chunk])
        masked = dict(documents.order_by("-created_at", "-pk").values_list("person_id", "masked"))
        for row in chunk:
            place = row.place
            said: list[Cell] = [
                place.name,
                masked.get(place.person_id, NOTHING),
                place.institution,
                str(row.post_label),
            ]
            figures = [cell for bucket in Bucket for cell in _figures(row.paces[bucket], row.lesson_minutes)]
            yield [*said, *figures, str(Ending(row.prospect).label)]


def _figures(pace: Pace, lesson_minutes: int) -> list[Cell]:
    exact = (pace.required, pace.earned, pace.missing, pace.booked)
    shown = [Decimal(minutes_as_hours(minutes, lesson_minutes)) for minutes in exact]
    return [*shown, Decimal(hours(pace.expected / lesson_minutes))]


def hours_csv(rows: Sequence[Outlook]) -> bytes:
    """With a byte order mark, for Excel in Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(headings())
    for row in hours_rows(rows):
        writer.writerow([harmless(str(cell)) for cell in row])
    return ("\ufeff" + buffer.getvalue()).encode()


def hours_xlsx(rows: Sequence[Outlook]) -> IO[bytes]:
    """In a temporary file, read from its beginning."""
    out = tempfile.TemporaryFile()  # noqa: SIM115, the caller reads and closes it
    # Row by row to disk, so that memory stays the same for any number of people.
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        sheet = book.add_worksheet(_("Hours of the year"))
        sheet.freeze_panes(1, 1)
        for column, heading in enumerate(headings()):
            sheet.set_column(column, column, WIDTHS[column] if column < len(WIDTHS) else 14)
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(hours_rows(rows), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, cell)
    out.seek(0)
    return out
