"""Who may see and do what: every address of the site, walked by everybody.

`PAGES` (tests/pages) says for each URL name who is let in and what is answered. An address that isn't in it
fails the walk, so whoever adds a page decides there who may open it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from courses.models import CourseRun
from lms.registry.models import AuditEntry
from tests.pages import FURNISH, PAGES
from tests.world import Place, World, browser, judged, outcome, standing

pytestmark = pytest.mark.django_db

#: Wagtail's pages for visitors, walked as pages of the tree; its editing screens, walked as one group.
FRAMEWORK = {"wagtail_serve", "wagtailcore_authenticate_with_password", "wagtailcore_login"}
CMS = "cms/"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with standing(django_db_blocker, FURNISH) as world:
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
    assert not missing, f"Say in PAGES (tests/pages) who may open {', '.join(sorted(missing))}, and what they get."
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
        text = judged(got, persona, world, f"GET {where}", whole=page.whole and not verdict)
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
