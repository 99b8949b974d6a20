"""Every pattern found and not found, found once, and what becomes of a finding."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import attending, detecting, reviewing, rules
from courses.attending import Mark
from courses.models import Anomaly, Attendance, HourEntry, Pattern, Scan, Session, TrainingYear
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry.models import ClassDuty, ClassGroup, ClassType, ConductCase, Leave, LeaveKind, Notice
from tests import factories as f

pytestmark = pytest.mark.django_db
#: A Wednesday.
DAY = date(2025, 3, 5)


def clock(text: str, day: date = DAY) -> datetime:
    return f.at(f"{day} {text}")


def session(start: str = "09:00", *, minutes: int = 180, run=None, **kw: Any) -> Session:
    return f.make_session(run or f.make_run(), clock(start), minutes=minutes, **kw)


def there(held: Session, person=None, came: str = "09:00", went: str = "12:00", **kw: Any) -> Attendance:
    """Enrolled and there, as it may stand in an old database: no verb would write two places at once unseen."""
    person = person or f.make_person()
    if not held.run.enrollments.filter(person=person).exists():
        f.make_enrollment(held.run, person)
    return f.make_attendance(held, person, arrived_at=clock(came), left_at=clock(went), **kw)


def found(pattern: Pattern) -> list[Anomaly]:
    detecting.detect(since=DAY, until=DAY + timedelta(days=1))
    return list(Anomaly.objects.filter(pattern=pattern))


def test_two_places_at_once_and_one_after_the_other() -> None:
    person = f.make_person()
    there(session(), person)
    there(session("13:00"), person, "13:00", "16:00")
    assert found(Pattern.TWO_PLACES) == []
    there(session("11:00"), person, "11:00", "14:00")
    assert sorted(row.evidence["facts"]["minutes"] for row in found(Pattern.TWO_PLACES)) == [60, 60]
    assert detecting.detect(since=DAY, until=DAY + timedelta(days=1)) == 0


def test_on_leave_but_not_on_the_day_after() -> None:
    post = f.make_post()
    there(session(), post.person)
    leave = Leave.objects.create(
        post=post, kind=LeaveKind.SICK, started_on=DAY - timedelta(3), ended_on=DAY, recorded_by=f.make_user()
    )
    assert found(Pattern.ON_LEAVE) == []
    Leave.objects.filter(pk=leave.pk).update(ended_on=DAY + timedelta(1))
    (row,) = found(Pattern.ON_LEAVE)
    assert (row.person_id, row.evidence["facts"]["kind"]) == (post.person_id, "sick")


def test_a_long_day() -> None:
    person = f.make_person()
    morning = session("08:00", minutes=300)
    there(morning, person, "08:00", "13:00")
    f.make_entry(person, morning, 300)
    assert found(Pattern.LONG_DAY) == []
    evening = session("13:00", minutes=300)
    there(evening, person, "13:00", "18:00")
    f.make_entry(person, evening, 300)
    (row,) = found(Pattern.LONG_DAY)
    assert (row.evidence["facts"]["minutes"], len(row.evidence["attendances"])) == (600, 2)


def scan(held: Session, person, at: str, **kw: Any) -> Scan:
    return Scan.objects.create(session=held, person=person, way="code", came_at=clock(at), **kw)


@pytest.mark.parametrize(("metres", "findings"), [(999, 0), (1000, 1), (None, 0)])
def test_far_away(metres: int | None, findings: int) -> None:
    row = there(session())
    place = {"latitude": 31.0, "longitude": 121.2, "accuracy": 10, "metres": metres}
    scan(row.session, row.person, "09:00", came_place=place)
    assert len(found(Pattern.FAR_AWAY)) == findings


def test_a_shared_device_over_sessions() -> None:
    one, other = there(session()), there(session("14:00"), None, "14:00", "17:00")
    scan(one.session, one.person, "09:00", device="a" * 64)
    scan(other.session, other.person, "14:00", device="b" * 64)
    assert found(Pattern.SHARED_DEVICE) == []
    third = there(session("18:00", minutes=60), None, "18:00", "19:00")
    scan(third.session, third.person, "18:00", device="a" * 64)
    (row,) = found(Pattern.SHARED_DEVICE)
    assert set(row.evidence["attendances"]) == {str(one.pk), str(third.pk)}


@pytest.mark.parametrize(("apart", "findings"), [(1, 1), (2, 0)])
def test_a_burst_of_scans(apart: int, findings: int) -> None:
    held = session()
    for number in range(10):
        row = there(held, came="09:00")
        Scan.objects.create(
            session=held,
            person=row.person,
            way="code",
            came_at=clock("09:00") + timedelta(seconds=number * apart),
            device=f"{number:064d}",
        )
    assert len(found(Pattern.BURST)) == findings


@pytest.mark.parametrize(("people", "last_left", "findings"), [(10, "12:00", 1), (9, "12:00", 0), (10, "11:59", 0)])
def test_everybody_with_identical_times(people: int, last_left: str, findings: int) -> None:
    held = session()
    for number in range(people):
        there(held, went=last_left if number == people - 1 else "12:00")
    assert len(found(Pattern.IDENTICAL_TIMES)) == findings


def test_one_who_stayed_away_breaks_the_pattern() -> None:
    held = session()
    for _ in range(10):
        there(held)
    f.make_enrollment(held.run, f.make_person())
    assert found(Pattern.IDENTICAL_TIMES) == []


@pytest.mark.parametrize("away", [1, 2])
def test_a_class_left_alone(away: int) -> None:
    site = f.make_institution()
    group = ClassGroup.objects.create(institution=site, name="星星班", kind=ClassType.SMALL, opened_on=date(2025, 1, 1))
    posts = [f.make_post(institution=site) for _ in range(2)]
    for post in posts:
        ClassDuty.objects.create(group=group, post=post, started_on=date(2025, 1, 1))
    held = session()
    for post in posts[:away]:
        there(held, post.person)
    rows = found(Pattern.ON_DUTY)
    assert [row.evidence["facts"]["people"] for row in rows] == ([2] if away == 2 else [])


def test_a_trainer_in_two_rooms() -> None:
    centre = f.make_centre()
    from courses.models import Trainer

    trainer = Trainer.objects.create(centre=centre, name="陈老师")
    run = f.make_run(centre=centre)
    there(session(run=run, trainer=trainer))
    later = session("12:00", run=f.make_run(centre=centre), trainer=trainer)
    assert found(Pattern.TRAINER_TWICE) == []
    Session.objects.filter(pk=later.pk).update(starts_at=clock("11:30"))
    (row,) = found(Pattern.TRAINER_TWICE)
    assert row.evidence["facts"] == {"trainer": "陈老师", "minutes": 30}


def test_a_centre_unlike_all_others() -> None:
    for flawless in (5, 6, 4, 5, 10):
        held = session(run=f.make_run(centre=f.make_centre()))
        for number in range(10):
            early = number >= flawless
            there(held, went="11:00" if early else "12:00", state="left_early" if early else "present", minutes=120)
    (row,) = found(Pattern.OUTLIER)
    assert (row.session, row.evidence["facts"]["per_cent"]) == (None, 100)


def test_robust_scores() -> None:
    values = [Fraction(n, 100) for n in (50, 52, 54, 56, 99)]
    assert rules.median(values) == Fraction(54, 100)
    assert rules.robust_scores(values)[-1] == Fraction(45, 2)
    assert rules.robust_scores([Fraction(1, 2)] * 4) == [0] * 4


# --- Deciding -------------------------------------------------------------------------------


@pytest.fixture
def case() -> Anomaly:
    """Two sessions at once, recorded by verbs, so that hours stand behind them."""
    learner = f.make_learner(f.make_person())
    person = learner.user.person
    assert person is not None
    for start in ("09:00", "10:00"):
        held = session(start, run=f.make_run())
        f.make_enrollment(held.run, person)
        by = f.make_trainer(held.run.centre)
        attending.call_roll(by=by, session=held, marks=[Mark(person, held.starts_at, held.ends_at)])
    (row,) = found(Pattern.TWO_PLACES)
    return row


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def minutes(person_id) -> int:
    return TrainingYear.objects.get(person=person_id, year=DAY.year).skill_minutes


def test_accepting_leaves_the_hours_and_is_said_once(case: Anomaly) -> None:
    officer, before = f.make_officer(), minutes(case.person_id)
    assert code_of(lambda: reviewing.accept(by=officer, anomaly=case, reason=" ")) == "reason_missing"
    assert code_of(lambda: reviewing.accept(by=f.make_supervisor(), anomaly=case, reason="可信")) == "not_allowed"
    assert (
        code_of(lambda: reviewing.accept(by=f.make_officer(f.qingpu()), anomaly=case, reason="可信")) == "not_allowed"
    )
    reviewing.accept(by=officer, anomaly=case, reason="同楼两室，经核实")
    assert code_of(lambda: reviewing.accept(by=officer, anomaly=case, reason="再次")) == "anomaly_decided"
    assert minutes(case.person_id) == before
    assert found(Pattern.TWO_PLACES) == [case]


def test_rejecting_reverses_what_is_picked_opens_a_case_and_tells_her(case: Anomaly) -> None:
    officer = f.make_officer()
    rows = list(reviewing.attendances_of(case))
    assert code_of(lambda: reviewing.reject(by=officer, anomaly=case, reason="代签", false=[])) == "nothing_picked"
    reviewing.reject(by=officer, anomaly=case, reason="代签", false=[rows[1].pk], case_number="松教案〔2025〕9号")
    second = Attendance.objects.get(pk=rows[1].pk)
    assert (second.minutes, second.less) == (0, rules.FALSE)
    assert HourEntry.objects.filter(session=second.session).count() == 2
    assert minutes(case.person_id) == 180
    case.refresh_from_db()
    assert (case.state, case.case) == ("rejected", ConductCase.objects.get())
    assert Notice.objects.get(code="hours_rejected").to.person_id == case.person_id


def test_a_case_number_is_taken_once_and_nothing_is_half_done(case: Anomaly) -> None:
    officer = f.make_officer()
    ConductCase.objects.create(number="旧案", region=f.songjiang(), summary="", opened_by=officer.user)
    picked = [row.pk for row in reviewing.attendances_of(case)]
    refused = code_of(
        lambda: reviewing.reject(by=officer, anomaly=case, reason="代签", false=picked, case_number="旧案")
    )
    assert refused == "case_taken"
    assert not Attendance.objects.filter(less=rules.FALSE).exists()


def test_nobody_decides_on_her_own_centre(case: Anomaly) -> None:
    officer = f.make_officer()
    f.make_trainer(case.centre, user=officer.user)
    assert code_of(lambda: reviewing.accept(by=officer, anomaly=case, reason="可信")) == "own_unit"


def test_the_page_shows_the_evidence_and_takes_the_decision(case: Anomaly, django_assert_max_num_queries) -> None:
    client = f.signed_in(f.make_officer())
    listed = client.get(reverse("bureau_reviews"))
    assert case.person.name in listed.content.decode()
    with django_assert_max_num_queries(15):
        page = client.get(reverse("bureau_review", args=[case.pk])).content.decode()
    assert page.count('name="false"') == 2
    assert client.post(reverse("bureau_review", args=[case.pk]), {"act": "reject"}).status_code == 422
    typed = {"act": "reject", "reason": "经查代签"}
    refused = client.post(reverse("bureau_review", args=[case.pk]), typed)
    assert (refused.status_code, "经查代签" in refused.content.decode()) == (409, True)
    picked = [str(row.pk) for row in reviewing.attendances_of(case)]
    assert client.post(reverse("bureau_review", args=[case.pk]), typed | {"false": picked}).status_code == 302
    assert minutes(case.person_id) == 0
    decided = client.get(reverse("bureau_review", args=[case.pk])).content.decode()
    assert "经查代签" in decided
    assert case.person.name not in client.get(reverse("bureau_reviews")).content.decode()
    assert (
        case.person.name
        in client.get(reverse("bureau_reviews"), {"state": "all", "q": case.person.name}).content.decode()
    )


def test_looking_again_is_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "nudge", lambda job_id: None)
    person, day = f.make_person(), timezone.localdate() - timedelta(days=2)
    for start in ("09:00", "10:00"):
        held = f.make_session(f.make_run(), clock(start, day), minutes=180)
        f.make_enrollment(held.run, person)
        f.make_attendance(held, person)
    client = f.signed_in(f.make_officer())
    assert client.post(reverse("bureau_reviews_look")).status_code == 302
    job = Job.objects.get()
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["created"]) == ("done", Anomaly.objects.count())
    assert Anomaly.objects.filter(pattern=Pattern.TWO_PLACES, person=person).count() == 1
