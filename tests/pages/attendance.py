"""What becomes of a roll: corrections by two, closing, the bureau's look at sessions."""

from tests.pages.table import Page, pk

SUPERVISION = ("officer", "supervisor")
#: Whoever only reads is told so.
READ_ONLY = {"supervisor": (200, 409), "other_supervisor": (200, 409)}

PAGES: dict[str, Page] = {
    "centre_corrections": Page(("trainer",), post=302),
    "bureau_attendance_corrections": Page(SUPERVISION, post=302, but=READ_ONLY),
    "bureau_sessions": Page(SUPERVISION, shows="run"),
    "bureau_session": Page(SUPERVISION, post=409, at=pk("session")),
}
