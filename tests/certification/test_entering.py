"""Entry review: nobody comes on post before her papers are in, and nobody barred at any step."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from certification import entering
from certification.models import EntryReview, EntryState
from lms.jobs.errors import DomainError
from lms.registry.models import Answer, AuditEntry, EmploymentQuery, Filing, Notice, Person, Post, PostKind
from lms.registry.registering import index_of
from tests.certification.entry_scene import (
    Scene,
    days,
    document_of,
    hand_in,
    make_entry,
    make_qualification,
    make_scene,
    open_entry,
    record,
    submitted,
)
from tests.factories import make_ban, make_id_number, make_manager, make_officer, make_person, make_post, qingpu

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def refused(verb: Any, **kw: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        verb(**kw)
    return caught.value


def missing(entry: EntryReview) -> list[str]:
    return [item.kind.value for item in entering.blocking(entering.checklist(entry))]


# --- Opening --------------------------------------------------------------------------------


def test_somebody_new_is_registered_and_her_papers_are_asked_for(scene: Scene) -> None:
    entry = open_entry(scene, phone="13812345678")
    assert entry.state == EntryState.COLLECTING
    assert entry.person.name == "施晓燕"
    assert entry.due_on == days(30)
    assert missing(entry) == ["identity", "no_crime", "health", "qualification"]
    assert not Post.objects.filter(person=entry.person).exists()
    assert AuditEntry.objects.filter(action="entry.open", subject_id=str(entry.pk)).exists()


def test_somebody_registered_is_found_by_her_document(scene: Scene) -> None:
    number = make_id_number()
    person = make_person(name="施晓燕", number=number)
    assert open_entry(scene, number=number).person == person
    assert Person.objects.filter(name="施晓燕").count() == 1


def test_another_name_on_the_document_is_refused(scene: Scene) -> None:
    number = make_id_number()
    make_person(name="李春梅", number=number)
    assert refused(open_entry, scene=scene, number=number).code == "name_differs"
    assert not EntryReview.objects.exists()


def test_one_entry_at_a_time_and_none_for_whoever_is_there(scene: Scene) -> None:
    number = make_id_number()
    entry = open_entry(scene, number=number)
    assert refused(open_entry, scene=scene, number=number).code == "entry_open"
    entering.withdraw(by=scene.manager, entry=entry)
    make_post(entry.person, scene.institution)
    assert refused(open_entry, scene=scene, number=number).code == "on_post_already"


def test_a_barred_person_gets_no_entry(scene: Scene) -> None:
    number = make_id_number()
    make_ban(make_person(name="施晓燕", number=number))
    assert refused(open_entry, scene=scene, number=number).code == "person_barred"
    assert not EntryReview.objects.exists()


def test_the_double_of_a_barred_person_waits_for_a_human(scene: Scene) -> None:
    born = date(1990, 3, 7)
    make_ban(make_person(name="施晓燕", born_on=born))
    number = make_id_number(7, born_on=born)
    assert refused(open_entry, scene=scene, number=number).code == "id_held_near_match"
    assert not EntryReview.objects.exists()
    query = EmploymentQuery.objects.create(
        institution=scene.institution,
        asked_by=scene.manager.user,
        purpose="录用",
        consent=True,
        name="施晓燕",
        document_index=index_of(number),
        document_masked="310117********",
        answer=Answer.WAIT,
        region=scene.institution.region,
    )
    assert refused(open_entry, scene=scene, number=number).code == "id_held_near_match"
    query.decided_answer, query.decided_by, query.decided_at = Answer.MAY, scene.officer.user, timezone.now()
    query.save()
    assert open_entry(scene, number=number).state == EntryState.COLLECTING


@pytest.mark.parametrize("filing", [Filing.SUSPENDED, Filing.CLOSED])
def test_an_institution_that_was_stopped_takes_nobody(scene: Scene, filing: str) -> None:
    scene.institution.filing = filing
    assert refused(open_entry, scene=scene).code == "institution_suspended"


def test_only_the_institution_s_own_manager_opens(scene: Scene) -> None:
    values = {"institution": scene.institution, "name": "施晓燕", "kind": "carer", "planned_on": days(0)}
    for by, code in ((make_manager(), "not_found"), (scene.officer, "not_allowed")):
        assert refused(entering.open_entry, by=by, document=document_of(), **values).code == code
    assert not EntryReview.objects.exists()


# --- Submitting -----------------------------------------------------------------------------


def test_what_is_missing_is_named_until_everything_is_in(scene: Scene) -> None:
    entry = open_entry(scene)
    for kind in ("identity", "no_crime"):
        record(scene, entry.person, kind)
    error = refused(entering.submit, by=scene.manager, entry=entry)
    assert (error.code, error.context["missing"]) == ("checks_missing", ["health", "qualification"])
    record(scene, entry.person, "health")
    make_qualification(entry.person)
    assert entering.submit(by=scene.manager, entry=entry).state == EntryState.SUBMITTED
    assert Notice.objects.filter(to=scene.officer.user, code="entry_submitted").count() == 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("no_crime", {"passed": False}),
        ("no_crime", {"done_on": days(-400)}),
        ("identity", {"passed": False}),
    ],
)
def test_a_check_that_failed_or_ran_out_blocks(scene: Scene, kind: str, values: dict[str, Any]) -> None:
    entry = hand_in(scene, open_entry(scene))
    assert missing(entry) == []
    newest = record(scene, entry.person, kind, **values)
    if values.get("done_on"):
        entry.person.checks.filter(kind=kind).exclude(pk=newest.pk).delete()
    assert missing(entry) == [kind]


@pytest.mark.parametrize(
    ("state", "expires", "good"),
    [("valid", 30, True), ("valid", -1, False), ("refused", None, False), ("doubtful", None, False)],
)
def test_only_a_certificate_that_may_still_count_is_enough(
    scene: Scene, state: str, expires: int | None, good: bool
) -> None:
    entry = hand_in(scene, open_entry(scene))
    row = entry.person.qualifications.get()
    row.state, row.reason = state, "照片不清"
    row.expires_on = days(expires) if expires else None
    row.verified_by, row.verified_at = scene.officer.user, timezone.now()
    row.save()
    assert (missing(entry) == []) is good


def test_a_certificate_of_another_kind_does_until_it_is_recognised(scene: Scene) -> None:
    entry = hand_in(scene, open_entry(scene))
    row = entry.person.qualifications.get()
    row.kind_id = "guard_licence"
    row.save()
    assert missing(entry) == ["qualification"]
    row.counts_as_id = "infant_carer"
    row.save()
    assert missing(entry) == []


def test_a_ban_that_comes_in_between_stops_every_step(scene: Scene) -> None:
    waiting, collecting = submitted(scene), hand_in(scene, open_entry(scene, name="汤小兰"))
    for entry in (waiting, collecting):
        make_ban(entry.person)
    assert refused(entering.submit, by=scene.manager, entry=collecting).code == "person_barred"
    answer = entering.approve_many(by=scene.officer, entries=[waiting])
    assert [error.code for _, error in answer.refused] == ["person_barred"]
    assert not Post.objects.filter(person=waiting.person).exists()
    assert missing(waiting) == ["ban"]


# --- Deciding -------------------------------------------------------------------------------


def test_approval_puts_her_on_post_with_the_dates_of_her_papers(scene: Scene) -> None:
    entry = submitted(scene, full_time=False)
    answer = entering.approve_many(by=scene.officer, entries=[entry])
    assert ([row.pk for row in answer.done], answer.refused) == ([entry.pk], [])
    post = Post.objects.get(person=entry.person, institution=scene.institution)
    assert (post.kind, post.started_on, post.full_time) == (PostKind.CARER, days(0), False)
    assert (post.health_expires_on, post.health_number) == (days(300), "JK2026001")
    assert post.no_crime_checked_on == days(0)
    entry.refresh_from_db()
    assert (entry.state, entry.post, entry.decided_by) == (EntryState.APPROVED, post, scene.officer.user)
    assert Notice.objects.filter(to=scene.manager.user, code="entry_approved").exists()


@pytest.mark.parametrize(("planned", "started"), [(-20, 0), (14, 14)])
def test_nobody_was_on_post_before_her_papers_were_seen(scene: Scene, planned: int, started: int) -> None:
    entry = submitted(scene, planned_on=days(planned))
    entering.approve_many(by=scene.officer, entries=[entry])
    assert Post.objects.get(person=entry.person).started_on == days(started)


def test_one_that_is_refused_stops_no_other(scene: Scene) -> None:
    good, barred, gone = submitted(scene), submitted(scene, name="汤小兰"), submitted(scene, name="高明霞")
    make_ban(barred.person)
    entering.withdraw(by=scene.manager, entry=gone)
    answer = entering.approve_many(by=scene.officer, entries=[barred, gone, good])
    assert [row.pk for row in answer.done] == [good.pk]
    assert {entry.pk: error.code for entry, error in answer.refused} == {
        barred.pk: "person_barred",
        gone.pk: "entry_state",
    }
    assert Post.objects.filter(institution=scene.institution).count() == 1


def test_an_entry_is_approved_once(scene: Scene) -> None:
    entry = submitted(scene)
    entering.approve_many(by=scene.officer, entries=[entry])
    answer = entering.approve_many(by=scene.officer, entries=[entry])
    assert [error.code for _, error in answer.refused] == ["entry_state"]
    assert Post.objects.filter(person=entry.person).count() == 1


def test_a_returned_entry_says_why_and_may_be_submitted_again(scene: Scene) -> None:
    entry = submitted(scene)
    assert refused(entering.return_, by=scene.officer, entry=entry, reason=" ").code == "reason_missing"
    entry = entering.return_(by=scene.officer, entry=entry, reason="健康证照片不清")
    assert (entry.state, entry.reason) == (EntryState.RETURNED, "健康证照片不清")
    told = Notice.objects.get(to=scene.manager.user, code="entry_returned")
    assert told.context["reason"] == "健康证照片不清"
    assert refused(entering.return_, by=scene.officer, entry=entry, reason="再看").code == "entry_state"
    assert entering.submit(by=scene.manager, entry=entry).state == EntryState.SUBMITTED


def test_only_the_bureau_of_the_region_decides(scene: Scene) -> None:
    entry = submitted(scene)
    for by, code in ((make_officer(qingpu()), "not_found"), (scene.manager, "not_allowed")):
        assert refused(entering.return_, by=by, entry=entry, reason="不符").code == code
        answer = entering.approve_many(by=by, entries=[entry])
        assert [error.code for _, error in answer.refused] == [code]
    entry.refresh_from_db()
    assert entry.state == EntryState.SUBMITTED
    assert refused(entering.approve_many, by=scene.officer, entries=[]).code == "nothing_picked"


def test_only_the_institution_submits_and_withdraws(scene: Scene) -> None:
    entry = hand_in(scene, make_entry(scene))
    for verb in (entering.submit, entering.withdraw):
        assert refused(verb, by=make_manager(), entry=entry).code == "not_found"
        assert refused(verb, by=scene.officer, entry=entry).code == "not_allowed"
    assert entering.withdraw(by=scene.manager, entry=entry).state == EntryState.WITHDRAWN
    assert refused(entering.submit, by=scene.manager, entry=entry).code == "entry_state"
