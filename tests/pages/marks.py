"""Marks of a run from a file."""

from tests.pages.table import Page, pk

PAGES: dict[str, Page] = {
    "centre_import": Page(("trainer",), post=422, at=pk("run")),
    "centre_import_blank": Page(("trainer",), at=pk("run")),
}
