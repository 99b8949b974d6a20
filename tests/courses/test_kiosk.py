"""The kiosk: a tablet that serves whoever knows the end of her ID, and does nothing else until staff take it back."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses import kiosking
from courses.models import Attendance, Scan, Session, SessionPaper
from lms.registry.models import AuditEntry, Membership, Person
from tests import factories
from tests.courses.scan_scene import photo, session_on_now
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "Chuntian-Huakai-0521"


@pytest.fixture
def session() -> Session:
    return session_on_now()


@pytest.fixture
def by(session: Session) -> Membership:
    found = factories.make_trainer(session.run.centre)
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


@pytest.fixture
def path(session: Session) -> str:
    return reverse("centre_kiosk", args=[session.pk])


@pytest.fixture
def kiosk(by: Membership, path: str) -> Client:
    client = signed_in(by)
    client.post(path, {"act": "open"})
    return client


def learner(session: Session, **kw: Any) -> tuple[Person, str]:
    """Somebody enrolled, and the end of her ID."""
    person = factories.make_enrollment(session.run, factories.make_person(**kw)).person
    return person, person.documents.get().number[-6:]


def refused(answer: Any) -> str:
    assert answer.status_code in (409, 429)
    return str(answer.context["refusal"].code)


def test_opens_and_serves_by_the_end_of_the_id(kiosk: Client, path: str, session: Session) -> None:
    person, tail = learner(session)
    learner(session)
    found = kiosk.post(path, {"tail": tail, "direction": "in"})
    assert found.context["people"] == [person]
    assert not Scan.objects.exists(), "typing alone checks nobody in"
    tapped = {"tail": tail, "direction": "in", "person": person.pk}
    assert kiosk.post(path, tapped).context["answer"].scan == Scan.objects.get()
    kiosk.post(path, tapped)
    gone = kiosk.post(path, tapped | {"direction": "out"})
    assert gone.context["answer"].attendance == Attendance.objects.get()
    kept = Scan.objects.get()
    assert (kept.person, kept.way, kept.device, Attendance.objects.get().way) == (person, "kiosk", "", "kiosk")


def test_a_tail_is_taken_as_it_is_typed(kiosk: Client, path: str, session: Session) -> None:
    """In full width, in small letters, with spaces around."""
    person, _tail = learner(session, number="310117199003077828")
    factories.make_document(person, number="G1234567x", kind="passport")
    for typed in (" 7828 ", "７８２８", "567x", "567X", "077828"):
        assert kiosk.post(path, {"tail": typed, "direction": "in"}).context["people"] == [person], typed


def test_refuses_what_nobody_enrolled_has(kiosk: Client, path: str, session: Session) -> None:
    stranger = factories.make_person()
    gone = factories.make_enrollment(session.run, state="withdrawn").person
    for person in (stranger, gone):
        tail = person.documents.get().number[-6:]
        assert refused(kiosk.post(path, {"tail": tail, "direction": "in"})) == "tail_unknown"
    for typed in ("", "123", "1234567"):
        assert refused(kiosk.post(path, {"tail": typed, "direction": "in"})) == "tail_short"


def test_nobody_is_tapped_whose_id_was_not_typed(kiosk: Client, path: str, session: Session) -> None:
    (_one, tail), (other, _tail) = learner(session), learner(session)
    for key in (other.pk, "nonsense"):
        assert refused(kiosk.post(path, {"tail": tail, "direction": "in", "person": key})) == "tail_unknown"
    assert not Scan.objects.exists()


def test_guessing_ends(kiosk: Client, path: str, session: Session) -> None:
    _person, tail = learner(session)
    for _ in range(kiosking.MISSES):
        assert refused(kiosk.post(path, {"tail": "!!!!", "direction": "in"})) == "tail_unknown"
    assert refused(kiosk.post(path, {"tail": tail, "direction": "in"})) == "too_many_tries"


def test_hits_are_not_counted(kiosk: Client, path: str, session: Session) -> None:
    _person, tail = learner(session)
    for _ in range(kiosking.MISSES + 1):
        assert kiosk.post(path, {"tail": tail, "direction": "in"}).status_code == 200


def test_refusals_of_a_scan_are_shown_on_it(kiosk: Client, path: str, session: Session) -> None:
    person, tail = learner(session)
    assert refused(kiosk.post(path, {"tail": tail, "direction": "out", "person": person.pk})) == "not_checked_in"


def test_an_open_kiosk_goes_nowhere_else(kiosk: Client, path: str) -> None:
    for name in ("centre_home", "centre_runs", "account", "home_of_role", "sign_out"):
        for send in (kiosk.get, kiosk.post):
            assert send(reverse(name))["Location"] == path
    assert kiosk.get("/nowhere/")["Location"] == path
    assert kiosk.get(path).status_code == 200
    other = factories.make_session()
    assert kiosk.get(reverse("centre_kiosk", args=[other.pk]))["Location"] == path


def test_only_the_password_leads_out(kiosk: Client, path: str, session: Session) -> None:
    assert refused(kiosk.post(path, {"act": "leave", "password": "wrong"})) == "password_wrong"
    assert kiosk.get(reverse("centre_home")).status_code == 302
    left = kiosk.post(path, {"act": "leave", "password": PASSWORD})
    assert left["Location"] == reverse("centre_session", args=[session.pk])
    assert kiosk.get(reverse("centre_home")).status_code == 200
    said = AuditEntry.objects.filter(action__endswith="kiosk").order_by("pk").values_list("action", flat=True)
    assert list(said) == ["open_kiosk", "leave_kiosk"]


def test_passwords_are_not_guessed_on_it(kiosk: Client, path: str) -> None:
    for _ in range(kiosking.WRONG_PASSWORDS):
        assert refused(kiosk.post(path, {"act": "leave", "password": "wrong"})) == "password_wrong"
    assert refused(kiosk.post(path, {"act": "leave", "password": PASSWORD})) == "too_many_tries"


def test_an_account_without_a_password_is_signed_out(by: Membership, kiosk: Client, path: str) -> None:
    by.user.set_unusable_password()
    by.user.save()
    kiosk.force_login(by.user)
    kiosk.post(path, {"act": "open"})
    assert kiosk.post(path, {"act": "leave"})["Location"] == reverse("sign_in")
    assert kiosk.get(reverse("centre_home")).status_code == 302


@pytest.mark.parametrize("state", ["cancelled", "closed"])
def test_opens_for_no_session_that_is_over_for_good(by: Membership, path: str, session: Session, state: str) -> None:
    client = signed_in(by)
    Session.objects.filter(pk=session.pk).update(**{f"{state}_at": timezone.now()})
    answer = client.post(path, {"act": "open"}, follow=True)
    assert [f"session_{state}" in str(message) for message in answer.context["messages"]] == [True]
    assert client.get(reverse("centre_home")).status_code == 200


def test_a_photo_of_the_room_is_kept_as_evidence(by: Membership, path: str, session: Session) -> None:
    client = signed_in(by)
    client.post(path, {"photo": photo("room")})
    kept = SessionPaper.objects.get()
    assert (kept.session, kept.kind, kept.sent_by, kept.file.purpose) == (session, "room", by.user, "evidence")
    shown = client.get(path).content.decode()
    assert reverse("private_file", args=[kept.file_id]) in shown
    assert client.get(reverse("private_file", args=[kept.file_id])).status_code == 200
    stranger = factories.make_trainer()
    assert signed_in(stranger).get(reverse("private_file", args=[kept.file_id])).status_code == 404


def test_other_files_are_refused_and_none_after_closing(by: Membership, path: str, session: Session) -> None:
    client = signed_in(by)
    answer = client.post(path, {"photo": SimpleUploadedFile("a.jpg", b"no picture")}, follow=True)
    assert ["file_type" in str(message) for message in answer.context["messages"]] == [True]
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now())
    answer = client.post(path, {"photo": photo("room")}, follow=True)
    assert ["session_closed" in str(message) for message in answer.context["messages"]] == [True]
    assert not SessionPaper.objects.exists()
