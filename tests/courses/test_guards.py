"""What the database refuses around attendance, whatever Python does: every known bypass, as raw SQL or bulk."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from courses.models import (
    Attendance,
    AttendanceCorrection,
    AttendanceRule,
    AuditSample,
    CorrectionProposal,
    DetectorRule,
    Excuse,
    HourClaim,
    Scan,
    Session,
    SessionAct,
    SessionShare,
    WaitingPlace,
)
from lms.registry.models import Membership, Person, Purpose
from tests import factories as f
from tests.registry.attacks import sql

pytestmark = pytest.mark.django_db


class World:
    """A session with one mark, one scan and a trainer with a record of her own."""

    def __init__(self) -> None:
        self.session = f.make_session(starts_at=f.at("2025-03-05 09:00"))
        self.by: Membership = f.make_trainer(self.session.run.centre, person=f.make_person())
        self.person = f.make_person()
        self.row = f.make_attendance(self.session, self.person)
        self.scan = Scan.objects.create(
            session=self.session, person=self.person, way="code", came_at=self.session.starts_at
        )
        self.absent = f.make_attendance(
            self.session, f.make_person(), state="absent", arrived_at=None, left_at=None, minutes=0
        )
        self.trainer = self.session.run.centre.trainers.create(name="陈老师", person=f.make_person())

    def colleague(self) -> Person:
        assert self.by.user.person is not None
        return self.by.user.person

    def new_mark(self, person: Person | None = None) -> Attendance:
        """Presence, not saved."""
        return Attendance(
            session=self.session,
            person=person or f.make_person(),
            state="present",
            arrived_at=self.session.starts_at,
            left_at=self.session.ends_at,
            minutes=180,
            recorded_by=self.by.user,
        )

    def new_scan(self, person: Person | None = None) -> Scan:
        at = self.session.starts_at
        return Scan(session=self.session, person=person or f.make_person(), way="kiosk", came_at=at)

    def new_proposal(self, **kw: Any) -> CorrectionProposal:
        return CorrectionProposal(attendance=self.row, revision=1, reason="代签", proposed_by=self.by.user, **kw)

    def new_excuse(self) -> Excuse:
        return Excuse(session=self.session, person=f.make_person(), reason="住院", asked_by=self.by.user)

    def close(self) -> None:
        update(self.session, closed_at=timezone.now())

    def act(self, step: str, **kw: Any) -> SessionAct:
        starts, ends = self.session.starts_at, self.session.ends_at
        return SessionAct.objects.create(
            session=self.session, step=step, was_starts_at=starts, was_ends_at=ends, reason="x", by=self.by.user, **kw
        )


def update(row: models.Model, **values: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def bulk(row: models.Model) -> None:
    type(row)._base_manager.bulk_create([row])


def erase(row: models.Model) -> None:
    type(row)._base_manager.filter(pk=row.pk)._raw_delete(using="default")


def refused(code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=f"guard:{code}"), transaction.atomic():
        act()


@pytest.fixture
def world() -> World:
    return World()


#: What no closed session takes.
AFTER_CLOSING: dict[str, Callable[[World], Any]] = {
    "a mark": lambda w: bulk(w.new_mark()),
    "a scan": lambda w: bulk(w.new_scan()),
    "a scan out": lambda w: update(w.scan, left_at=timezone.now()),
    "an excuse": lambda w: bulk(w.new_excuse()),
    "a proposal": lambda w: bulk(w.new_proposal()),
    "another arrival": lambda w: update(w.row, arrived_at=f.at("2025-03-05 08:00")),
    "another departure": lambda w: update(w.row, left_at=f.at("2025-03-05 13:00")),
    "another state": lambda w: update(w.absent, state="excused"),
    "more minutes": lambda w: update(w.row, minutes=181),
    "fewer minutes": lambda w: update(w.row, minutes=1),
    "another session": lambda w: update(w.row, session=f.make_session()),
    "other times of the session": lambda w: update(w.session, ends_at=f.at("2025-03-05 13:00")),
    "a longer break": lambda w: update(w.session, break_minutes=10),
    "another trainer": lambda w: update(w.session, trainer=w.trainer),
    "cancelling": lambda w: update(w.session, cancelled_at=timezone.now()),
    "a share": lambda w: bulk(SessionShare(session=w.session, number=1, bucket="skill", parts=1)),
    "reopening without an act": lambda w: update(w.session, closed_at=None),
}


@pytest.mark.parametrize("name", AFTER_CLOSING)
def test_closed_is_closed(world: World, name: str) -> None:
    with transaction.atomic():
        AFTER_CLOSING[name](world)
        transaction.set_rollback(True)
    world.close()
    refused("session_closed", lambda: AFTER_CLOSING[name](world))


def test_a_correction_is_not_confirmed_after_closing(world: World) -> None:
    proposal = world.new_proposal()
    proposal.save()
    world.close()
    second, now = f.make_user(), timezone.now()
    decide: dict[str, Any] = {"state": "confirmed", "decided_by": second, "decided_at": now}
    refused("session_closed", lambda: update(proposal, **decide))
    old = AttendanceCorrection(
        attendance=world.row, proposal=proposal, revision=1, old_state="present", old_minutes=180
    )
    refused("session_closed", lambda: bulk(old))


def test_only_an_act_since_its_closing_reopens(world: World) -> None:
    world.act("reopen")
    world.close()
    refused("session_closed", lambda: update(world.session, closed_at=None))
    world.act("reopen")
    update(world.session, closed_at=None)
    assert Session.objects.get(pk=world.session.pk).closed_at is None


def test_what_is_false_is_taken_back_after_closing_and_stays_so(world: World) -> None:
    world.close()
    update(world.row, minutes=0, less="false")
    tries: list[dict[str, Any]] = [{"minutes": 180}, {"less": ""}, {"minutes": 180, "less": "suspended"}]
    for values in tries:
        refused("attendance_false", partial(update, world.row, **values))


def test_suspension_passes_a_closed_session_both_ways(world: World) -> None:
    world.close()
    update(world.row, minutes=0, less="suspended")
    update(world.row, minutes=180, less="")
    assert Attendance.objects.get(pk=world.row.pk).minutes == 180


def test_a_cancelled_session_takes_nothing(world: World) -> None:
    update(world.session, cancelled_at=timezone.now())
    rows: list[models.Model] = [world.new_mark(), world.new_scan(), world.new_excuse()]
    for row in rows:
        refused("session_cancelled", partial(bulk, row))


@pytest.mark.parametrize("whose", ["colleague", "teacher"])
def test_nobody_attends_her_own_session(world: World, whose: str) -> None:
    if whose == "teacher":
        update(world.session, trainer=world.trainer)
    person = world.colleague() if whose == "colleague" else world.trainer.person
    assert person is not None
    refused("own_session", lambda: bulk(world.new_mark(person)))
    refused("own_session", lambda: bulk(world.new_scan(person)))
    absent = world.new_mark(person)
    absent.state, absent.arrived_at, absent.left_at, absent.minutes = "absent", None, None, 0
    bulk(absent)
    there: dict[str, Any] = {
        "state": "present",
        "arrived_at": world.session.starts_at,
        "left_at": world.session.ends_at,
    }
    refused("own_session", lambda: update(absent, **there))
    # Whoever has left the centre, or no longer teaches this session, may.
    Membership.objects.filter(pk=world.by.pk).update(ended_at=timezone.now())
    update(world.session, trainer=None)
    update(absent, **there)


def test_nobody_comes_to_teach_what_she_attended(world: World) -> None:
    assert world.trainer.person is not None
    bulk(world.new_mark(world.trainer.person))
    refused("own_session", lambda: update(world.session, trainer=world.trainer))


def test_nothing_for_the_banned_and_the_merged(world: World) -> None:
    officer, evidence = f.make_officer(), f.make_file(Purpose.EVIDENCE)
    banned, merged, free = f.make_person(), f.make_person(), f.make_person()
    f.make_ban(banned)
    Person.objects.filter(pk=merged.pk).update(merged_into=f.make_person())

    def rows(person: Person) -> list[models.Model]:
        claim = HourClaim(
            person=person,
            source="drill",
            title="演练",
            organiser="消防",
            region=f.songjiang(),
            evidence=evidence,
            claimed_by=officer.user,
        )
        turn = WaitingPlace(run=world.session.run, person=person, source="self", asked_by=officer.user)
        return [world.new_scan(person), claim, turn]

    for person, code in ((banned, "person_barred"), (merged, "merged_record")):
        for row in rows(person):
            refused(code, partial(bulk, row))
    for row in rows(free):
        bulk(row)


def test_a_banned_person_may_be_excused(world: World) -> None:
    banned = f.make_person()
    f.make_ban(banned)
    row = world.new_mark(banned)
    refused("person_barred", lambda: bulk(row))
    row.state, row.arrived_at, row.left_at, row.minutes = "excused", None, None, 0
    bulk(row)
    there: dict[str, Any] = {
        "state": "present",
        "arrived_at": world.session.starts_at,
        "left_at": world.session.ends_at,
    }
    refused("person_barred", lambda: update(row, **there))


def test_evidence_neither_changes_nor_goes(world: World) -> None:
    officer = f.make_officer()
    sample = AuditSample.objects.create(
        region=f.songjiang(), quarter="2025Q1", seed="1", size=1, drawn_by=officer.user, drawn_from=[]
    )
    act = world.act("move")
    changes: list[tuple[models.Model, dict[str, Any]]] = [
        (sample, {"seed": "2"}),
        (act, {"reason": "y"}),
        (world.scan, {"came_at": f.at("2025-03-05 08:00")}),
    ]
    for row, values in changes:
        refused("append_only", partial(update, row, **values))
    update(world.scan, left_at=world.session.ends_at)
    refused("append_only", lambda: update(world.scan, left_at=timezone.now()))
    kept: list[models.Model] = [sample, act, world.scan, world.row]
    for row in kept:
        refused("append_only", partial(erase, row))
        refused("append_only", partial(sql, f"DELETE FROM {row._meta.db_table}"))


def test_a_proposal_is_decided_once(world: World) -> None:
    proposal = world.new_proposal()
    proposal.save()
    second, now = f.make_user(), timezone.now()
    with pytest.raises(IntegrityError, match="proposal_decided_by_a_second_person"), transaction.atomic():
        update(proposal, state="confirmed", decided_by=world.by.user, decided_at=now)
    update(proposal, state="rejected", decided_by=second, decided_at=now)
    refused("correction_decided", lambda: update(proposal, state="open", decided_by=None, decided_at=None))
    refused("correction_decided", lambda: update(proposal, arrived_at=now))
    refused("append_only", partial(erase, proposal))


@pytest.mark.parametrize("model", [AttendanceRule, DetectorRule])
def test_published_rules_never_change(model: type[AttendanceRule] | type[DetectorRule]) -> None:
    row = model._default_manager.filter(published_at__isnull=False).order_by("code").first()
    assert row is not None
    refused("policy_published", lambda: update(row, valid_from=date(2030, 1, 1)))
    refused("policy_published", lambda: sql(f"DELETE FROM {model._meta.db_table}"))
