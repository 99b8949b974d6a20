"""The screen of a session: one code at a time, pushed, and never one that isn't due yet."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import codes, scanning
from courses.codes import STEP, Direction
from courses.models import Scan, Session
from courses.views.centre import screen
from lms.registry.models import Membership
from tests import factories
from tests.courses.scan_scene import session_on_now
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

STREAM: dict[str, Any] = {"headers": {"Accept": "text/event-stream"}, "wsgi.multithread": True}


@pytest.fixture
def session() -> Session:
    return session_on_now()


@pytest.fixture
def by(session: Session) -> Membership:
    return factories.make_trainer(session.run.centre)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes drawn, in order; the picture is left to the browser test."""
    found: list[str] = []

    def picture(code: str) -> str:
        found.append(code)
        return f"picture of {code}"

    monkeypatch.setattr(screen, "picture", picture)
    return found


def frames(session: Session) -> str:
    return reverse("centre_screen_frames", args=[session.pk])


def events(answer: Any, number: int) -> list[dict[str, Any]]:
    """So many events of a stream; then the browser goes away."""
    stream = iter(answer.streaming_content)
    said = [next(stream).decode() for _ in range(number)]
    leave(answer)
    return [json.loads(event.split("data: ")[1]) for event in said]


def leave(answer: Any) -> None:
    """The browser goes away. Through the test client's own iterator, which spares the test's connection; once begun."""
    answer._iterator.close()


def test_shows_the_code_of_this_moment(by: Membership, session: Session, shown: list[str]) -> None:
    answer = signed_in(by).get(reverse("centre_screen", args=[session.pk]) + "?direction=in")
    assert "no-store" in answer["Cache-Control"]
    [code] = shown
    assert scanning.read_code(code, at=timezone.now()) == (session, Direction.IN)
    assert f"picture of {code}" in answer.content.decode()


def test_counts_who_came_and_went(by: Membership, session: Session) -> None:
    now = timezone.now()
    for left_at in (None, now):
        person = factories.make_enrollment(session.run).person
        Scan.objects.create(session=session, person=person, way="code", came_at=session.starts_at, left_at=left_at)
    factories.make_enrollment(session.run)
    factories.make_enrollment(session.run, state="withdrawn")
    frame = signed_in(by).get(frames(session)).json()
    assert (frame["came"], frame["gone"], frame["expected"]) == (2, 1, 3)
    assert frame["clock"] == f"{timezone.localtime():%H:%M}" or timezone.localtime().second == 0


def test_the_first_event_comes_at_once(by: Membership, session: Session, shown: list[str]) -> None:
    answer = signed_in(by).get(frames(session), {"direction": "out"}, **STREAM)
    assert answer["Content-Type"] == "text/event-stream"
    assert "no-store" in answer["Cache-Control"]
    [event] = events(answer, 1)
    assert event["picture"] == f"picture of {shown[-1]}"
    assert scanning.read_code(shown[-1], at=timezone.now()) == (session, Direction.OUT)


def test_each_event_has_the_code_of_its_own_step(
    by: Membership, session: Session, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock of our own: a code is drawn when its step has begun, never before."""
    clock = [timezone.now().replace(microsecond=0)]
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += STEP / 2

    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", wait)
    answer = signed_in(by).get(frames(session), **STREAM)
    begun = clock[0]
    stream = iter(answer.streaming_content)  # type: ignore[attr-defined]
    steps = []
    for number in range(screen.FRAMES):
        next(stream)
        found = codes.parse(shown[-1])
        assert found is not None
        assert found.step == codes.step_of(begun + number * STEP / 2)
        steps.append(found.step)
    with pytest.raises(StopIteration):
        next(stream)
    leave(answer)
    assert len(set(steps)) >= screen.FRAMES // 2
    assert all(0 < seconds <= screen.PACE for seconds in waited)


@pytest.mark.parametrize("state", ["cancelled", "closed", "planned"])
def test_shows_no_code_where_nothing_is_scanned(by: Membership, session: Session, shown: list[str], state: str) -> None:
    if state == "planned":
        type(session.run).objects.update(state="planned")
    else:
        Session.objects.filter(pk=session.pk).update(**{f"{state}_at": timezone.now()})
    [event] = events(signed_in(by).get(frames(session), **STREAM), 1)
    assert (event["state"], event["picture"], shown) == (state, "", [])


def test_streams_are_limited_and_give_their_place_back(by: Membership, session: Session, shown: list[str]) -> None:
    client = signed_in(by)
    open_ones = [client.get(frames(session), **STREAM) for _ in range(screen.MOST_STREAMS)]
    assert {answer.status_code for answer in open_ones} == {200}
    assert client.get(frames(session), **STREAM).status_code == 204
    assert client.get(frames(session)).status_code == 200, "asking once needs no place"
    for answer in open_ones:
        events(answer, 1)
        leave(answer)
    again = client.get(frames(session), **STREAM)
    assert again.status_code == 200
    events(again, 1)


def test_a_place_is_given_back_once_and_also_by_a_stream_that_never_began(session: Session) -> None:
    before = screen._slots._value
    assert screen._slots.acquire(blocking=False)
    stream = screen.Stream(session, Direction.IN)
    stream.close()
    stream.close()
    assert screen._slots._value == before


def test_a_server_without_threads_streams_nothing(by: Membership, session: Session) -> None:
    """Its one worker would be busy for a minute."""
    without = {**STREAM, "wsgi.multithread": False}
    assert signed_in(by).get(frames(session), **without).status_code == 204


def test_a_new_code_ends_the_ones_shown(by: Membership, session: Session, shown: list[str]) -> None:
    client, path = signed_in(by), reverse("centre_screen", args=[session.pk])
    client.get(path)
    answer = client.post(f"{path}?direction=out")
    assert answer["Location"] == f"{path}?direction=out"
    session.refresh_from_db()
    found = codes.parse(shown[0])
    assert found is not None
    assert codes.verdict(found, session.nonce, timezone.now()) == "code_wrong"


def test_turns_to_checking_out_after_half_time(by: Membership, session: Session) -> None:
    client, path = signed_in(by), reverse("centre_screen", args=[session.pk])
    assert client.get(path).context["direction"] == Direction.IN
    now = timezone.now()
    Session.objects.update(starts_at=now - timedelta(hours=2), ends_at=now + timedelta(hours=1))
    assert client.get(path).context["direction"] == Direction.OUT
