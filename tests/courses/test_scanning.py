"""Checking in and out: what is kept, what it gives, and everything that is refused without leaving a trace."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from courses import codes, scanning
from courses.codes import STEP, Direction
from courses.models import Attendance, HourEntry, Room, Scan, Session, Trainer
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Membership
from tests import factories
from tests.courses.scan_scene import person_of
from tests.factories import at

pytestmark = pytest.mark.django_db


def clock(text: str) -> datetime:
    return at(f"2025-03-05 {text}")


@pytest.fixture
def session() -> Session:
    """09:00 to 12:00; by the national rule one scans in from 08:30 and out until 12:30."""
    return factories.make_session(starts_at=clock("09:00"))


@pytest.fixture
def her(session: Session) -> Membership:
    return factories.make_learner(factories.make_enrollment(session.run).person)


def scan_in(by: Membership, session: Session, when: str = "08:52", **kw: Any) -> scanning.Answer:
    return scanning.check_in(by=by, session=session, person=person_of(by), at=clock(when), **kw)


def scan_out(by: Membership, session: Session, when: str = "12:03", **kw: Any) -> scanning.Answer:
    return scanning.check_out(by=by, session=session, person=person_of(by), at=clock(when), **kw)


def refused(act: Any) -> str:
    """The code of the refusal; nothing may have been kept of it."""
    before = (list(Scan.objects.values()), Attendance.objects.count(), AuditEntry.objects.count())
    with pytest.raises(DomainError) as refusal:
        act()
    assert (list(Scan.objects.values()), Attendance.objects.count(), AuditEntry.objects.count()) == before
    return refusal.value.code


# --- What it gives --------------------------------------------------------------------------


def test_coming_and_going_gives_the_hours(her: Membership, session: Session) -> None:
    came = scan_in(her, session)
    assert came.scan is not None
    assert (came.scan.came_at, came.attendance) == (clock("08:52"), None)
    assert not Attendance.objects.exists(), "half a presence is none yet"
    went = scan_out(her, session)
    assert went.attendance is not None
    assert (went.attendance.way, went.attendance.state, went.attendance.minutes) == ("code", "present", 180)
    assert (went.attendance.arrived_at, went.attendance.left_at) == (clock("08:52"), clock("12:03"))
    assert HourEntry.objects.get().minutes == 180
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"scan_in", "scan_out"}


def test_coming_late_and_going_early_is_taken_off(her: Membership, session: Session) -> None:
    scan_in(her, session, "09:10")
    went = scan_out(her, session, "11:55")
    assert went.attendance is not None
    assert (went.attendance.state, went.attendance.minutes) == ("late_and_early", 165)


def test_scanning_again_changes_nothing(her: Membership, session: Session) -> None:
    first = scan_in(her, session)
    assert scan_in(her, session, "09:40", device="another").scan == first.scan
    gone = scan_out(her, session)
    assert scan_out(her, session, "12:20").attendance == gone.attendance
    assert scan_in(her, session, "12:25").attendance == gone.attendance
    kept = Scan.objects.get()
    assert (kept.came_at, kept.left_at, kept.device) == (clock("08:52"), clock("12:03"), "")
    assert HourEntry.objects.count() == 1


def test_who_is_on_the_roll_already_sees_what_is_there(her: Membership, session: Session) -> None:
    mark = factories.make_attendance(session, person_of(her))
    assert scan_in(her, session).attendance == mark
    assert scan_out(her, session).attendance == mark
    assert not Scan.objects.exists()


def test_what_the_roll_says_meanwhile_stands(her: Membership, session: Session) -> None:
    scan_in(her, session)
    mark = factories.make_attendance(session, person_of(her))
    assert scan_out(her, session).attendance == mark
    assert Scan.objects.get().left_at is None


def test_a_kiosk_needs_no_device(her: Membership, session: Session) -> None:
    other = factories.make_learner(factories.make_enrollment(session.run).person)
    for by in (her, other):
        scan_in(by, session, way=Scan.Way.KIOSK)
        assert scan_out(by, session, way=Scan.Way.KIOSK).attendance.way == "kiosk"


def test_one_can_leave_with_another_phone(her: Membership, session: Session) -> None:
    scan_in(her, session, device="one")
    scan_out(her, session, device="two")
    kept = Scan.objects.get()
    assert (kept.device, kept.left_device) == ("one", "two")


# --- Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "code"), [("08:29", "too_early"), ("12:00", "too_late"), ("13:00", "too_late")])
def test_refuses_to_check_in_outside_its_time(her: Membership, session: Session, when: str, code: str) -> None:
    assert refused(lambda: scan_in(her, session, when)) == code


def test_who_was_too_early_comes_in_later(her: Membership, session: Session) -> None:
    assert refused(lambda: scan_in(her, session, "08:00", device="hers")) == "too_early"
    answer = scan_in(her, session, "08:30", device="hers")
    assert answer.scan is not None
    assert answer.scan.came_at == clock("08:30")


@pytest.mark.parametrize(("when", "code"), [("08:58", "too_early"), ("12:31", "too_late")])
def test_refuses_to_check_out_outside_its_time(her: Membership, session: Session, when: str, code: str) -> None:
    scan_in(her, session)
    assert refused(lambda: scan_out(her, session, when)) == code
    assert scan_out(her, session, "12:30").attendance is not None


def test_refuses_to_check_out_whoever_did_not_come(her: Membership, session: Session) -> None:
    assert refused(lambda: scan_out(her, session)) == "not_checked_in"


def test_refuses_strangers_and_the_withdrawn(session: Session) -> None:
    gone = factories.make_enrollment(session.run, state="withdrawn").person
    for person in (factories.make_person(), gone):
        by = factories.make_learner(person)
        assert refused(lambda by=by: scan_in(by, session)) == "not_enrolled"


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("session", {"cancelled_at": clock("08:00")}, "session_cancelled"),
        ("session", {"closed_at": clock("08:00")}, "session_closed"),
        ("run", {"state": "planned"}, "run_state"),
        ("run", {"state": "cancelled"}, "session_cancelled"),
    ],
)
def test_refuses_where_nothing_is_scanned(
    her: Membership, session: Session, table: str, change: dict[str, Any], code: str
) -> None:
    row = session if table == "session" else session.run
    type(row)._base_manager.filter(pk=row.pk).update(**change)
    assert refused(lambda: scan_in(her, session)) == code


def test_refuses_who_teaches_it_or_works_at_the_centre(session: Session) -> None:
    teacher, clerk = (factories.make_enrollment(session.run).person for _ in range(2))
    trainer = Trainer.objects.create(centre=session.run.centre, name=teacher.name, person=teacher)
    Session.objects.filter(pk=session.pk).update(trainer=trainer)
    factories.make_trainer(session.run.centre, person=clerk)
    assert refused(lambda: scan_in(factories.make_learner(teacher), session)) == "own_session"
    user = clerk.user
    assert refused(lambda: scan_in(factories.make_learner(user=user), session)) == "own_session"


def test_refuses_the_barred_on_the_way_in_and_on_the_way_out(her: Membership, session: Session) -> None:
    other = factories.make_learner(factories.make_enrollment(session.run).person)
    scan_in(other, session)
    for by in (her, other):
        factories.make_ban(person_of(by))
    assert refused(lambda: scan_in(her, session)) == "person_barred"
    assert refused(lambda: scan_out(other, session)) == "person_barred"


def test_one_phone_serves_one_person_per_session(her: Membership, session: Session) -> None:
    other = factories.make_learner(factories.make_enrollment(session.run).person)
    scan_in(her, session, device="phone")
    assert refused(lambda: scan_in(other, session, device="phone")) == "device_used"
    scan_in(other, session, device="own")
    assert refused(lambda: scan_out(her, session, device="own")) == "device_used"
    next_one = factories.make_session(session.run, clock("13:00"))
    assert scan_in(other, next_one, "12:55", device="phone").scan is not None


def test_the_database_keeps_one_person_per_phone(her: Membership, session: Session, monkeypatch: Any) -> None:
    """Should another scan come between the look and the writing."""
    other = factories.make_learner(factories.make_enrollment(session.run).person)
    monkeypatch.setattr(scanning, "_refuse_shared", lambda *_: None)
    scan_in(her, session, device="phone")
    assert refused(lambda: scan_in(other, session, device="phone")) == "device_used"


# --- Codes ----------------------------------------------------------------------------------


def test_a_code_leads_to_its_session_while_it_holds(session: Session) -> None:
    now = clock("08:50")
    code = codes.code_of(session.pk, session.nonce, Direction.OUT, now)
    found, direction = scanning.read_code(code, at=now + STEP)
    assert (found, direction) == (session, Direction.OUT)
    assert refused(lambda: scanning.read_code(code, at=now + 2 * STEP)) == "code_expired"
    assert refused(lambda: scanning.read_code(code, at=now - 2 * STEP)) == "code_ahead"


def test_a_code_of_another_session_or_of_nothing_is_wrong(session: Session) -> None:
    """The proof of one session's code under the name of another, a session that isn't, a word."""
    now, other = clock("08:50"), factories.make_session(session.run, clock("13:00"))
    mine, hers = (codes.code_of(row.pk, "", Direction.IN, now) for row in (session, other))
    for code in (hers[:28] + mine[28:], codes.code_of(session.run_id, "", Direction.IN, now), "hello", ""):
        assert refused(lambda code=code: scanning.read_code(code, at=now)) == "code_wrong"


def test_a_new_nonce_kills_every_code_shown_before(session: Session) -> None:
    by, now = factories.make_trainer(session.run.centre), clock("08:50")
    before = codes.code_of(session.pk, session.nonce, Direction.IN, now)
    renewed = scanning.renew(by=by, session=session)
    assert refused(lambda: scanning.read_code(before, at=now)) == "code_wrong"
    after = codes.code_of(session.pk, renewed.nonce, Direction.IN, now)
    assert scanning.read_code(after, at=now)[0] == session
    assert AuditEntry.objects.filter(action="renew_code").count() == 1


# --- Places ---------------------------------------------------------------------------------

#: The people's square of Shanghai, and a place about a kilometre to the north of it.
SQUARE, NORTH = (31.2304, 121.4737), (31.2394, 121.4737)


def test_the_place_is_kept_with_its_distance_from_the_room(her: Membership, session: Session) -> None:
    room = Room.objects.create(
        centre=session.run.centre, name="一教室", seats=40, latitude=Decimal("31.2304"), longitude=Decimal("121.4737")
    )
    Session.objects.filter(pk=session.pk).update(room=room)
    here = {"latitude": SQUARE[0], "longitude": SQUARE[1], "accuracy": 12.0}
    there = {"latitude": NORTH[0], "longitude": NORTH[1], "accuracy": 12.0}
    scan_in(her, session, place=here)
    scan_out(her, session, place=there)
    kept = Scan.objects.get()
    assert kept.came_place == {**here, "metres": 0}
    assert kept.left_place is not None
    assert 995 <= kept.left_place["metres"] <= 1005, "far away is kept, and flagged later; it is no reason to refuse"


def test_without_consent_or_a_known_room_there_is_no_distance(her: Membership, session: Session) -> None:
    scan_in(her, session)
    assert Scan.objects.get().came_place is None
    scan_out(her, session, place={"latitude": 31.0, "longitude": 121.0, "accuracy": 5.0})
    assert Scan.objects.get().left_place == {"latitude": 31.0, "longitude": 121.0, "accuracy": 5.0, "metres": None}


def test_consent_is_on_record(her: Membership) -> None:
    scanning.note_consent(by=her, given=True)
    scanning.note_consent(by=her, given=False)
    said = AuditEntry.objects.filter(action="consent_to_place").order_by("pk").values_list("after", flat=True)
    assert list(said) == [{"given": True}, {"given": False}]


def test_scanning_takes_few_queries(her: Membership, session: Session, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(18):
        scan_in(her, session, device="phone", when="08:52")
    assert timedelta(0) <= Scan.objects.get().came_at - clock("08:52")
