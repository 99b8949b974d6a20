"""The centre's desk."""

from tests.pages.table import Page, pk

PAGES: dict[str, Page] = {
    "centre_home": Page(("trainer",)),
    "centre_runs": Page(("trainer",), shows="run"),
    "centre_run_new": Page(("trainer",), post=200),
    "centre_run": Page(("trainer",), post=302, at=pk("run"), shows="learner_name"),
    "centre_enrol": Page(("trainer",), post=302, at=pk("run"), shows="institution"),
    "centre_results": Page(("trainer",), post=302, at=pk("run"), shows="learner_name"),
    "centre_session": Page(("trainer",), post=302, at=pk("session"), shows="learner_name"),
}
