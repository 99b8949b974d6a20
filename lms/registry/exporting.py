"""The register of institutions as a workbook, row by row to disk, so that memory stays flat; cells that stay text."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO
from uuid import UUID

import xlsxwriter
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lms.registry.models import Institution, Post, Region

KIND = "export_institutions"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Institutions a page writes while somebody waits; longer lists are a worker's.
AT_ONCE = 2000
CHUNK = 1000
HEADINGS: tuple[tuple[str | Promise, int], ...] = (
    (pgettext_lazy("institution", "Name"), 36),
    (gettext_lazy("Credit code"), 22),
    (gettext_lazy("Kind"), 26),
    (gettext_lazy("Region"), 16),
    (gettext_lazy("Filing"), 12),
    (gettext_lazy("Filing number"), 24),
    (gettext_lazy("Class types"), 24),
    (gettext_lazy("On post"), 10),
)
#: What a spreadsheet may take for the beginning of a formula, full-width forms included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """The text with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA) or text.startswith(FORMULA) else text


def on_post(institutions: Iterable[UUID]) -> dict[UUID, int]:
    """How many posts are held today at each of these institutions; those with none are left out."""
    rows = Post.objects.on(timezone.localdate()).filter(institution__in=list(institutions))
    return dict(rows.order_by().values_list("institution").annotate(n=Count("pk")))


def file_name(region: Region) -> str:
    """What the list of a region's institutions is called."""
    return f"{_('Institutions')}_{region}_{timezone.localdate()}.xlsx"


def institutions_book(rows: "QuerySet[Institution]") -> IO[bytes]:
    """One row per institution in a temporary file, read from its beginning. Every cell but the count is text."""
    out = tempfile.TemporaryFile()  # noqa: SIM115, the caller reads and closes it
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet(_("Institutions"))
        sheet.freeze_panes(1, 1)
        for column, (heading, width) in enumerate(HEADINGS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, str(heading), bold)
        for number, (row, staff) in enumerate(_with_staff(rows), 1):
            cells = (
                row.name,
                row.uscc,
                row.get_kind_display(),
                row.region.name,
                row.get_filing_display(),
                row.filing_number,
                row.get_class_types_display(),
            )
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)
            sheet.write_number(number, len(cells), staff)
    out.seek(0)
    return out


def _with_staff(rows: "QuerySet[Institution]") -> Iterator[tuple[Institution, int]]:
    every = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(every, CHUNK)):
        counts = on_post(row.pk for row in chunk)
        for row in chunk:
            yield row, counts.get(row.pk, 0)
