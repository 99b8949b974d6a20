"""Who may see and do what: every address of the site, walked by everybody.

`PAGES` says for each URL name who is let in and what is answered. An address that isn't in it fails the
walk, so whoever adds a page decides here who may open it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from courses.models import CourseRun
from lms.registry.models import AuditEntry
from tests.world import ROLE_OF, SIGN_IN, Place, World, browser, judged, outcome, standing

pytestmark = pytest.mark.django_db

BUREAU = ("officer", "supervisor", "admin")
EVERYBODY = (
    *("visitor", "learner", "manager", "trainer", "officer", "supervisor", "editor", "admin"),
    *("other_learner", "stray", "other_manager", "other_trainer", "other_officer", "other_supervisor"),
    *("nobody", "former"),
)
SIGNED_IN = tuple(name for name in EVERYBODY if name != "visitor")
#: They may look at what an officer sends and confirms, no more.
READERS = {"supervisor": (200, 409), "admin": (200, 409)}
ROLELESS = ("nobody", "former")

At = Callable[[Place], dict[str, Any]]


@dataclass(frozen=True)
class Page:
    """Who is let in to one address, and what they get."""

    #: Personas let in; one of the same role in another scope is let in too, unless `at` names a row.
    who: tuple[str, ...]
    get: int = 200
    post: int = 405
    #: The row of `here` that the address names; for others of the same role it does not exist.
    at: At | None = None
    #: What everybody else is told, once signed in; and accounts without a current role.
    others: int = 403
    roleless: int = 403
    #: (get, post) of those let in who are answered differently, as those who may read but not write.
    but: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: What of `here` a reader finds on the page.
    shows: str = ""

    def verdict(self, persona: str) -> int | str:
        """0 for those who are let in, else the status, or `SIGN_IN`."""
        if persona in self.who:
            return 0
        if persona == "visitor":
            return SIGN_IN
        if persona in ROLELESS:
            return self.roleless
        if ROLE_OF.get(persona, persona) in self.who:
            return 404 if self.at else 0
        return self.others


def pk(name: str) -> At:
    """The address of a row of `here`."""
    return lambda place: {"pk": getattr(place, name).pk}


def job(place: Place) -> dict[str, Any]:
    return {"job_id": place.job.pk}


def learner(place: Place) -> dict[str, Any]:
    return {"pk": place.staff[0].pk}


def rating_round(place: Place) -> dict[str, Any]:
    return {"code": place.round.code}


def rating(place: Place) -> dict[str, Any]:
    return {"code": place.round.code, "pk": place.institution.pk}


PAGES: dict[str, Page] = {
    # --- Anybody
    "healthz": Page(EVERYBODY, post=200),
    "readyz": Page(EVERYBODY, post=200),
    "set_language": Page(EVERYBODY, get=302, post=302),
    "sign_in": Page(EVERYBODY, get=302, post=302, but={"visitor": (200, 200)}),
    "sign_out": Page(EVERYBODY, get=405, post=302),
    "verify_form": Page(EVERYBODY, post=422),
    "verify": Page(EVERYBODY, at=lambda place: {"serial": place.certificate.serial}),
    "styleguide": Page(EVERYBODY, get=404, post=404),
    "styleguide_job": Page(EVERYBODY, get=404, post=404),
    "styleguide_row": Page(EVERYBODY, get=404, post=404, at=lambda place: {"number": 1}),
    "styleguide_error": Page(EVERYBODY, get=404, post=404, at=lambda place: {"code": "404"}),
    # --- Any account
    "home_of_role": Page(SIGNED_IN, get=302, post=302, but=dict.fromkeys(ROLELESS, (403, 403))),
    "switch_membership": Page((), get=405, post=404, others=404, roleless=404),
    "password_change": Page(SIGNED_IN, post=200),
    "private_file": Page(BUREAU, at=lambda place: {"pk": place.ban.decision_id}, others=404),
    "jobs": Page(SIGNED_IN),
    "job": Page(("officer",), at=job, others=404, roleless=404),
    "job_panel": Page(("officer",), at=job, others=404, roleless=404),
    "job_cancel": Page(("officer",), get=405, post=302, at=job, others=404, roleless=404),
    "certificate_pdf": Page(("learner", "manager", *BUREAU), at=pk("certificate"), others=404),
    # --- The bureau's desk
    "bureau_home": Page(BUREAU),
    "bureau_institutions": Page(BUREAU, shows="institution"),
    "bureau_institution": Page(BUREAU, at=pk("institution"), shows="learner_name"),
    "bureau_people": Page(BUREAU, post=422, shows="learner_name"),
    "bureau_person": Page(BUREAU, at=learner, shows="learner_name"),
    "bureau_rosters": Page(BUREAU, post=422),
    "bureau_roster": Page(BUREAU, post=302, at=pk("upload"), but=READERS),
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
    # --- The institution's desk
    "institution_home": Page(("manager",), shows="learner_name"),
    "institution_roster": Page(("manager",), shows="learner_name"),
    "institution_rates": Page(("manager",), shows="learner_name"),
    "institution_person": Page(("manager",), at=learner, shows="learner_name"),
    "institution_import": Page(("manager",), post=422),
    "institution_import_preview": Page(("manager",), post=302, at=pk("own_upload")),
    "institution_roster_template": Page(("manager",)),
    # --- The centre's desk
    "centre_home": Page(("trainer",)),
    "centre_runs": Page(("trainer",), shows="run"),
    "centre_run_new": Page(("trainer",), post=200),
    "centre_run": Page(("trainer",), post=302, at=pk("run"), shows="learner_name"),
    "centre_enrol": Page(("trainer",), post=302, at=pk("run"), shows="institution"),
    "centre_results": Page(("trainer",), post=302, at=pk("run"), shows="learner_name"),
    "centre_session": Page(("trainer",), post=302, at=pk("session"), shows="learner_name"),
    # --- The learner's pages
    "my_home": Page(("learner",)),
    "my_record": Page(("learner",), shows="learner_name"),
    "my_certificate": Page(("learner",), at=pk("certificate"), shows="learner_name"),
    "my_courses": Page(("learner",), shows="run"),
    "my_run": Page(("learner",), at=pk("run"), shows="run"),
    "run_enrol": Page(("learner",), get=405, post=302, at=pk("run")),
    "my_checkin": Page(("learner",)),
}
#: Wagtail's pages for visitors, walked as pages of the tree; its editing screens, walked as one group.
FRAMEWORK = {"wagtail_serve", "wagtailcore_authenticate_with_password", "wagtailcore_login"}
CMS = "cms/"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with standing(django_db_blocker) as world:
        yield world


@pytest.fixture(scope="module")
def browsers(world: World) -> dict[str, Client]:
    return {name: browser(user) for name, user in world.personas.items()}


def addresses(
    resolver: URLResolver, route: str = "", names: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, set[str]]]:
    """(route, URL name with its namespaces, names of its arguments) of every pattern."""
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, ":".join((*names, pattern.name or "")), {*pattern.pattern.converters}
        else:
            yield from addresses(pattern, here, (*names, pattern.namespace) if pattern.namespace else names)


EVERY = [*addresses(get_resolver())]


def url_of(name: str, place: Place) -> str:
    at = PAGES[name].at
    return reverse(name, kwargs=at(place) if at else {})


# --- Every address --------------------------------------------------------------------------


def test_every_address_is_in_the_table() -> None:
    known = {name: arguments for route, name, arguments in EVERY if not route.startswith(CMS) and name not in FRAMEWORK}
    missing = known.keys() - PAGES.keys()
    assert not missing, f"Say in PAGES of this file who may open {', '.join(sorted(missing))}, and what they get."
    gone = PAGES.keys() - known.keys()
    assert not gone, f"Take {', '.join(sorted(gone))} out of PAGES: there is no such address any more."


def test_every_argument_is_in_the_table(world: World) -> None:
    for _route, name, arguments in EVERY:
        if name in PAGES:
            at = PAGES[name].at
            given = set(at(world.here)) if at else set()
            assert given == arguments, f"The address {name} takes {sorted(arguments)}: give them in its `at` in PAGES."


@pytest.mark.parametrize("name", PAGES)
def test_everybody_walks_to(name: str, world: World, browsers: dict[str, Client]) -> None:
    page, url = PAGES[name], url_of(name, world.here)
    for persona, client in browsers.items():
        where = f"{name} for {persona}"
        verdict = page.verdict(persona)
        got = fresh(client).get(url)
        text = judged(got, persona, world, f"GET {where}")
        written = AuditEntry.objects.count()
        sent = fresh(client).post(url)
        judged(sent, persona, world, f"POST {where}")
        if verdict:
            assert outcome(got) in allowed(verdict, page.get), f"GET {where}"
            assert outcome(sent) in allowed(verdict, page.post), f"POST {where}"
            assert AuditEntry.objects.count() == written, f"POST {where} did something"
            continue
        assert (outcome(got), outcome(sent)) == page.but.get(persona, (page.get, page.post)), where
        if page.shows and (persona == "admin" or persona in page.who):
            shown = getattr(world.here, page.shows)
            assert words_of(shown) in text, f"GET {where} lacks {words_of(shown)}"


def fresh(client: Client) -> Client:
    """The same browser in the state it was in after signing in."""
    copy = Client()
    copy.cookies.update(client.cookies)
    return copy


def allowed(verdict: int | str, status: int) -> set[int | str]:
    """A method that nobody may use is refused before or after one is asked who one is."""
    return {verdict, 405} if status == 405 else {verdict}


def words_of(row: Any) -> str:
    """How a page calls `row`."""
    own = getattr(row, "person", None) or getattr(row, "user", None)
    return row.title if isinstance(row, CourseRun) else str(own or row)


@pytest.mark.parametrize("persona", ["visitor", "officer"])
def test_nothing_is_sent_without_a_token(persona: str, world: World) -> None:
    client = browser(world.personas[persona], enforce_csrf_checks=True)
    for name in PAGES:
        assert client.post(url_of(name, world.here)).status_code == 403, name
