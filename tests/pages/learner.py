"""The learner's pages."""

from tests.pages.table import Page, pk

PAGES: dict[str, Page] = {
    "my_home": Page(("learner",)),
    "my_record": Page(("learner",), shows="learner_name"),
    "my_certificate": Page(("learner",), at=pk("certificate"), shows="learner_name"),
    "my_courses": Page(("learner",), shows="run"),
    "my_run": Page(("learner",), at=pk("run"), shows="run"),
    "run_enrol": Page(("learner",), get=405, post=302, at=pk("run")),
    "my_checkin": Page(("learner",)),
}
