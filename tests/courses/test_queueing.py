"""Waiting for a place: the order is kept, the passed over keep their turn, and no place is given twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from courses import enrolling, rescheduling
from courses.models import Enrollment, WaitingPlace
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Notice, Person
from tests import factories as make
from tests.courses.planning_scene import Scene, make_scene

pytestmark = pytest.mark.django_db


def code_of(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def wait(scene: Scene, person: Person | None = None, **kw: Any) -> WaitingPlace:
    return enrolling.wait(by=scene.by, run=scene.run, person=person or make.make_person(), source="self", **kw)


def full(capacity: int = 1) -> tuple[Scene, list[Enrollment]]:
    scene = make_scene(capacity=capacity)
    scene.people(capacity)
    return scene, list(scene.run.enrollments.order_by("enrolled_at"))


def test_a_place_given_back_goes_to_whoever_waits_longest() -> None:
    scene, (place,) = full()
    site = make.make_institution()
    first, second = wait(scene, institution=site), wait(scene)
    user = make.make_learner(first.person).user
    assert [turn.pk for turn in enrolling.open_turns(scene.run)] == [first.pk, second.pk]
    enrolling.withdraw(by=scene.by, enrollment=place)
    got = Enrollment.objects.get(run=scene.run, person=first.person)
    assert (got.state, got.source, got.institution, got.enrolled_by) == ("enrolled", "self", site, first.asked_by)
    first.refresh_from_db()
    assert first.placed_at is not None
    assert [turn.pk for turn in enrolling.open_turns(scene.run)] == [second.pk]
    assert Notice.objects.get(code="place_free").to == user


def test_new_places_are_given_in_order() -> None:
    scene, _places = full()
    turns = [wait(scene) for _ in range(3)]
    rescheduling.change_run(by=scene.by, run=scene.run, title="x", place="x", capacity=3)
    people = set(scene.run.enrollments.values_list("person", flat=True))
    assert {turns[0].person_id, turns[1].person_id} <= people
    assert turns[2].person_id not in people


def test_the_barred_and_the_busy_are_passed_over_with_a_note() -> None:
    scene, (place,) = full()
    barred, busy, free, last = (wait(scene) for _ in range(4))
    make.make_ban(barred.person)
    other = make.make_session(make.make_run(), scene.session.starts_at)
    make.make_enrollment(other.run, busy.person)
    told = {make.make_learner(turn.person).user for turn in (barred, busy)}
    enrolling.withdraw(by=scene.by, enrollment=place)
    assert Enrollment.objects.filter(run=scene.run, state="enrolled").get().person == free.person
    assert [turn.pk for turn in enrolling.open_turns(scene.run)] == [barred.pk, busy.pk, last.pk]
    notes = {row.subject_id: row.after["why"] for row in AuditEntry.objects.filter(action="pass_over") if row.after}
    assert notes == {str(barred.pk): "person_barred", str(busy.pk): "session_clash"}
    (notice,) = Notice.objects.filter(code="place_passed")
    assert notice.to in told
    assert notice.to.person == busy.person


def test_waiting_is_refused() -> None:
    scene, (place,) = full()
    person = make.make_person()
    turn = wait(scene, person)
    assert code_of(lambda: wait(scene, person)) == "already_waiting"
    assert code_of(lambda: wait(scene, place.person)) == "already_enrolled"
    barred = make.make_person()
    make.make_ban(barred)
    assert code_of(lambda: wait(scene, barred)) == "person_barred"
    assert code_of(lambda: wait(make_scene())) == "places_free"
    assert code_of(lambda: wait(make_scene(), institution=make.make_institution(filing="closed"))) == (
        "institution_closed"
    )
    enrolling.leave_queue(by=scene.by, turn=turn)
    assert code_of(lambda: enrolling.leave_queue(by=scene.by, turn=turn)) == "not_waiting"
    scene.run.state = "finished"
    scene.run.save()
    assert code_of(lambda: wait(scene)) == "run_closed"


def test_a_place_got_otherwise_ends_the_turn() -> None:
    scene, (place,) = full()
    turn = wait(scene)
    clash = make.make_enrollment(make.make_session(make.make_run(), scene.session.starts_at).run, turn.person)
    enrolling.withdraw(by=scene.by, enrollment=place)
    assert scene.run.enrollments.filter(state="enrolled").count() == 0
    enrolling.withdraw(by=scene.by, enrollment=clash)
    enrolling.enrol(by=scene.by, run=scene.run, person=turn.person, source="centre")
    turn.refresh_from_db()
    assert turn.placed_at is not None


def test_many_wait_in_a_constant_number_of_queries(django_assert_max_num_queries: Any) -> None:
    scene, _places = full()
    for number in (3, 60):
        people = [make.make_person() for _ in range(number)]
        with django_assert_max_num_queries(20):
            turns, refused = enrolling.wait_many(by=scene.by, run=scene.run, people=people)
        assert (len(turns), refused) == (number, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_withdrawals_at_once_give_two_places_to_two_people() -> None:
    scene, places = full(capacity=2)
    turns = [wait(scene) for _ in range(3)]
    barrier = Barrier(2)

    def leave(place: Enrollment) -> None:
        try:
            barrier.wait()
            enrolling.withdraw(by=scene.by, enrollment=place)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(leave, places))
    got = set(scene.run.enrollments.filter(state="enrolled").values_list("person", flat=True))
    assert got == {turns[0].person_id, turns[1].person_id}
    assert [turn.pk for turn in enrolling.open_turns(scene.run)] == [turns[2].pk]
