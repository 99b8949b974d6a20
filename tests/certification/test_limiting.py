"""Thirty wrong serials a minute and address, however the minute lies and however the address is written."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from certification import limiting
from certification.limiting import MOST_FAILURES, count_failure, seconds_to_wait
from certification.models import FailedLookup
from tests import certified, factories
from tests.factories import YEAR

pytestmark = pytest.mark.django_db

ADDRESS = "203.0.113.9"
WRONG = "310117-2026-999999-ZZ"


class Clock:
    """The time `timezone.now` tells; it stands still until it is moved."""

    def __init__(self) -> None:
        self.now: datetime = factories.at(f"{YEAR}-06-01 09:00")

    def to(self, seconds: float) -> None:
        """Seconds after nine o'clock."""
        self.now = factories.at(f"{YEAR}-06-01 09:00") + timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def fail(times: int, address: str = ADDRESS) -> None:
    for _ in range(times):
        assert count_failure(address) == 0


def answered(address: str = ADDRESS) -> int:
    """How many wrong tries get an answer now, one after the other."""
    count = 0
    while not seconds_to_wait(address):
        assert count_failure(address) == 0
        count += 1
    return count


def test_thirty_are_answered_and_the_next_is_not(clock: Clock) -> None:
    fail(MOST_FAILURES - 1)
    assert seconds_to_wait(ADDRESS) == 0
    fail(1)
    assert seconds_to_wait(ADDRESS) > 0
    assert seconds_to_wait("203.0.113.10") == 0


def test_the_turn_of_the_minute_gives_no_second_thirty(clock: Clock) -> None:
    clock.to(59)
    assert answered() == 30
    clock.to(60)
    assert answered() == 0
    clock.to(61)
    assert answered() == 0
    clock.to(62)
    assert answered() == 1


@pytest.mark.parametrize(("seconds", "more"), [(60, 0), (75, 7), (90, 15), (105, 22), (119, 29), (120, 30)])
def test_the_minute_before_counts_by_what_is_left_of_it(clock: Clock, seconds: float, more: int) -> None:
    clock.to(30)
    fail(30)
    clock.to(seconds)
    assert answered() == more


def test_a_few_before_leave_room_for_the_others(clock: Clock) -> None:
    clock.to(50)
    fail(10)
    clock.to(60)
    assert answered() == 20


@pytest.mark.parametrize(
    ("first", "then", "at"), [(30, 0, 20), (30, 0, 59.5), (20, 15, 70), (30, 29, 119), (1, 30, 100)]
)
def test_the_wait_is_as_long_as_told_and_no_longer(clock: Clock, first: int, then: int, at: float) -> None:
    fail(first)
    clock.to(at)
    for _ in range(then):
        count_failure(ADDRESS)
    wait = seconds_to_wait(ADDRESS)
    assert 0 < wait <= 62
    if wait > 1:
        clock.to(at + wait - 1)
        assert seconds_to_wait(ADDRESS) > 0
    clock.to(at + wait)
    assert seconds_to_wait(ADDRESS) == 0


def test_tries_at_the_same_moment_do_not_pass_together(clock: Clock) -> None:
    fail(MOST_FAILURES - 1)
    # Two workers have both asked, before either of them counts.
    assert [seconds_to_wait(ADDRESS), seconds_to_wait(ADDRESS)] == [0, 0]
    assert count_failure(ADDRESS) == 0
    told = count_failure(ADDRESS)
    assert told == seconds_to_wait(ADDRESS) > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.10", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:DB8:1:2::1", "2001:0db8:0001:0002:0000:0000:0000:0001", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("no address", "no address", True),
        ("", "203.0.113.9", False),
    ],
)
def test_an_address_is_one_line_however_it_is_written(clock: Clock, one: str, other: str, same: bool) -> None:
    fail(MOST_FAILURES, one)
    assert (seconds_to_wait(other) > 0) is same


def test_counts_are_forgotten_after_an_hour(clock: Clock) -> None:
    fail(1)
    clock.to(3600)
    limiting.forget()
    assert FailedLookup.objects.count() == 1
    clock.to(3601)
    limiting.forget()
    assert not FailedLookup.objects.exists()


def test_the_page_stops_a_guesser_and_nobody_else(clock: Clock) -> None:
    serial = certified.issue_yearly(person=certified.make_reached(), year=YEAR).serial
    guesser = Client(REMOTE_ADDR=ADDRESS)
    for number in range(30):
        assert guesser.get(f"/v/310117-2026-{number:06d}-ZZ").status_code == 404
    for wanted in (serial, WRONG):
        assert guesser.get(f"/v/{wanted}").status_code == 429
    response = guesser.get(f"/v/{serial}", headers={"accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (429, "too_many_tries")
    assert Client(REMOTE_ADDR="203.0.113.10").get(f"/v/{serial}").status_code == 200
    # Refused tries are not counted, and the address itself is nowhere.
    row = FailedLookup.objects.get()
    assert (row.count, len(row.address)) == (30, 64)
    clock.now += timedelta(seconds=int(response["Retry-After"]))
    assert guesser.get(f"/v/{serial}").status_code == 200


def test_the_page_refuses_what_was_overtaken(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong try that was let in, while others at the same moment used up the last ones."""
    monkeypatch.setattr(limiting, "seconds_to_wait", lambda address: 0)
    guesser: Any = Client(REMOTE_ADDR=ADDRESS)
    assert [guesser.get(f"/v/{WRONG}").status_code for _ in range(31)] == [404] * 30 + [429]
