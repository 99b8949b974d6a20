"""The centre's desk: calendar, rooms, trainers, figures, the plan of a session; and the learner's turn."""

from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses import enrolling, measuring
from courses.models import Room, Session, Trainer, WaitingPlace
from tests import factories as make
from tests.courses.planning_scene import Scene, ahead, make_scene
from tests.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def desk(scene: Scene) -> Client:
    return make.signed_in(scene.by)


# --- Calendar -------------------------------------------------------------------------------


def sessions_of(page: Any) -> dict[str, list[Session]]:
    days = [day for week in page.context["weeks"] for day in week]
    return {day.date.isoformat(): day.sessions for day in days if day.sessions}


def test_the_calendar_shows_each_session_on_the_day_it_begins(desk: Client, scene: Scene) -> None:
    night = make.make_session(scene.run, at("2025-12-31 22:00"), minutes=180)
    make.make_session(make.make_run(), at("2025-12-31 09:00"))
    make.make_session(make.make_run(centre=scene.by.centre, state="cancelled"), at("2025-12-30 09:00"))
    url = reverse("centre_calendar")
    month = desk.get(url, {"on": "2025-12-15"})
    assert sessions_of(month) == {"2025-12-31": [night]}
    assert month.context["after"] == f"{url}?view=month&on=2026-01-01"
    # The weeks of January begin in December: the day is there, not of the month.
    january = desk.get(url, {"on": "2026-01-09"})
    assert sessions_of(january) == {"2025-12-31": [night]}
    assert january.context["total"] == 0
    week = desk.get(url, {"view": "week", "on": "2025-12-31"})
    assert (len(week.context["weeks"]), sessions_of(week)) == (1, {"2025-12-31": [night]})
    assert desk.get(url, {"on": "nonsense", "view": "x"}).context["on"] == timezone.localdate()


def test_the_calendar_takes_the_same_queries_however_full(
    desk: Client, scene: Scene, django_assert_max_num_queries: Any
) -> None:
    for hour in range(7, 20):
        make.make_session(scene.run, ahead(10, hour), minutes=30, room=scene.room)
    url = f"{reverse('centre_calendar')}?on={ahead(10):%Y-%m-%d}"
    desk.get(url)
    with django_assert_max_num_queries(9):
        assert desk.get(url).context["total"] == 14


# --- Rooms and trainers ---------------------------------------------------------------------


def test_rooms_are_added_changed_and_taken_out_of_use(desk: Client, scene: Scene) -> None:
    given = {"name": "202", "seats": "30", "address": "二楼", "latitude": "31.03", "longitude": "121.22"}
    half = desk.post(reverse("centre_room_new"), given | {"longitude": ""})
    assert half.context["form"].errors.keys() == {"longitude"}
    assert desk.post(reverse("centre_room_new"), given).status_code == 302
    room = Room.objects.get(name="202")
    url = reverse("centre_room", args=[room.pk])
    taken = desk.post(url, given | {"name": "101"})
    assert (taken.status_code, taken.context["refusal"].code) == (409, "name_taken")
    assert desk.post(url, given | {"seats": "31"}).status_code == 302
    assert desk.post(url, {"act": "retire"}).status_code == 302
    room.refresh_from_db()
    assert (room.seats, room.active) == (31, False)
    in_use = desk.post(reverse("centre_room", args=[scene.room.pk]), {"act": "retire"})
    assert (in_use.status_code, in_use.context["refusal"].code) == (409, "in_use")
    listed = desk.get(reverse("centre_rooms")).context["rows"]
    assert [(row.name, row.ahead) for row in listed] == [("101", 1), ("202", 0)]


def test_a_trainer_is_linked_by_number_and_name_together(desk: Client, scene: Scene) -> None:
    number = make.make_id_number()
    person = make.make_person(name="顾晓燕", number=number)
    url = reverse("centre_trainer_new")
    wrong = desk.post(url, {"name": "别人", "number": number})
    assert (wrong.status_code, wrong.context["refusal"].code) == (409, "not_found")
    assert desk.post(url, {"name": "顾晓燕", "number": "123"}).status_code == 422
    assert desk.post(url, {"name": "顾晓燕", "subjects": "急救", "number": number}).status_code == 302
    row = Trainer.objects.get(name="顾晓燕")
    assert row.person == person
    assert desk.post(reverse("centre_trainer", args=[row.pk]), {"name": "顾老师", "number": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.person) == ("顾老师", person)
    listed = desk.get(reverse("centre_trainers")).content.decode()
    assert "顾老师" in listed
    assert number not in listed
    assert make.signed_in(make.make_trainer()).get(reverse("centre_trainer", args=[row.pk])).status_code == 404


# --- The plan of a run ----------------------------------------------------------------------


def test_a_session_is_moved_described_and_cancelled_on_its_page(desk: Client, scene: Scene) -> None:
    url = reverse("centre_session_plan", args=[scene.session.pk])
    assert desk.get(url).context["may_change"]
    moved = {"day": f"{ahead(11):%Y-%m-%d}", "starts": "22:00", "ends": "01:00", "overnight": "on"}
    moved = {f"move-{name}": value for name, value in moved.items()} | {"act": "move"}
    assert desk.post(url, moved).status_code == 422
    assert desk.post(url, moved | {"move-reason": "改到晚上"}).status_code == 302
    session = Session.objects.get()
    assert (session.starts_at, session.ends_at, session.room) == (ahead(11, 22), ahead(12, 1), None)
    about = {"title": "急救", "break_minutes": "0", "bucket": "skill", "category": "安全防范"}
    split = {"share-TOTAL_FORMS": "4", "share-INITIAL_FORMS": "0"}
    split |= {"share-0-bucket": "skill", "share-0-parts": "2", "share-1-bucket": "ethics", "share-1-parts": "1"}
    split |= {"share-2-bucket": "skill", "share-3-bucket": "skill"}
    sent = {f"about-{name}": value for name, value in about.items()} | split | {"act": "describe"}
    assert desk.post(url, sent).status_code == 302
    assert [*session.shares.values_list("bucket", "parts")] == [("skill", 2), ("ethics", 1)]
    wrong = desk.post(url, sent | {"about-category": "法律法规"})
    assert (wrong.status_code, wrong.context["refusal"].code) == (409, "category_bucket")
    assert desk.post(url, {"act": "cancel", "cancel-reason": "停电"}).status_code == 302
    shown = desk.get(url)
    assert not shown.context["may_change"]
    assert [act.step for act in shown.context["acts"]] == ["cancel", "move"]
    again = desk.post(url, {"act": "cancel", "cancel-reason": "停电"})
    assert (again.status_code, again.context["refusal"].code) == (409, "session_cancelled")


def test_places_and_sessions_are_added_on_pages_of_the_run(desk: Client, scene: Scene) -> None:
    change, add = (reverse(name, args=[scene.run.pk]) for name in ("centre_run_change", "centre_session_new"))
    scene.people(2)
    given = {"title": "新名", "place": "新址", "capacity": "1"}
    refused = desk.post(change, given)
    assert (refused.status_code, refused.context["refusal"].code) == (409, "capacity_taken")
    assert desk.post(change, given | {"capacity": "45"}).status_code == 302
    tight = desk.get(reverse("centre_run", args=[scene.run.pk]))
    assert tight.context["tight"] == {scene.room}
    session = {"day": f"{ahead(10):%Y-%m-%d}", "starts": "10:00", "ends": "12:00", "break_minutes": "0"}
    session |= {"bucket": "skill", "category": "", "title": "", "room": "", "trainer": str(scene.trainer.pk)}
    clash = desk.post(add, session)
    assert (clash.status_code, clash.context["refusal"].code) == (409, "sessions_overlap")
    assert desk.post(add, session | {"starts": "13:00", "ends": "11:00"}).status_code == 422
    assert desk.post(add, session | {"starts": "13:00", "ends": "15:00"}).status_code == 302
    assert scene.run.sessions.get(number=2).trainer == scene.trainer


# --- The waiting list -----------------------------------------------------------------------


def test_a_learner_joins_the_queue_reads_her_number_and_leaves() -> None:
    scene = make_scene(capacity=1)
    scene.people(1)
    first = make.make_person()
    enrolling.wait(by=scene.by, run=scene.run, person=first, source="centre")
    learner = make.make_learner()
    phone, url = make.signed_in(learner), reverse("my_run", args=[scene.run.pk])
    enrol = reverse("run_enrol", args=[scene.run.pk])
    assert phone.get(url).context["may_wait"]
    phone.post(enrol, {"act": "wait"})
    page = phone.get(url)
    assert (page.context["turn"], page.context["queue"]) == (2, 2)
    assert "第 2 位" in page.content.decode()
    phone.post(enrol, {"act": "leave"})
    assert phone.get(url).context["turn"] == 0
    assert [turn.person for turn in enrolling.open_turns(scene.run)] == [first]


def test_the_centre_puts_whom_no_place_was_left_for_on_the_list() -> None:
    scene = make_scene(capacity=1)
    site = make.make_institution()
    people = make.make_staff(site, 2)
    desk, url = make.signed_in(scene.by), reverse("centre_enrol", args=[scene.run.pk])
    result = desk.post(url, {"institution": site.pk, "act": "enrol"})
    (left,) = result.context["without_place"]
    assert desk.post(url, {"person": left, "act": "wait"}).status_code == 302
    turn = WaitingPlace.objects.get()
    assert (turn.person_id, turn.institution) == (left, site)
    assert turn.person in people
    page = reverse("centre_run", args=[scene.run.pk])
    make.make_ban(turn.person)
    (listed,) = desk.get(page).context["queue"]
    assert "禁" in listed.note
    assert desk.post(page, {"act": "unqueue", "turn": turn.pk}).status_code == 302
    assert not enrolling.open_turns(scene.run).exists()


# --- Figures --------------------------------------------------------------------------------


def test_five_of_ten_sessions_are_half_of_the_plan_and_all_that_was_held(scene: Scene) -> None:
    run, person = make.make_run(centre=scene.by.centre), make.make_person()
    make.make_enrollment(run, person)
    for days in (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5):
        session = make.make_session(run, ahead(days))
        if days < 0:
            make.make_attendance(session, person)
    make.make_session(run, ahead(9), cancelled_at=timezone.now())
    part = measuring.participations([run])[run.pk]
    assert (part.of_plan, part.of_held) == (Fraction(1, 2), Fraction(1))


def test_the_year_in_figures(desk: Client, scene: Scene) -> None:
    run = make.make_run(centre=scene.by.centre, capacity=4)
    person = make.make_person()
    make.make_enrollment(run, person)
    held = make.make_session(run, at("2025-03-05 09:00"), minutes=90)
    make.make_session(run, at("2025-03-06 09:00"), minutes=90, cancelled_at=timezone.now())
    make.make_attendance(held, person)
    make.make_entry(person, held, 90)
    elsewhere = make.make_session(make.make_run(), at("2025-03-05 09:00"))
    make.make_entry(make.make_person(), elsewhere, 45)
    page = desk.get(reverse("centre_figures"), {"year": "2025"})
    figures = page.context["figures"]
    assert (figures.runs, figures.cancelled, figures.use) == (1, 0, Fraction(1, 4))
    assert (figures.participation.of_held, figures.participation.planned) == (1, 1)
    march = page.context["months"][2]
    assert (march.skill, march.ethics) == (90, 0)
    assert "没有班次" in desk.get(reverse("centre_figures"), {"year": "2024"}).content.decode()
