"""Changing a run that stands: rooms and trainers meet nobody else, people are told, what was held stays."""

from datetime import timedelta
from typing import Any

import pytest

from courses import enrolling, equipping, rescheduling, scheduling
from courses.models import Room, Session, SessionAct, Trainer
from courses.scheduling import Share
from lms.jobs.errors import DomainError
from lms.registry import noticing
from lms.registry.models import AuditEntry, Notice
from tests import factories as make
from tests.courses.planning_scene import Scene, ahead, make_scene, plan_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def code_of(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def planned(scene: Scene, *plans: Any) -> Any:
    course = make.make_course()
    assert scene.by.centre is not None
    return scheduling.plan_run(
        by=scene.by, course=course, centre=scene.by.centre, title="x", place="x", capacity=9, sessions=plans
    )


def move(scene: Scene, days: int, hour: int = 9, **kw: Any) -> Session:
    starts = ahead(days, hour)
    values: dict[str, Any] = {"room": scene.room, "trainer": scene.trainer, "reason": "教室检修"} | kw
    return rescheduling.move_session(
        by=scene.by, session=scene.session, starts_at=starts, ends_at=starts + timedelta(hours=3), **values
    )


def told(code: str) -> set[Any]:
    return {notice.to for notice in Notice.objects.filter(code=code)}


# --- Rooms and trainers ---------------------------------------------------------------------


def test_a_room_and_a_trainer_hold_one_session_at_a_time(scene: Scene) -> None:
    assert code_of(lambda: planned(scene, plan_of(10, 11, room=scene.room))) == "room_taken"
    assert code_of(lambda: planned(scene, plan_of(10, 11, trainer=scene.trainer))) == "trainer_busy"
    # One ends as the other begins.
    assert planned(scene, plan_of(10, 12, room=scene.room, trainer=scene.trainer)).sessions.count() == 1


def test_what_was_cancelled_is_in_nobodys_way(scene: Scene) -> None:
    rescheduling.cancel_session(by=scene.by, session=scene.session, reason="停电")
    run = planned(scene, plan_of(10, 9, room=scene.room))
    scheduling.cancel_run(by=scene.by, run=run)
    assert planned(scene, plan_of(10, 9, room=scene.room)).sessions.get().room == scene.room


def test_only_the_centres_own_rooms_and_trainers_in_use(scene: Scene) -> None:
    foreign = Room.objects.create(centre=make.make_centre(), name="别处", seats=9)
    retired = Trainer.objects.create(centre=scene.room.centre, name="退休", active=False)
    assert code_of(lambda: planned(scene, plan_of(3, room=foreign))) == "not_of_centre"
    assert code_of(lambda: planned(scene, plan_of(3, trainer=retired))) == "not_of_centre"


def test_out_of_use_once_nothing_lies_ahead(scene: Scene) -> None:
    assert code_of(lambda: equipping.set_in_use(by=scene.by, what=scene.room, active=False)) == "in_use"
    rescheduling.cancel_session(by=scene.by, session=scene.session, reason="停电")
    equipping.set_in_use(by=scene.by, what=scene.room, active=False)
    assert not Room.objects.get(pk=scene.room.pk).active


def test_names_are_given_once_and_the_barred_do_not_teach(scene: Scene) -> None:
    centre = scene.room.centre
    assert code_of(lambda: equipping.keep_room(by=scene.by, centre=centre, name="101", seats=1)) == "name_taken"
    assert code_of(lambda: equipping.keep_trainer(by=scene.by, centre=centre, name="陈老师")) == "name_taken"
    barred = make.make_person()
    make.make_ban(barred)
    assert (
        code_of(lambda: equipping.keep_trainer(by=scene.by, centre=centre, name="王老师", person=barred))
        == "person_barred"
    )
    person = make.make_person()
    linked = equipping.keep_trainer(by=scene.by, centre=centre, name="陈老师", person=person, trainer=scene.trainer)
    assert Trainer.objects.get().person == linked.person == person
    assert (
        code_of(lambda: equipping.keep_trainer(by=scene.by, centre=centre, name="李老师", person=person))
        == "name_taken"
    )


# --- Moving and cancelling ------------------------------------------------------------------


def test_a_move_is_kept_with_what_was_and_everybody_is_told(scene: Scene) -> None:
    teacher, learner = make.make_person(), make.make_person()
    scene.trainer.person = teacher
    scene.trainer.save()
    site = make.make_institution()
    accounts = {
        make.make_learner(teacher).user,
        make.make_learner(learner).user,
        make.make_manager(site).user,
    }
    make.make_manager(make.make_institution())
    make.make_enrollment(scene.run, learner, institution=site)
    gone = make.make_enrollment(scene.run, state="withdrawn")
    make.make_learner(gone.person)
    was = scene.session.starts_at
    moved = move(scene, 12, 14)
    act = SessionAct.objects.get()
    assert (act.step, act.was_starts_at, act.was_room, act.reason) == ("move", was, scene.room, "教室检修")
    assert Session.objects.get().starts_at == moved.starts_at == ahead(12, 14)
    assert moved.number == 1
    assert told("session_moved") == accounts
    sentence = noticing.sentence_of(Notice.objects.filter(to__person=learner).get())
    assert "教室检修" in sentence
    assert "14:00–17:00" in sentence
    assert AuditEntry.objects.get(action="move_session").actor == scene.by.user


def test_a_move_names_whom_it_makes_busy_twice(scene: Scene) -> None:
    busy, free = scene.people(2)
    other = make.make_session(make.make_run(), ahead(12, 10))
    make.make_enrollment(other.run, busy)
    assert rescheduling.clashes(scene.session) == []
    moved = move(scene, 12, 9)
    assert [(clash.person, clash.other) for clash in rescheduling.clashes(moved)] == [(busy, other)]
    assert free.pk is not None


def test_a_move_is_refused(scene: Scene) -> None:
    second = make.make_session(scene.run, ahead(12), room=None)
    elsewhere = make.make_session(make.make_run(centre=scene.by.centre), ahead(14), room=scene.room)
    assert code_of(lambda: move(scene, 12)) == "sessions_overlap"
    assert code_of(lambda: move(scene, 14)) == "room_taken"
    assert code_of(lambda: move(scene, 10)) == "nothing_changed"
    assert code_of(lambda: move(scene, 11, reason=" ")) == "reason_missing"
    assert Session.objects.filter(pk__in=[second.pk, elsewhere.pk]).count() == 2
    assert not SessionAct.objects.exists()


def test_once_somebody_was_there_nothing_moves(scene: Scene) -> None:
    away, person = scene.people(2)
    make.make_attendance(scene.session, away, state="absent", arrived_at=None, left_at=None, minutes=0)
    assert move(scene, 11).starts_at == ahead(11)
    scene.session.refresh_from_db()
    make.make_attendance(scene.session, person)
    cancel: dict[str, Any] = {"by": scene.by, "session": scene.session, "reason": "x"}
    assert code_of(lambda: move(scene, 12)) == "roll_called"
    assert code_of(lambda: rescheduling.cancel_session(**cancel)) == "roll_called"
    Session.objects.filter(pk=scene.session.pk).update(closed_at=ahead(0))
    assert code_of(lambda: move(scene, 12)) == "session_closed"


def test_a_cancelled_session_keeps_its_number_and_frees_its_time(scene: Scene) -> None:
    (person,) = scene.people(1)
    user = make.make_learner(person).user
    make.make_session(scene.run, ahead(12))
    rescheduling.cancel_session(by=scene.by, session=scene.session, reason="停电")
    assert told("session_cancelled") == {user}
    assert code_of(lambda: rescheduling.cancel_session(by=scene.by, session=scene.session, reason="x")) == (
        "session_cancelled"
    )
    added = rescheduling.add_session(by=scene.by, run=scene.run, plan=plan_of(10, 9, room=scene.room))
    assert [row.number for row in scene.run.sessions.order_by("number")] == [1, 2, 3]
    assert added.number == 3
    assert told("session_added") == {user}


def test_a_run_that_is_cancelled_tells_also_who_waits() -> None:
    scene = make_scene(capacity=1)
    (person,) = scene.people(1)
    waiting = make.make_person()
    users = {make.make_learner(person).user, make.make_learner(waiting).user}
    turn = enrolling.wait(by=scene.by, run=scene.run, person=waiting, source="self")
    scheduling.cancel_run(by=scene.by, run=scene.run)
    assert told("run_cancelled") == users
    turn.refresh_from_db()
    assert turn.left_at is not None


# --- What it counts -------------------------------------------------------------------------


def test_minutes_are_split_over_kinds_and_categories(scene: Scene) -> None:
    shares = [Share("skill", 2, "安全防范"), Share("ethics", 1, "法律法规")]
    about: dict[str, Any] = {"by": scene.by, "session": scene.session, "title": "急救"}
    about |= {"bucket": "skill", "break_minutes": 15}
    rescheduling.describe_session(category="", shares=shares, **about)
    assert [*scene.session.shares.values_list("bucket", "category", "parts")] == [
        ("skill", "安全防范", 2),
        ("ethics", "法律法规", 1),
    ]
    assert Session.objects.get().net_minutes == 165
    assert code_of(lambda: rescheduling.describe_session(category="法律法规", **about)) == "category_bucket"
    assert code_of(lambda: rescheduling.describe_session(category="", **(about | {"break_minutes": 180}))) == (
        "break_too_long"
    )
    rescheduling.describe_session(category="安全防范", **about)
    assert not scene.session.shares.exists()


def test_places_change_but_never_below_who_is_in(scene: Scene) -> None:
    scene.people(3)
    change: dict[str, Any] = {"by": scene.by, "run": scene.run, "title": "新名", "place": "新址"}
    assert code_of(lambda: rescheduling.change_run(capacity=2, **change)) == "capacity_taken"
    assert rescheduling.change_run(capacity=3, **change).capacity == 3
    scene.run.refresh_from_db()
    assert (scene.run.title, scene.run.place) == ("新名", "新址")
