"""The roll of a session, its corrections, and the hours that follow from both."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from courses import attending, crediting, news, passing
from courses.attending import Mark
from courses.models import Attendance, Enrollment, HourEntry, TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry
from tests import factories
from tests.courses.correcting_scene import corrected
from tests.factories import at

pytestmark = pytest.mark.django_db


def clock(text: str):
    return at(f"2025-03-05 {text}")


@pytest.fixture
def session():
    return factories.make_session(starts_at=clock("09:00"))


@pytest.fixture
def by(session):
    return factories.make_trainer(session.run.centre)


def learner(session):
    return factories.make_enrollment(session.run).person


def mark(person, came: str | None = "09:00", went: str | None = "12:00") -> Mark:
    return Mark(person, clock(came) if came else None, clock(went) if went else None)


def minutes_of(person, year: int = 2025) -> tuple[int, int]:
    row = TrainingYear.objects.filter(person=person, year=year).first()
    return (row.skill_minutes, row.ethics_minutes) if row else (0, 0)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_late_early_and_absent_get_their_minutes(session, by):
    on_time, late, early, absent = (learner(session) for _ in range(4))
    marks = [mark(on_time), mark(late, "09:20"), mark(early, went="11:00"), mark(absent, None, None)]
    rows = attending.call_roll(by=by, session=session, marks=marks)
    assert [(row.state, row.minutes) for row in rows] == [
        ("present", 180),
        ("late", 160),
        ("left_early", 120),
        ("absent", 0),
    ]
    assert [minutes_of(person) for person in (on_time, late, early, absent)] == [(180, 0), (160, 0), (120, 0), (0, 0)]
    assert HourEntry.objects.count() == 3
    assert AuditEntry.objects.filter(action="call_roll").count() == 4


def test_ethics_go_to_their_own_bucket(by, session):
    ethics = factories.make_session(session.run, clock("13:00"), bucket="ethics", minutes=90)
    person = learner(session)
    attending.call_roll(by=by, session=ethics, marks=[mark(person, "13:00", "14:30")])
    assert minutes_of(person) == (0, 90)


def test_sending_the_roll_twice_does_nothing_twice(session, by):
    person = learner(session)
    attending.call_roll(by=by, session=session, marks=[mark(person)])
    assert attending.call_roll(by=by, session=session, marks=[mark(person)]) == []
    assert (HourEntry.objects.count(), minutes_of(person)) == (1, (180, 0))
    assert code_of(lambda: attending.call_roll(by=by, session=session, marks=[mark(person, "09:10")])) == (
        "already_marked"
    )


def test_the_roll_can_be_called_in_parts(session, by):
    first, second = learner(session), learner(session)
    attending.call_roll(by=by, session=session, marks=[mark(first)])
    attending.call_roll(by=by, session=session, marks=[mark(first), mark(second)])
    assert minutes_of(second) == (180, 0)


@pytest.mark.parametrize(
    ("came", "went", "code"),
    [
        ("08:00", "09:00", "times_outside"),
        ("12:00", "13:00", "times_outside"),
        ("11:00", "10:00", "times_outside"),
        ("09:00", None, "times_incomplete"),
        (None, "12:00", "times_incomplete"),
    ],
)
def test_refuses_times_that_cannot_be(session, by, came, went, code):
    good, bad = learner(session), learner(session)
    marks = [mark(good), mark(bad, came, went)]
    assert code_of(lambda: attending.call_roll(by=by, session=session, marks=marks)) == code
    assert not Attendance.objects.exists()


def test_refuses_strangers_and_the_withdrawn(session, by):
    gone = factories.make_enrollment(session.run, state="withdrawn").person
    for person in (factories.make_person(), gone):
        marks = [mark(person)]
        assert code_of(lambda marks=marks: attending.call_roll(by=by, session=session, marks=marks)) == "not_enrolled"


def test_refuses_before_it_begins_and_in_a_cancelled_run(by, session):
    ahead = factories.make_session(session.run, timezone.now() + timedelta(hours=1))
    person = learner(session)
    assert code_of(lambda: attending.call_roll(by=by, session=ahead, marks=[mark(person)])) == "session_not_begun"
    session.run.state = "cancelled"
    session.run.save()
    assert code_of(lambda: attending.call_roll(by=by, session=session, marks=[mark(person)])) == "run_state"


def test_the_banned_can_only_be_absent(session, by):
    person = learner(session)
    factories.make_ban(person)
    assert code_of(lambda: attending.call_roll(by=by, session=session, marks=[mark(person)])) == "person_barred"
    attending.call_roll(by=by, session=session, marks=[mark(person, None, None)])
    assert Attendance.objects.get().minutes == 0
    assert not HourEntry.objects.exists()


def test_the_database_refuses_the_banned_by_itself(session):
    person = learner(session)
    factories.make_ban(person)
    for write in (
        lambda: factories.make_attendance(session, person),
        lambda: Attendance.objects.bulk_create(
            [
                Attendance(
                    session=session,
                    person=person,
                    state="present",
                    arrived_at=session.starts_at,
                    left_at=session.ends_at,
                    minutes=1,
                    recorded_by=factories.make_user(),
                )
            ]
        ),
        lambda: factories.make_entry(person, session, 180),
        lambda: factories.make_enrollment(factories.make_run(), person),
    ):
        with pytest.raises(IntegrityError, match="person_barred"), transaction.atomic():
            write()
    assert not Attendance.objects.exists()
    assert not HourEntry.objects.exists()


def test_a_hundred_people_in_few_queries(session, by, django_assert_max_num_queries):
    people = [learner(session) for _ in range(100)]
    with django_assert_max_num_queries(25):
        attending.call_roll(by=by, session=session, marks=[mark(person) for person in people])
    assert HourEntry.objects.count() == 100


def test_correction_keeps_the_old_value_and_moves_the_year(session, by):
    person = learner(session)
    (row,) = attending.call_roll(by=by, session=session, marks=[mark(person, "09:30")])
    row = corrected(by=by, attendance=row, arrived_at=clock("09:00"), left_at=clock("12:00"), reason="签到表可证")
    old = row.corrections.get()
    assert (old.old_state, old.old_arrived_at, old.old_minutes, old.proposal.reason) == (
        "late",
        clock("09:30"),
        150,
        "签到表可证",
    )
    assert (row.state, row.minutes, row.revision) == ("present", 180, 2)
    assert sorted(HourEntry.objects.values_list("minutes", flat=True)) == [-150, 150, 180]
    assert minutes_of(person) == (180, 0)


def test_correction_to_absent_and_back(session, by):
    person = learner(session)
    (row,) = attending.call_roll(by=by, session=session, marks=[mark(person)])
    row = corrected(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签")
    assert (row.state, minutes_of(person)) == ("absent", (0, 0))
    row = corrected(by=by, attendance=row, arrived_at=clock("09:00"), left_at=clock("12:00"), reason="查无代签")
    assert (row.revision, minutes_of(person)) == (3, (180, 0))
    assert [c.revision for c in row.corrections.all()] == [1, 2]


def test_correction_without_effect_on_minutes_leaves_the_ledger(session, by):
    person = learner(session)
    (row,) = attending.call_roll(by=by, session=session, marks=[mark(person)])
    corrected(by=by, attendance=row, arrived_at=clock("08:50"), left_at=clock("12:00"), reason="提前到")
    assert HourEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("came", "went", "reason", "code"),
    [
        ("09:00", "12:00", "写错", "nothing_changed"),
        ("09:10", "12:00", " ", "reason_missing"),
        ("09:10", None, "写错", "times_incomplete"),
        ("12:10", "12:20", "写错", "times_outside"),
    ],
)
def test_correction_refuses(session, by, came, went, reason, code):
    person = learner(session)
    (row,) = attending.call_roll(by=by, session=session, marks=[mark(person)])
    arrived, left = clock(came), clock(went) if went else None
    assert code_of(lambda: corrected(by=by, attendance=row, arrived_at=arrived, left_at=left, reason=reason)) == code
    assert not row.corrections.exists()
    assert minutes_of(person) == (180, 0)


def test_correction_cannot_credit_the_banned_but_can_take_away(session, by):
    person = learner(session)
    (row,) = attending.call_roll(by=by, session=session, marks=[mark(person, "10:00")])
    factories.make_ban(person)
    assert (
        code_of(
            lambda: corrected(by=by, attendance=row, arrived_at=clock("09:00"), left_at=clock("12:00"), reason="早到")
        )
        == "person_barred"
    )
    corrected(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签")
    assert minutes_of(person) == (0, 0)


def test_credit_is_safe_to_repeat_and_reversal_is_once(session, by):
    person = learner(session)
    (row,) = attending.call_roll(by=by, session=session, marks=[mark(person)])
    entries = crediting.credit(by=by, attendance=row)
    assert len(entries) == 1
    assert crediting.credit(by=by, attendance=row) == entries
    assert HourEntry.objects.count() == 1
    assert [row.minutes for row in crediting.reverse(by=by, entries=entries, note="查实虚假")] == [-180]
    assert code_of(lambda: crediting.reverse(by=by, entries=entries, note="再次")) == "nothing_changed"
    assert minutes_of(person) == (0, 0)


def test_the_ledger_is_append_only(session, by):
    entry = factories.make_entry(learner(session), session, 10)
    for sql in ("UPDATE courses_hourentry SET minutes = 999", "DELETE FROM courses_hourentry"):
        with pytest.raises(IntegrityError, match="ledger_append_only"), transaction.atomic():
            connection.cursor().execute(sql)
    entry.refresh_from_db()
    assert entry.minutes == 10


def test_time_at_two_sessions_at_once_counts_once(session, by):
    person = learner(session)
    other = factories.make_session(starts_at=clock("11:00"))
    factories.make_enrollment(other.run, person)
    attending.call_roll(by=by, session=session, marks=[mark(person)])
    second = attending.call_roll(by=by, session=other, marks=[mark(person, "11:00", "14:00")])
    assert second[0].minutes == 120
    assert "60" in HourEntry.objects.get(session=other).note
    assert minutes_of(person) == (300, 0)


def test_pre_service_hours_do_not_move_the_year(by, session):
    course = factories.make_course(kind="pre_service")
    own = factories.make_session(factories.make_run(course, session.run.centre), clock("09:00"))
    person = learner(own)
    attending.call_roll(by=by, session=own, marks=[mark(person)])
    assert HourEntry.objects.get().source == "pre_service"
    assert minutes_of(person) == (0, 0)


def test_five_of_ten_sessions_are_half_of_the_plan():
    run = factories.make_run()
    by = factories.make_trainer(run.centre)
    person = factories.make_enrollment(run).person
    sessions = [factories.make_session(run, minutes=90) for _ in range(10)]
    for held in sessions[:5]:
        attending.call_roll(by=by, session=held, marks=[Mark(person, held.starts_at, held.ends_at)])
    planned = sum((s.ends_at - s.starts_at).total_seconds() // 60 for s in sessions)
    assert (minutes_of(person)[0], planned) == (450, 900)


@pytest.mark.parametrize(
    ("starts", "minutes", "days"),
    [
        ("2025-12-31 22:30", 60, [("2025-12-31", 60)]),
        # Until midnight is not the next year.
        ("2025-12-31 23:00", 60, [("2025-12-31", 60)]),
        ("2025-12-31 22:00", 180, [("2025-12-31", 120), ("2026-01-01", 60)]),
        # Half past midnight in Beijing is still the old year in UTC.
        ("2026-01-01 00:30", 60, [("2026-01-01", 60)]),
    ],
)
def test_hours_land_on_the_day_and_in_the_year_of_beijing(starts, minutes, days):
    session = factories.make_session(starts_at=at(starts), minutes=minutes)
    person = learner(session)
    by = factories.make_trainer(session.run.centre)
    attending.call_roll(by=by, session=session, marks=[Mark(person, session.starts_at, session.ends_at)])
    entries = HourEntry.objects.order_by("part")
    assert [(entry.day.isoformat(), entry.minutes) for entry in entries] == days
    assert all(entry.year == entry.day.year for entry in entries)
    for year in (2025, 2026):
        assert minutes_of(person, year) == (sum(n for day, n in days if day.startswith(str(year))), 0)


def test_credit_is_news(session, by, monkeypatch, django_capture_on_commit_callbacks):
    told: list[str] = []
    monkeypatch.setattr(news, "learners_changed", [lambda: told.append("x")])
    person, absent = learner(session), learner(session)
    with django_capture_on_commit_callbacks(execute=True):
        attending.call_roll(by=by, session=session, marks=[mark(absent, None, None)])
    assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        attending.call_roll(by=by, session=session, marks=[mark(person)])
    assert told == ["x"]
    row = TrainingYear.objects.get()
    assert row.assessed_at is None


def test_result_recorded_once_and_changed(session, by):
    row = factories.make_enrollment(session.run)
    row = passing.record_result(by=by, enrollment=row, passed=True, score=88)
    assert (row.state, row.score) == ("passed", 88)
    changed_at = row.changed_at
    assert passing.record_result(by=by, enrollment=row, passed=True, score=88).changed_at == changed_at
    assert passing.record_result(by=by, enrollment=row, passed=False, score=50).state == "failed"
    assert AuditEntry.objects.filter(action="record_result").count() == 2


def test_result_refuses(session, by):
    gone = factories.make_enrollment(session.run, state="withdrawn")
    banned = factories.make_enrollment(session.run)
    factories.make_ban(banned.person)
    planned = factories.make_enrollment(factories.make_run(state="planned"))
    fine = factories.make_enrollment(session.run)
    for row, code in ((gone, "not_enrolled"), (banned, "person_barred"), (planned, "run_state")):
        assert code_of(lambda row=row: passing.record_result(by=by, enrollment=row, passed=True)) == code
    assert code_of(lambda: passing.record_result(by=by, enrollment=fine, passed=True, score=101)) == "score_range"
    assert passing.record_result(by=by, enrollment=banned, passed=False).state == "failed"
    assert not Enrollment.objects.filter(state="passed").exists()
