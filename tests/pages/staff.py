"""Acts on many of an institution's people, and their list as a file."""

from tests.pages.table import Page

PAGES: dict[str, Page] = {
    "institution_classes_today": Page(("manager",)),
    "institution_staff_export": Page(("manager",), post=200),
    "institution_staff_act": Page(("manager",), get=302, post=302),
}
