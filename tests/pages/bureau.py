"""The bureau's desk."""

from tests.pages.table import BUREAU, READERS, Page, learner, pk, rating, rating_round

PAGES: dict[str, Page] = {
    "bureau_home": Page(BUREAU),
    "bureau_institutions": Page(BUREAU, shows="institution"),
    "bureau_institution": Page(BUREAU, at=pk("institution"), shows="learner_name"),
    "bureau_people": Page(BUREAU, post=422, shows="learner_name"),
    "bureau_person": Page(BUREAU, at=learner, shows="learner_name"),
    "bureau_rosters": Page(BUREAU, post=422),
    "bureau_roster": Page(BUREAU, post=302, at=pk("upload"), but=READERS),
    "bureau_roster_refused": Page(BUREAU, at=pk("upload"), whole=True),
    "bureau_roster_template": Page(BUREAU),
    "bureau_bans": Page(BUREAU, shows="ban"),
    "bureau_ban": Page(BUREAU, post=404, at=pk("ban"), shows="ban"),
    "bureau_ban_new": Page(("officer",), post=422),
    "bureau_audit": Page(("supervisor", "admin"), shows="officer"),
    "bureau_certificates": Page(BUREAU, shows="learner_name"),
    "bureau_certificate": Page(BUREAU, post=200, at=pk("certificate"), shows="learner_name"),
    "bureau_qualifications": Page(BUREAU, post=409, shows="qualification"),
    "bureau_standards": Page(BUREAU),
    "bureau_rates": Page(BUREAU, shows="institution"),
    "bureau_rate_people": Page(BUREAU, shows="learner_name"),
    "bureau_rate_freeze": Page(("supervisor",), get=405, post=302),
    "bureau_rate_frozen": Page(BUREAU, at=pk("snapshot")),
    "bureau_ratings": Page(BUREAU, post=200, shows="round"),
    "bureau_rating_round": Page(BUREAU, post=302, at=rating_round, but={"admin": (200, 409)}),
    "bureau_rating": Page(BUREAU, post=302, at=rating, but={"admin": (200, 409)}, shows="institution"),
    "rate_export": Page((*BUREAU, "manager"), shows="learner_name"),
}
