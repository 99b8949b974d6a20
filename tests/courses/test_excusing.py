"""Asking to be excused and what the centre says; the opinion after a run, which nobody can trace to a name."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses import evaluating, excusing
from courses.models import Attendance, CourseRun, Enrollment, Evaluation, Excuse, Session
from lms.jobs.errors import DomainError
from lms.registry.models import Membership, Notice
from tests import factories as make
from tests.courses.planning_scene import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def learner(scene: Scene) -> Membership:
    found = make.make_learner()
    make.make_enrollment(scene.run, found.user.person)
    return found


def code_of(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def ask(session: Session, learner: Membership, reason: str = "孩子生病") -> Excuse:
    assert learner.user.person is not None
    return excusing.ask(by=learner, session=session, person=learner.user.person, reason=reason)


def begun(scene: Scene) -> Session:
    """The session, which began an hour ago."""
    starts = timezone.now() - timedelta(hours=1)
    Session.objects.filter(pk=scene.session.pk).update(starts_at=starts, ends_at=starts + timedelta(hours=3))
    return Session.objects.get(pk=scene.session.pk)


# --- Excused --------------------------------------------------------------------------------


def test_asked_granted_and_told(scene: Scene, learner: Membership) -> None:
    session, person = begun(scene), learner.user.person
    assert person is not None
    absent = make.make_attendance(session, person, state="absent", arrived_at=None, left_at=None, minutes=0)
    excuse = ask(session, learner)
    assert Notice.objects.get(code="excuse_asked").to == scene.by.user
    excusing.decide(by=scene.by, excuse=excuse, grant=True)
    absent.refresh_from_db()
    assert (absent.state, absent.minutes) == ("excused", 0)
    excuse.refresh_from_db()
    assert (excuse.state, excuse.decided_by) == ("granted", scene.by.user)
    assert Notice.objects.get(code="excuse_granted").to == learner.user
    assert code_of(lambda: excusing.decide(by=scene.by, excuse=excuse, grant=False, reason="x")) == "excuse_decided"


def test_refused_with_a_reason_she_reads(scene: Scene, learner: Membership) -> None:
    excuse = ask(scene.session, learner)
    assert code_of(lambda: excusing.decide(by=scene.by, excuse=excuse, grant=False, reason=" ")) == "reason_missing"
    excusing.decide(by=scene.by, excuse=excuse, grant=False, reason="没有证明")
    assert Notice.objects.get(code="excuse_refused").context["reason"] == "没有证明"
    assert not Attendance.objects.exists()


def test_asking_is_refused(scene: Scene, learner: Membership) -> None:
    session = begun(scene)
    assert code_of(lambda: ask(session, learner, " ")) == "reason_missing"
    assert code_of(lambda: ask(session, make.make_learner())) == "not_enrolled"
    ask(session, learner)
    assert code_of(lambda: ask(session, learner)) == "excuse_asked"
    other = make.make_learner()
    assert other.user.person is not None
    make.make_enrollment(scene.run, other.user.person)
    make.make_attendance(session, other.user.person)
    assert code_of(lambda: ask(session, other)) == "already_marked"
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now())
    assert code_of(lambda: ask(session, learner)) == "session_closed"
    assert Excuse.objects.count() == 1


def test_nobody_decides_on_her_own_request(scene: Scene, learner: Membership) -> None:
    excuse = ask(scene.session, learner)
    assert code_of(lambda: excusing.decide(by=learner, excuse=excuse, grant=True)) == "same_person"


def test_from_the_phone_to_the_centres_desk(scene: Scene, learner: Membership) -> None:
    phone, desk = make.signed_in(learner), make.signed_in(scene.by)
    url = reverse("my_excuse", args=[scene.session.pk])
    assert phone.post(url, {"reason": ""}).status_code == 422
    wrong = SimpleUploadedFile("note.pdf", b"hello")
    refused = phone.post(url, {"reason": "孩子生病", "evidence": wrong})
    assert (refused.status_code, refused.context["refusal"].code) == (409, "file_type")
    assert "孩子生病" in refused.content.decode()
    assert phone.post(url, {"reason": "孩子生病", "evidence": SimpleUploadedFile("n.pdf", make.PDF)}).status_code == 302
    excuse = Excuse.objects.get()
    paper = reverse("private_file", args=[excuse.evidence_id])
    readers = {"desk": desk, "phone": phone, "stranger": make.signed_in(make.make_trainer())}
    assert {name: client.get(paper).status_code for name, client in readers.items()} == {
        "desk": 200,
        "phone": 200,
        "stranger": 404,
    }
    listed = reverse("centre_excuses")
    assert "孩子生病" in desk.get(listed).content.decode()
    kept = desk.post(listed, {"excuse": excuse.pk, "act": "refuse", "reason": ""})
    assert (kept.status_code, kept.context["refusal"].code) == (409, "reason_missing")
    assert desk.post(listed, {"excuse": excuse.pk, "act": "grant"}).status_code == 302
    assert "孩子生病" not in desk.get(listed).content.decode()
    assert "孩子生病" in desk.get(listed, {"state": "all"}).content.decode()
    assert "孩子生病" in phone.get(url).content.decode()
    assert make.signed_in(make.make_trainer()).post(listed, {"excuse": excuse.pk, "act": "grant"}).status_code == 404


# --- What she thinks of it ------------------------------------------------------------------


def over(run: CourseRun) -> CourseRun:
    ended = timezone.now() - timedelta(days=1)
    run.sessions.update(starts_at=ended - timedelta(hours=3), ends_at=ended)
    return run


def judge(learner: Membership, run: CourseRun, mark: int = 4, words: str = "") -> Evaluation:
    place = Enrollment.objects.get(run=run, person=learner.user.person)
    return evaluating.evaluate(
        by=learner, enrollment=place, content=mark, teaching=mark, organisation=mark, words=words
    )


def test_evaluated_once_by_herself_after_the_last_session(scene: Scene, learner: Membership) -> None:
    assert code_of(lambda: judge(learner, scene.run)) == "run_not_over"
    over(scene.run)
    place = Enrollment.objects.get(person=learner.user.person)
    marks: dict[str, Any] = {"content": 4, "teaching": 4, "organisation": 4}
    assert code_of(lambda: evaluating.evaluate(by=scene.by, enrollment=place, **marks)) == "not_enrolled"
    judge(learner, scene.run)
    assert code_of(lambda: judge(learner, scene.run)) == "evaluated"
    assert Evaluation.objects.count() == 1


def test_nothing_shows_before_three_have_answered(scene: Scene, learner: Membership) -> None:
    over(scene.run)
    learners = [learner, make.make_learner(), make.make_learner()]
    for other in learners[1:]:
        make.make_enrollment(scene.run, other.user.person)
    judge(learners[0], scene.run, 5, "教室太热")
    judge(learners[1], scene.run, 4)
    desk, url = make.signed_in(scene.by), reverse("centre_evaluation", args=[scene.run.pk])
    assert evaluating.opinions([scene.run]) == {}
    assert "教室太热" not in desk.get(url).content.decode()
    judge(learners[2], scene.run, 2, "太早")
    opinion = evaluating.opinions([scene.run])[scene.run.pk]
    assert (opinion.answers, opinion.content) == (3, Fraction(11, 3))
    shown = desk.get(url).content.decode()
    assert "教室太热" in shown
    assert not any(other.user.person.name in shown for other in learners if other.user.person)


def test_from_her_phone(scene: Scene, learner: Membership) -> None:
    phone: Client = make.signed_in(learner)
    url, run_url = reverse("my_evaluation", args=[scene.run.pk]), reverse("my_run", args=[scene.run.pk])
    given = {"content": "5", "teaching": "4", "organisation": "3", "words": "很好"}
    early = phone.post(url, given)
    assert (early.status_code, early.context["refusal"].code) == (409, "run_not_over")
    over(scene.run)
    assert url in phone.get(run_url).content.decode()
    assert phone.post(url, {"content": "9"}).status_code == 422
    assert phone.post(url, given).status_code == 302
    row = Evaluation.objects.get()
    assert (row.content, row.teaching, row.organisation, row.words) == (5, 4, 3, "很好")
    assert url not in phone.get(run_url).content.decode()
    assert make.signed_in(make.make_learner()).get(url).status_code == 404
