"""From the code to checked in, in the browser: signed in or not, with consent or not, once or twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.codes import Direction
from courses.models import Attendance, Room, Scan, Session
from courses.views.public import scan as view
from lms.registry.models import AuditEntry, Membership
from tests import factories
from tests.courses.scan_scene import address, photo, session_on_now
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "Chuntian-Huakai-0521"
HERE = {"latitude": "31.23041", "longitude": "121.47370", "accuracy": "14.2"}


@pytest.fixture
def session() -> Session:
    return session_on_now()


@pytest.fixture
def her(session: Session) -> Membership:
    return factories.make_learner(factories.make_enrollment(session.run).person)


def follow(client: Client, path: str, **sent: Any) -> Any:
    """Open the address, and send what its page sends by itself; the last answer."""
    opened = client.get(path)
    return client.post(path, sent, follow=True) if opened.status_code == 200 else opened


def code_of(answer: Any) -> str:
    assert answer.status_code == 409
    return str(answer.context["refusal"].code)


def test_looking_changes_nothing_and_sending_checks_in(her: Membership, session: Session) -> None:
    client, path = signed_in(her), address(session)
    opened = client.get(path)
    assert opened.status_code == 200
    assert "no-store" in opened["Cache-Control"]
    assert not Scan.objects.exists()
    answer = client.post(path, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("my_scan", args=[session.pk])
    kept = Scan.objects.get()
    assert kept.person == her.user.person
    assert f"{timezone.localtime(kept.came_at):%H:%M}" in answer.content.decode()
    assert answer.context["counts"] == {"skill": 180}


def test_checking_out_says_what_it_counts(her: Membership, session: Session) -> None:
    client = signed_in(her)
    follow(client, address(session))
    answer = follow(client, address(session, Direction.OUT))
    mark = Attendance.objects.get()
    assert answer.context["mark"] == mark
    assert (mark.way, mark.recorded_by) == ("code", her.user)


def test_a_code_sent_twice_is_one_scan(her: Membership, session: Session) -> None:
    client, path = signed_in(her), address(session)
    follow(client, path)
    assert follow(client, path).status_code == 200
    assert Scan.objects.count() == 1


def test_a_code_counts_from_the_moment_it_was_scanned(session: Session) -> None:
    """Scanned by nobody known, who then takes five minutes to find her password."""
    person = factories.make_enrollment(session.run).person
    user = factories.make_learner(person).user
    user.set_password(PASSWORD)
    user.save()
    client, path = Client(), address(session)
    opened = client.get(path)
    assert opened.status_code == 302
    assert opened["Location"] == f"{reverse('sign_in')}?next={path}"
    at = timezone.now() - timedelta(minutes=5)
    path = scanned(client, session, at)
    client.post(opened["Location"], {"username": user.username, "password": PASSWORD})
    assert follow(client, path).status_code == 200
    assert Scan.objects.get().came_at == at


def test_a_scan_waits_ten_minutes_for_its_owner(her: Membership, session: Session) -> None:
    client, now = signed_in(her), timezone.now()
    assert code_of(client.get(address(session, when=now - timedelta(minutes=9)))) == "code_expired", "never shown to it"
    late = scanned(client, session, now - view.FRESH - timedelta(seconds=1))
    assert code_of(client.post(late)) == "code_expired"
    assert not Scan.objects.exists()
    assert follow(client, scanned(client, session, now - timedelta(minutes=9))).status_code == 200


def scanned(client: Client, session: Session, when: datetime) -> str:
    """Let this browser have been shown the code of that moment; its address."""
    path, kept = address(session, when=when), client.session
    kept[view.SCANNED] = {"code": path.removeprefix("/s/"), "at": when.isoformat()}
    kept.save()
    return path


def test_a_kept_scan_opens_no_other_code(her: Membership, session: Session) -> None:
    client = signed_in(her)
    client.get(address(session))
    old = address(session, when=timezone.now() - timedelta(minutes=1))
    assert code_of(client.post(old)) == "code_expired"


def test_nobody_is_checked_in_without_signing_in(session: Session) -> None:
    client, path = Client(), address(session)
    assert client.post(path).status_code == 302
    assert not Scan.objects.exists()


def test_another_account_is_told_so(session: Session) -> None:
    for by in (factories.make_trainer(session.run.centre), factories.make_learner()):
        by.user.person = None
        by.user.save()
        assert code_of(signed_in(by).get(address(session))) == "no_learner"


def test_whoever_has_two_roles_scans_as_a_learner(her: Membership, session: Session) -> None:
    """And acts as one from then on."""
    manager = factories.make_manager(user=her.user)
    client = signed_in(manager)
    answer = follow(client, address(session))
    assert answer.status_code == 200
    assert Scan.objects.get().person == her.user.person


def test_one_phone_serves_one_person(her: Membership, session: Session) -> None:
    """Whoever signs in after her on the same phone; the phone's name is signed, so it can't be invented."""
    other = factories.make_learner(factories.make_enrollment(session.run).person)
    client = signed_in(her)
    follow(client, address(session))
    cookie = client.cookies[view.DEVICE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    shared = signed_in(other)
    shared.cookies[view.DEVICE] = cookie.value
    assert code_of(shared.post(address(session))) == "device_used"
    shared.cookies[view.DEVICE] = "made-up"
    assert follow(shared, address(session)).status_code == 200
    kept = set(Scan.objects.values_list("device", flat=True))
    assert len(kept) == 2
    assert all(len(device) == 64 and device not in cookie.value for device in kept)


def test_refusals_say_what_to_do(her: Membership, session: Session) -> None:
    stranger = factories.make_learner(factories.make_person())
    client = signed_in(stranger)
    client.get(address(session))
    refused = client.post(address(session))
    assert code_of(refused) == "not_enrolled"
    assert refused.context["next"]
    ahead = factories.make_session(session.run, timezone.now() + timedelta(hours=2))
    early = signed_in(her).post(address(ahead))
    assert code_of(early) == "too_early"
    opens = timezone.localtime(ahead.starts_at - timedelta(minutes=30))
    assert f"{opens:%H:%M}" in early.content.decode()


# --- Places ---------------------------------------------------------------------------------


def test_a_position_is_kept_only_with_consent(her: Membership, session: Session) -> None:
    room = Room.objects.create(centre=session.run.centre, name="一教室", seats=40, latitude=31.2304, longitude=121.4737)
    Session.objects.filter(pk=session.pk).update(room=room)
    client = signed_in(her)
    assert follow(client, address(session), **HERE).context["ask_place"]
    assert Scan.objects.get().came_place is None

    client.post(reverse("my_place"), {"given": "1"})
    assert b"data-locate" in client.get(address(session, Direction.OUT)).content
    assert not follow(client, address(session, Direction.OUT), **HERE).context["ask_place"]
    kept = Scan.objects.get().left_place
    assert kept is not None
    assert (kept["latitude"], kept["accuracy"], kept["metres"]) == (31.23041, 14, 1)

    client.post(reverse("my_place"), {"given": "0"})
    assert b"data-locate" not in client.get(address(session)).content
    assert AuditEntry.objects.filter(action="consent_to_place").count() == 2


@pytest.mark.parametrize("wrong", [{"latitude": "91"}, {"longitude": "nan"}, {"accuracy": "-1"}, {"latitude": ""}])
def test_a_position_that_cannot_be_is_none(her: Membership, session: Session, wrong: dict[str, str]) -> None:
    client = signed_in(her)
    client.post(reverse("my_place"), {"given": "1"})
    follow(client, address(session), **(HERE | wrong))
    assert Scan.objects.get().came_place is None


# --- Today ----------------------------------------------------------------------------------


def test_today_shows_how_far_each_session_is(her: Membership, session: Session) -> None:
    client = signed_in(her)
    [shown] = client.get(reverse("my_checkin")).context["today"]
    assert (shown.scan, shown.mark) == (None, None)
    assert client.get(reverse("my_scan", args=[session.pk])).status_code == 302
    follow(client, address(session))
    [shown] = client.get(reverse("my_checkin")).context["today"]
    assert shown.scan == Scan.objects.get()
    follow(client, address(session, Direction.OUT))
    [shown] = client.get(reverse("my_checkin")).context["today"]
    assert shown.mark == Attendance.objects.get()


def test_a_photo_of_the_screen_does_as_well(her: Membership, session: Session) -> None:
    client, path = signed_in(her), address(session)
    answer = client.post(reverse("my_photo"), {"photo": photo(f"{project.PUBLIC_URL}{path}")})
    assert answer["Location"] == path
    assert follow(client, path).status_code == 200
    assert Scan.objects.count() == 1


def test_other_photos_are_refused(her: Membership, session: Session) -> None:
    old = address(session, when=timezone.now() - timedelta(minutes=1))
    sent: dict[str, list[Any]] = {
        "code_unreadable": [photo("https://example.org/"), SimpleUploadedFile("a.png", b"no picture"), ""],
        "code_expired": [photo(old)],
    }
    client = signed_in(her)
    for code, photos in sent.items():
        for one in photos:
            answer = client.post(reverse("my_photo"), {"photo": one}, follow=True)
            assert [code in str(message) for message in answer.context["messages"]] == [True]
    assert not Scan.objects.exists()
