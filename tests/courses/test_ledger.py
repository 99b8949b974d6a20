"""The ledger over all its sources: shares, each minute once, claims, what is taken back, and late news."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from courses import attending, correcting, crediting, policies, suspending
from courses.attending import Mark
from courses.models import Attendance, AttendanceRule, HourClaim, HourClaimItem, HourEntry, SessionShare, TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import Leave, Purpose
from tests import factories as f
from tests.courses.correcting_scene import corrected

pytestmark = pytest.mark.django_db


def code_of(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


@pytest.fixture
def session() -> Any:
    return f.make_session(starts_at=f.at("2025-03-05 09:00"))


@pytest.fixture
def by(session: Any) -> Any:
    return f.make_trainer(session.run.centre)


def was_there(by: Any, session: Any, person: Any = None) -> Attendance:
    person = person or f.make_person()
    f.make_enrollment(session.run, person)
    [row] = attending.call_roll(by=by, session=session, marks=[Mark(person, session.starts_at, session.ends_at)])
    return row


def suspended(person: Any, since: date, until: date | None = None) -> Leave:
    return Leave.objects.create(
        post=f.make_post(person), kind="suspension", started_on=since, expected_until=until or since, ended_on=until
    )


def granted(person: Any, minutes: int, starts: str = "", ends: str = "", **kw: Any) -> HourClaimItem:
    officer = f.make_officer()
    claim = HourClaim.objects.create(
        person=person,
        source="outside",
        title="外省培训",
        organiser="师范大学",
        region=f.songjiang(),
        evidence=f.make_file(Purpose.EVIDENCE),
        claimed_by=officer.user,
    )
    values: dict[str, Any] = {
        "day": date(2025, 3, 5),
        "starts_at": f.at(starts) if starts else None,
        "ends_at": f.at(ends) if ends else None,
        "asked_minutes": minutes,
        "granted_minutes": minutes,
        "bucket": "skill",
        "state": "granted",
        "decided_by": officer.user,
        "decided_at": timezone.now(),
    }
    return HourClaimItem.objects.create(claim=claim, number=1, **(values | kw))


def test_shares_split_a_session_over_buckets_and_categories(session: Any, by: Any) -> None:
    for number, (bucket, category, parts) in enumerate([("skill", "职业技能", 2), ("ethics", "职业道德", 1)], 1):
        SessionShare.objects.create(session=session, number=number, bucket=bucket, category=category, parts=parts)
    row = was_there(by, session)
    entries = HourEntry.objects.order_by("part")
    assert [(e.bucket, e.category, e.minutes) for e in entries] == [
        ("skill", "职业技能", 120),
        ("ethics", "职业道德", 60),
    ]
    assert {(e.starts_at, e.ends_at) for e in entries} == {(session.starts_at, session.ends_at)}
    year = TrainingYear.objects.get()
    assert (year.skill_minutes, year.ethics_minutes) == (120, 60)
    corrected(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签")
    year.refresh_from_db()
    assert (year.skill_minutes, year.ethics_minutes, HourEntry.objects.count()) == (0, 0, 4)


def test_the_nearest_region_says_what_being_late_means(session: Any, by: Any) -> None:
    AttendanceRule.objects.create(
        code="strict",
        paper="x",
        line="1",
        status="in_force",
        region=session.run.region,
        grace_minutes=5,
        late="none",
        early_minutes=30,
        after_minutes=30,
        near_metres=300,
        valid_from=date(2025, 1, 1),
        published_at=timezone.now(),
    )
    person = f.make_enrollment(session.run).person
    [row] = attending.call_roll(by=by, session=session, marks=[Mark(person, f.at("2025-03-05 09:06"), session.ends_at)])
    assert (row.state, row.minutes, row.less) == ("late", 0, "late")
    assert not HourEntry.objects.exists()
    before = policies.attendance_rule_for(session.run.region, date(2024, 12, 31))
    assert (before.code, before.late) == ("national-attendance", "prorata")
    assert code_of(lambda: policies.attendance_rule_for(session.run.region, date(1999, 12, 31))) == "policy_missing"
    assert len(policies.detector_rules_for(session.run.region, date(2025, 1, 1))) == 10


def test_every_minute_counts_once_whatever_it_comes_from(session: Any, by: Any) -> None:
    person = f.make_person()
    item = granted(person, 120, "2025-03-05 11:00", "2025-03-05 13:00", online=True, category="营养膳食")
    [entry] = crediting.credit_item(by=None, item=item)
    assert (entry.minutes, entry.source, entry.online, entry.category) == (120, "outside", True, "营养膳食")
    assert crediting.credit_item(by=None, item=item) == [entry]
    row = was_there(by, session, person)
    assert (row.minutes, row.less) == (120, "overlap")
    later = granted(person, 60, "2025-03-05 12:30", "2025-03-05 13:30")
    assert [e.minutes for e in crediting.credit_item(by=None, item=later)] == [30]
    assert TrainingYear.objects.get().skill_minutes == 270
    assert [e.minutes for e in crediting.reverse_item(by=None, item=item, note="查无此事")] == [-120]
    assert TrainingYear.objects.get().skill_minutes == 150


def test_a_claim_without_clock_times_counts_for_its_day(session: Any, by: Any) -> None:
    person = f.make_person()
    was_there(by, session, person)
    [entry] = crediting.credit_item(by=None, item=granted(person, 90, bucket="ethics"))
    assert (entry.day, entry.starts_at, entry.minutes) == (date(2025, 3, 5), None, 90)
    open_one = granted(person, 90, state="open", granted_minutes=0, decided_by=None, decided_at=None)
    assert code_of(lambda: crediting.credit_item(by=None, item=open_one)) == "item_not_granted"
    waiting = granted(person, 45)
    f.make_ban(person)
    assert code_of(lambda: crediting.credit_item(by=None, item=waiting)) == "person_barred"


def test_false_hours_are_taken_back_for_good(session: Any, by: Any) -> None:
    row = was_there(by, session)
    [reversal] = crediting.reverse_attendance(by=None, attendance=row, note="查实代签")
    assert (reversal.minutes, reversal.note) == (-180, "查实代签")
    assert crediting.reverse_attendance(by=None, attendance=row, note="查实代签") == []
    row.refresh_from_db()
    assert (row.minutes, row.less, TrainingYear.objects.get().skill_minutes) == (0, "false", 0)
    times = {"arrived_at": f.at("2025-03-05 09:10"), "left_at": session.ends_at}
    propose = correcting.propose_correction
    assert code_of(lambda: propose(by=by, attendance=row, reason="确在", **times)) == "attendance_false"
    assert code_of(lambda: crediting.reverse_attendance(by=None, attendance=row, note=" ")) == "reason_missing"


def test_no_hours_on_a_day_of_suspension(session: Any, by: Any) -> None:
    person = f.make_person()
    suspended(person, date(2025, 3, 5), date(2025, 3, 6))
    row = was_there(by, session, person)
    assert (row.state, row.minutes, row.less) == ("present", 0, "suspended")
    next_day = f.make_session(session.run, f.at("2025-03-06 09:00"))
    [row] = attending.call_roll(by=by, session=next_day, marks=[Mark(person, next_day.starts_at, next_day.ends_at)])
    assert (row.minutes, row.less) == (180, "")


def test_a_suspension_known_late_takes_back_and_gives_again(session: Any, by: Any) -> None:
    row, other = was_there(by, session), was_there(by, session)
    leave = suspended(row.person, date(2025, 3, 1))
    assert suspending.follow_suspensions() == 1
    row.refresh_from_db()
    assert (row.minutes, row.less, row.revision) == (0, "suspended", 2)
    assert TrainingYear.objects.get(person=row.person).skill_minutes == 0
    assert TrainingYear.objects.get(person=other.person).skill_minutes == 180
    assert suspending.follow_suspensions() == 0
    # It turns out never to have been.
    leave.ended_on = leave.started_on
    leave.save()
    assert suspending.follow_suspensions() == 1
    row.refresh_from_db()
    assert (row.minutes, row.less, row.revision) == (180, "", 3)
    assert TrainingYear.objects.get(person=row.person).skill_minutes == 180


def test_late_news_reaches_closed_sessions_but_no_false_hours(session: Any, by: Any) -> None:
    row, false = was_there(by, session), was_there(by, session)
    crediting.reverse_attendance(by=None, attendance=false, note="代签")
    session.closed_at = timezone.now()
    session.save(update_fields=["closed_at"])
    leave = suspended(row.person, date(2025, 3, 1))
    suspended(false.person, date(2025, 3, 1), date(2025, 3, 2))
    assert suspending.follow_suspensions() == 1
    leave.ended_on = leave.started_on
    leave.save()
    assert suspending.follow_suspensions() == 1
    row.refresh_from_db()
    false.refresh_from_db()
    assert (row.minutes, false.minutes, false.less) == (180, 0, "false")


def test_hours_before_september_also_touch_the_school_year_before(session: Any, by: Any) -> None:
    person = f.make_person()
    old = TrainingYear.objects.create(person=person, year=2024, changed_at=f.at("2024-12-01 09:00"))
    was_there(by, session, person)
    old.refresh_from_db()
    assert old.changed_at > f.at("2025-01-01 00:00")
    assert (old.skill_minutes, TrainingYear.objects.get(person=person, year=2025).skill_minutes) == (0, 180)
    autumn = f.make_session(session.run, f.at("2025-10-05 09:00"))
    TrainingYear.objects.filter(pk=old.pk).update(changed_at=f.at("2024-12-01 09:00"))
    attending.call_roll(by=by, session=autumn, marks=[Mark(person, autumn.starts_at, autumn.ends_at)])
    old.refresh_from_db()
    assert old.changed_at == f.at("2024-12-01 09:00")


def test_nobody_attends_what_she_gives(session: Any, by: Any) -> None:
    colleague = f.make_person()
    f.make_trainer(session.run.centre, person=colleague)
    f.make_enrollment(session.run, colleague)
    mark = Mark(colleague, session.starts_at, session.ends_at)
    assert code_of(lambda: attending.call_roll(by=by, session=session, marks=[mark])) == "own_session"
    absent = attending.call_roll(by=by, session=session, marks=[Mark(colleague, None, None)])
    assert [row.state for row in absent] == ["absent"]


def test_a_cancelled_or_closed_session_takes_no_marks(session: Any, by: Any) -> None:
    person = f.make_enrollment(session.run).person
    marks = [Mark(person, session.starts_at, session.ends_at)]
    for column in ("cancelled_at", "closed_at"):
        values: dict[str, Any] = {column: timezone.now()}
        other = f.make_session(session.run, **values)
        code = f"session_{column.removesuffix('_at')}"
        assert code_of(lambda other=other: attending.call_roll(by=by, session=other, marks=marks)) == code
