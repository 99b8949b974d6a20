"""The institution's desk."""

from tests.pages.table import Page, learner, pk

PAGES: dict[str, Page] = {
    "institution_home": Page(("manager",), shows="learner_name"),
    "institution_roster": Page(("manager",), shows="learner_name"),
    "institution_rates": Page(("manager",), shows="learner_name"),
    "institution_person": Page(("manager",), at=learner, shows="learner_name"),
    "institution_import": Page(("manager",), post=422),
    "institution_import_preview": Page(("manager",), post=302, at=pk("own_upload")),
    "institution_import_refused": Page(("manager",), at=pk("own_upload"), whole=True),
    "institution_roster_template": Page(("manager",)),
}
