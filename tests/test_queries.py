"""How many queries the ten main pages take: exactly, and however much there is to show.

A change that costs a query shows here; put the new number in `QUERIES` when it is worth it (15 at most).
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from tests.world import World, browser, grow, main_pages, standing

pytestmark = pytest.mark.django_db

MOST = 15
#: More of everything the pages list: well over five times as much.
GROWN = 20
QUERIES = {
    "bureau_home": 14,
    "bureau_rates": 13,
    "bureau_institutions": 8,
    "bureau_people": 13,
    "institution_home": 14,
    "institution_roster": 9,
    "centre_home": 9,
    "centre_session": 9,
    "my_home": 15,
    "verify": 2,
}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with standing(django_db_blocker) as world:
        grow(world.here, 1)
        yield world


def queries_of(world: World, name: str) -> list[str]:
    """The queries of one reading of the page, in a process that has answered it before."""
    reader, address = main_pages(world.here)[name]
    client = browser(reader.user if reader else None)
    url = reverse(name, kwargs=address)
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("name", QUERIES)
def test_a_main_page_takes_its_queries_and_no_more(name: str, world: World) -> None:
    before = queries_of(world, name)
    grow(world.here, GROWN)
    after = queries_of(world, name)
    assert (len(before), len(after)) == (QUERIES[name], QUERIES[name]), "\n".join(after)
    assert len(after) <= MOST


def test_all_ten_are_counted(world: World) -> None:
    assert main_pages(world.here).keys() == QUERIES.keys()
