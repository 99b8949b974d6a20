"""The staff of an institution as a file: masked document numbers, no cell that a spreadsheet would calculate."""

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import IO
from uuid import UUID

import xlsxwriter
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lms.registry.exporting import harmless
from lms.registry.models import Post
from lms.web.formats import hours
from reports.exporting import Cell
from reports.picking import Note

CHUNK = 500
HEADINGS: tuple[tuple[str | Promise, int], ...] = (
    (pgettext_lazy("person", "Name"), 16),
    (gettext_lazy("Document number (masked)"), 26),
    (gettext_lazy("Post"), 16),
    (gettext_lazy("State"), 12),
    (gettext_lazy("On post since"), 14),
    (gettext_lazy("Left on"), 14),
    (gettext_lazy("Health certificate until"), 16),
    (gettext_lazy("No-crime check"), 16),
    (gettext_lazy("Contract until"), 14),
    (gettext_lazy("Not in order"), 40),
)


def said(note: Note | None) -> str:
    """What is not in order, in one cell."""
    if note is None:
        return ""
    parts = [str(sentence) for sentence in note.sentences]
    if note.hours:
        short = ((_("Skills"), note.hours.skill_short), (_("Ethics"), note.hours.ethics_short))
        parts += [
            _("%(bucket)s: %(n)s lesson hours missing") % {"bucket": bucket, "n": hours(n)} for bucket, n in short if n
        ]
    return "；".join(parts)


def staff_rows(posts: "QuerySet[Post]", notes: Mapping[UUID, Note]) -> Iterator[tuple[Cell, ...]]:
    """One row per post."""
    every = posts.prefetch_related("person__documents").iterator(chunk_size=CHUNK)
    while chunk := list(islice(every, CHUNK)):
        for post in chunk:
            yield (
                post.person.name,
                "；".join(document.masked for document in post.person.documents.all()),
                post.get_kind_display(),
                post.get_state_display(),
                post.started_on,
                post.ended_on or "",
                post.health_expires_on or "",
                post.no_crime_checked_on or "",
                post.contract_until or "",
                said(notes.get(post.pk)),
            )


def staff_csv(posts: "QuerySet[Post]", notes: Mapping[UUID, Note]) -> bytes:
    """With a byte order mark, for Excel in Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([str(heading) for heading, _width in HEADINGS])
    for row in staff_rows(posts, notes):
        writer.writerow([harmless(str(cell)) for cell in row])
    return ("\ufeff" + buffer.getvalue()).encode()


def staff_xlsx(posts: "QuerySet[Post]", notes: Mapping[UUID, Note]) -> IO[bytes]:
    """In a temporary file, read from its beginning."""
    out = tempfile.TemporaryFile()  # noqa: SIM115, the caller reads and closes it
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        sheet = book.add_worksheet(_("Staff list"))
        sheet.freeze_panes(1, 1)
        for column, (heading, width) in enumerate(HEADINGS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, str(heading), bold)
        for number, row in enumerate(staff_rows(posts, notes), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                else:
                    sheet.write_string(number, column, cell)
    out.seek(0)
    return out
