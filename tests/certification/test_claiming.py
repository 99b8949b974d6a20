"""Certificates from outside: sent in with a scan, judged by the bureau with a reason, sent again."""

from typing import Any

import pytest
from django.utils import timezone

from certification import claiming, qualifying
from certification.models import CertificateKind, Qualification
from lms.jobs.errors import DomainError
from lms.registry import access
from lms.registry.models import Membership, Notice, Person, Purpose
from reports import metrics
from tests.certification.entry_scene import Scene, days, make_entry, make_qualification, make_scene, upload
from tests.factories import (
    PDF,
    make_learner,
    make_manager,
    make_officer,
    make_person,
    make_post,
    make_supervisor,
    make_trainer,
    qingpu,
)

pytestmark = pytest.mark.django_db
#: Y, institution, year 24, level 4, serial: 22 characters.
NUMBER = "Y003117000001244000123"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def learner(scene: Scene) -> Membership:
    return make_learner(make_post(institution=scene.institution).person)


def send(by: Membership, person: Person | None, **kw: Any) -> Qualification:
    assert person is not None
    values: dict[str, Any] = {
        "kind": CertificateKind.objects.get(pk=kw.pop("kind", "childcare_worker")),
        "number": NUMBER,
        "scan": upload(),
    }
    return claiming.send(by=by, person=person, **(values | kw))


def refused(verb: Any, *args: Any, **kw: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        verb(*args, **kw)
    return caught.value


# --- Sending --------------------------------------------------------------------------------


def test_the_holder_sends_it_in_and_it_waits(learner: Membership) -> None:
    row = send(learner, learner.user.person, level=4, issued_on=days(-300))
    assert (row.state, row.number, row.level, row.submitted_by) == ("unverified", NUMBER, 4, learner.user)
    assert (row.scan.purpose, row.scan.content_type) == (Purpose.SCAN, "image/jpeg")


def test_the_manager_sends_in_for_her_own_people_and_for_those_about_to_come(scene: Scene, learner: Membership) -> None:
    assert send(scene.manager, learner.user.person).submitted_by == scene.manager.user
    newcomer = make_entry(scene).person
    assert send(scene.manager, newcomer).person == newcomer
    stranger = make_post().person
    assert refused(send, scene.manager, stranger).code == "not_found"
    assert refused(send, learner, newcomer).code == "not_found"
    for by in (scene.officer, make_trainer()):
        assert refused(send, by, learner.user.person).code == "not_allowed"
    assert Qualification.objects.filter(person=stranger).count() == 0


@pytest.mark.parametrize(
    ("kind", "number", "good"),
    [
        ("childcare_worker", NUMBER, True),
        ("childcare_worker", "s003 1170-0000 1245 0001 23".replace("1245", "1235"), True),
        ("childcare_worker", "Ｙ003117000001244000123", True),
        ("childcare_worker", "2015123456789012", True),
        ("childcare_worker", "X003117000001244000123", False),
        ("childcare_worker", "Y003117000001246000123", False),
        ("childcare_worker", "Y00311700000124400012", False),
        ("childcare_worker_old", NUMBER, False),
        ("teacher_licence", "20153101234000123", True),
        ("teacher_licence", "2015310123400012", False),
        ("guard_licence", "沪123", True),
    ],
)
def test_the_number_looks_as_those_of_its_kind_do(learner: Membership, kind: str, number: str, good: bool) -> None:
    if good:
        assert " " not in send(learner, learner.user.person, kind=kind, number=number).number
        return
    error = refused(send, learner, learner.user.person, kind=kind, number=number)
    assert error.code == "number_format"
    assert error.context["hint"] == CertificateKind.objects.get(pk=kind).number_hint
    assert str(error.context["hint"]) in str(error)
    assert not Qualification.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"number": " - "}, "number_missing"),
        ({"kind": "yearly_training"}, "kind_unfit"),
        ({"issued_on": days(1)}, "dates_wrong"),
        ({"issued_on": days(-10), "expires_on": days(-20)}, "dates_wrong"),
        ({"scan": None}, "scan_missing"),
        ({"scan": upload(b"MZ not a picture", "setup.jpg")}, "file_type"),
    ],
)
def test_what_cannot_be_sent_is_refused(learner: Membership, values: dict[str, Any], code: str) -> None:
    assert refused(send, learner, learner.user.person, **values).code == code
    assert not Qualification.objects.exists()


def test_a_claim_of_a_roster_gets_its_scan(learner: Membership) -> None:
    person = learner.user.person
    assert person is not None
    claim = make_qualification(person, kind="childcare_worker", number=NUMBER)
    assert refused(send, learner, learner.user.person, scan=None).code == "scan_missing"
    assert send(learner, learner.user.person, scan=upload(PDF, "证书.pdf")).pk == claim.pk
    claim.refresh_from_db()
    assert claim.scan.content_type == "application/pdf"


# --- Judging --------------------------------------------------------------------------------


def test_a_refused_one_says_why_and_may_be_sent_again(scene: Scene, learner: Membership) -> None:
    row = send(learner, learner.user.person)
    assert refused(qualifying.refuse_many, by=scene.officer, picked=[row], reason=" ").code == "reason_missing"
    assert qualifying.refuse_many(by=scene.officer, picked=[row], reason="照片反光") == 1
    row.refresh_from_db()
    assert (row.state, row.reason, row.verified_by) == ("refused", "照片反光", scene.officer.user)
    told = Notice.objects.get(to=learner.user)
    assert (told.code, told.context["reason"]) == ("qualification_refused", "照片反光")
    again = send(learner, learner.user.person, scan=None, issuer="上海市人社局")
    assert (again.pk, again.state, again.reason, again.verified_by) == (row.pk, "unverified", "", None)
    assert qualifying.verify_many(by=scene.officer, picked=[again]) == 1
    assert refused(send, learner, learner.user.person).code == "already_verified"


def test_whoever_sent_it_in_hears_of_it_too(scene: Scene, learner: Membership) -> None:
    row = send(scene.manager, learner.user.person)
    qualifying.doubt(by=scene.officer, picked=[row], reason="编号查无")
    assert Notice.objects.filter(code="qualification_doubted", to=learner.user).count() == 1
    assert Notice.objects.filter(code="qualification_doubted", to=scene.manager.user).count() == 1
    row.refresh_from_db()
    assert row.reason == "编号查无"


def test_only_a_bureau_judges_and_only_in_its_region(scene: Scene, learner: Membership) -> None:
    row = send(learner, learner.user.person)
    kind = CertificateKind.objects.get(pk="infant_carer")
    for by in (learner, scene.manager):
        assert refused(qualifying.refuse_many, by=by, picked=[row], reason="不符").code == "not_allowed"
        assert refused(qualifying.recognise, by=by, qualification=row, kind=kind).code == "not_allowed"
    elsewhere = make_officer(qingpu())
    assert qualifying.refuse_many(by=elsewhere, picked=[row], reason="不符") == 0
    assert refused(qualifying.recognise, by=elsewhere, qualification=row, kind=kind).code == "not_found"
    row.refresh_from_db()
    assert row.state == "unverified"


def test_a_recognised_one_counts_as_the_other_kind(scene: Scene, learner: Membership) -> None:
    row = send(learner, learner.user.person, kind="nurse", number="201531001234")

    def holders() -> int:
        return metrics.figure("holding.n2_d2", on=timezone.localdate(), institution=scene.institution).numerator

    qualifying.verify_many(by=scene.officer, picked=[row])
    assert holders() == 0
    for unfit in ("nurse", "yearly_training", "other"):
        kind = CertificateKind.objects.get(pk=unfit)
        assert refused(qualifying.recognise, by=scene.officer, qualification=row, kind=kind).code == "kind_unfit"
    kind = CertificateKind.objects.get(pk="infant_carer")
    row = qualifying.recognise(by=scene.officer, qualification=row, kind=kind)
    assert (row.state, row.kind_id, row.counts_as_id) == ("valid", "nurse", "infant_carer")
    assert holders() == 1
    qualifying.doubt(by=scene.officer, picked=[row], reason="再核")
    assert holders() == 0


# --- Scans ----------------------------------------------------------------------------------


def test_a_scan_is_read_by_its_holder_her_institution_and_her_bureau_alone(scene: Scene, learner: Membership) -> None:
    scan = send(learner, learner.user.person).scan
    for by in (learner, scene.manager, scene.officer, make_supervisor(scene.institution.region)):
        assert access.private_file(by, scan.pk) == scan
    others = (make_learner(make_person()), make_manager(), make_officer(qingpu()), make_trainer())
    for by in others:
        assert refused(access.private_file, by, scan.pk).code == "not_found"


def test_a_former_employer_reads_no_scan(scene: Scene, learner: Membership) -> None:
    scan = send(learner, learner.user.person).scan
    post = learner.user.person.posts.get()
    post.state, post.ended_on = "left", days(0)
    post.save()
    assert refused(access.private_file, scene.manager, scan.pk).code == "not_found"
    assert access.private_file(learner, scan.pk) == scan
