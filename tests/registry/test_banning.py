"""The steps of a ban: who may take them, what refuses them, what they leave behind."""

from typing import Any

import pytest
from django.db import transaction

from lms.jobs.errors import DomainError
from lms.registry import banning
from lms.registry.forms import BanFilter
from lms.registry.models import AuditEntry, Ban, ConductCase, Institution, Membership, Person, Post, Purpose, Role
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def officers() -> tuple[Membership, Membership]:
    return f.make_officer(), f.make_officer()


def propose(by: Membership, person: Person, **kw: Any) -> Ban:
    values: dict[str, Any] = {
        "scope": "person",
        "case_number": f"沪松教案{f.next_number()}号",
        "summary": "查实的行为失范",
        "legal_basis": "《人口与计划生育法》第四十一条第二款",
    }
    if "decision" not in kw:
        kw["decision"] = f.make_file(owner=by.user)
    return banning.propose_ban(by=by, person=person, **(values | kw))


def code_of(act: Any, **kw: Any) -> str:
    """The code with which `act` is refused; nothing of it may stay."""
    before = list(Ban.objects.order_by("pk").values()), AuditEntry.objects.count(), ConductCase.objects.count()
    with pytest.raises(DomainError) as refusal:
        act(**kw)
    assert (
        list(Ban.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
        ConductCase.objects.count(),
    ) == before
    return refusal.value.code


def acts_on(ban: Ban) -> list[str]:
    return list(AuditEntry.objects.filter(subject_id=str(ban.pk)).order_by("id").values_list("action", flat=True))


def test_from_proposal_to_annulment(officers: tuple[Membership, Membership]) -> None:
    first, second = officers
    post = f.make_post()
    person = post.person
    ban = propose(first, person, institution=post.institution)
    banning.refuse_if_barred(person)
    assert (ban.state, ban.region, ban.case.institution) == ("proposed", first.region, post.institution)

    banning.confirm_ban(by=second, ban=ban)
    assert code_of(banning.refuse_if_barred, person=person) == "person_barred"
    assert Post.objects.get(pk=post.pk).ended_on is None

    banning.propose_annulment(by=first, ban=ban, reason=" 身份认定有误 ")
    assert code_of(banning.refuse_if_barred, person=person) == "person_barred"
    banning.annul_ban(by=second, ban=ban)
    banning.refuse_if_barred(person)

    row = Ban.objects.get(pk=ban.pk)
    assert (row.state, row.annulment_reason, row.confirmed_by) == ("annulled", "身份认定有误", second.user)
    assert acts_on(ban) == ["ban.propose", "ban.confirm", "ban.propose_annulment", "ban.annul"]
    entry = AuditEntry.objects.get(action="ban.confirm")
    assert (entry.actor, entry.role, entry.before, entry.after) == (
        second.user,
        Role.BUREAU_OFFICER,
        {"state": "proposed"},
        {"state": "standing"},
    )
    # And she can be banned anew, for something else.
    assert propose(first, person).state == "proposed"


def test_a_supervisor_decides_but_does_not_propose(officers: tuple[Membership, Membership]) -> None:
    supervisor, person = f.make_supervisor(), f.make_person()
    assert code_of(propose, by=supervisor, person=person, decision=f.make_file()) == "not_allowed"
    ban = propose(officers[0], person)
    assert banning.confirm_ban(by=supervisor, ban=ban).state == "standing"
    assert code_of(banning.propose_annulment, by=supervisor, ban=ban, reason="x") == "not_allowed"


@pytest.mark.parametrize("missing", ["case_number", "summary", "legal_basis"])
@pytest.mark.parametrize("blank", ["", " \n"])
def test_evidence(officers: tuple[Membership, Membership], missing: str, blank: str) -> None:
    person, decision = f.make_person(), f.make_file()
    assert code_of(propose, by=officers[0], person=person, decision=decision, **{missing: blank}) == "evidence_missing"


def test_a_decision_document_is_evidence_and_another_file_is_not(officers: tuple[Membership, Membership]) -> None:
    person = f.make_person()
    assert code_of(propose, by=officers[0], person=person, decision=None) == "evidence_missing"
    roster = f.make_file(purpose=Purpose.ROSTER)
    assert code_of(propose, by=officers[0], person=person, decision=roster) == "evidence_missing"
    assert propose(officers[0], person).state == "proposed"


def test_one_ban_at_a_time(officers: tuple[Membership, Membership]) -> None:
    first, second = officers
    person = f.make_person()
    ban = propose(first, person)
    again = {"by": second, "person": person, "decision": f.make_file()}
    assert code_of(propose, **again) == "ban_exists"
    banning.confirm_ban(by=second, ban=ban)
    assert code_of(propose, **again) == "ban_exists"


def test_a_rejected_proposal_stands_in_nobodys_way(officers: tuple[Membership, Membership]) -> None:
    first, second = officers
    ban = propose(first, f.make_person())
    assert banning.reject_ban(by=second, ban=ban).state == "rejected"
    assert code_of(banning.confirm_ban, by=f.make_officer(), ban=ban) == "ban_state"
    assert propose(first, ban.person).state == "proposed"


def test_a_proposal_can_be_taken_back_by_whoever_made_it(officers: tuple[Membership, Membership]) -> None:
    ban = propose(officers[0], f.make_person())
    assert banning.reject_ban(by=officers[0], ban=ban).rejected_by == officers[0].user


def test_a_second_person_confirms_and_annuls(officers: tuple[Membership, Membership]) -> None:
    first, second = officers
    ban = propose(first, f.make_person())
    assert code_of(banning.confirm_ban, by=first, ban=ban) == "same_person"
    # The same account in another of her roles is still the same person.
    as_supervisor = f.make_supervisor(user=first.user)
    assert code_of(banning.confirm_ban, by=as_supervisor, ban=ban) == "same_person"
    banning.confirm_ban(by=second, ban=ban)
    banning.propose_annulment(by=second, ban=ban, reason="x")
    assert code_of(banning.annul_ban, by=second, ban=ban) == "same_person"
    assert banning.annul_ban(by=first, ban=ban).state == "annulled"


def test_nobody_decides_on_herself(officers: tuple[Membership, Membership]) -> None:
    person = f.make_person()
    herself = f.make_officer(user=f.make_user(person=person))
    assert code_of(propose, by=herself, person=person, decision=f.make_file()) == "own_case"
    ban = propose(officers[0], person)
    assert code_of(banning.confirm_ban, by=herself, ban=ban) == "own_case"
    assert code_of(banning.reject_ban, by=herself, ban=ban) == "own_case"
    assert banning.confirm_ban(by=officers[1], ban=ban).state == "standing"


def test_nobody_decides_on_her_own_unit(officers: tuple[Membership, Membership]) -> None:
    post = f.make_post()
    manager = f.make_officer()
    f.make_manager(post.institution, user=manager.user)
    colleague = f.make_officer(user=f.make_user(person=f.make_post(institution=post.institution).person))
    elsewhere = f.make_officer(user=f.make_user(person=f.make_post().person))
    ban = propose(officers[0], post.person)
    for member in (manager, colleague):
        assert code_of(banning.confirm_ban, by=member, ban=ban) == "own_case"
        decision = f.make_file()
        assert (
            code_of(propose, by=member, person=f.make_post(institution=post.institution).person, decision=decision)
            == "own_case"
        )
    assert banning.confirm_ban(by=elsewhere, ban=ban).state == "standing"


def test_the_institution_of_the_case_is_a_unit_too(officers: tuple[Membership, Membership]) -> None:
    institution = f.make_institution()
    manager = f.make_officer()
    f.make_manager(institution, user=manager.user)
    ban = propose(officers[0], f.make_person(), institution=institution)
    assert code_of(banning.confirm_ban, by=manager, ban=ban) == "own_case"


def test_other_regions_and_roles(officers: tuple[Membership, Membership]) -> None:
    ban = propose(officers[0], f.make_person())
    outsiders = [f.make_officer(f.qingpu()), f.make_manager(), f.make_trainer(), f.make_admin(), f.make_learner()]
    for member in outsiders:
        assert code_of(banning.confirm_ban, by=member, ban=ban) == "not_allowed"
        assert code_of(banning.reject_ban, by=member, ban=ban) == "not_allowed"
    for member in outsiders[1:]:
        assert code_of(propose, by=member, person=f.make_person(), decision=f.make_file()) == "not_allowed"
    # The city stands above the district.
    assert banning.confirm_ban(by=f.make_officer(f.make_region("310000")), ban=ban).state == "standing"


def test_an_institution_elsewhere_does_not_exist(officers: tuple[Membership, Membership]) -> None:
    away: Institution = f.make_institution(region=f.qingpu())
    kw = {"by": officers[0], "person": f.make_person(), "decision": f.make_file(), "institution": away}
    assert code_of(propose, **kw) == "not_found"


def test_several_people_in_one_case(officers: tuple[Membership, Membership]) -> None:
    abuser = propose(officers[0], f.make_person(), case_number="案1")
    manager = propose(officers[0], f.make_person(), case_number=" 案1 ", scope="manager", summary="另写")
    assert manager.case == abuser.case
    assert ConductCase.objects.get(number="案1").summary == "查实的行为失范"
    other = f.make_officer(f.qingpu())
    kw = {"by": other, "person": f.make_person(), "decision": f.make_file(), "case_number": "案1"}
    assert code_of(propose, **kw) == "case_elsewhere"


STEPS: list[tuple[str, dict[str, str]]] = [
    ("confirm_ban", {}),
    ("reject_ban", {}),
    ("propose_annulment", {"reason": "x"}),
    ("annul_ban", {}),
    ("keep_ban", {}),
]
POSSIBLE = {
    "proposed": {"confirm_ban", "reject_ban"},
    "standing": {"propose_annulment"},
    "annulment_proposed": {"annul_ban", "keep_ban"},
    "annulled": set(),
    "rejected": set(),
}


def in_state(state: str, officers: tuple[Membership, Membership]) -> Ban:
    first, second = officers
    ban = propose(first, f.make_person())
    if state == "rejected":
        banning.reject_ban(by=second, ban=ban)
    if state in ("standing", "annulment_proposed", "annulled"):
        banning.confirm_ban(by=second, ban=ban)
    if state in ("annulment_proposed", "annulled"):
        banning.propose_annulment(by=first, ban=ban, reason="x")
    if state == "annulled":
        banning.annul_ban(by=second, ban=ban)
    return Ban.objects.get(pk=ban.pk)


@pytest.mark.parametrize("state", POSSIBLE)
def test_each_step_has_its_state(state: str, officers: tuple[Membership, Membership]) -> None:
    ban = in_state(state, officers)
    assert ban.state == state
    assert list(Ban.objects.filter(banning.IN_STATE[state])) == [ban]
    for name, kw in STEPS:
        if name not in POSSIBLE[state]:
            assert code_of(getattr(banning, name), by=f.make_officer(), ban=ban, **kw) == "ban_state"
    offered = banning.steps_of(f.make_officer(), ban)
    assert len(offered) == len(POSSIBLE[state])
    assert not any(offered.values())
    for name in POSSIBLE[state]:
        with transaction.atomic():
            getattr(banning, name)(by=f.make_officer(), ban=ban, **dict(STEPS)[name])
            transaction.set_rollback(True)


def test_a_stale_page_is_told_so(officers: tuple[Membership, Membership]) -> None:
    """Both officers look at the proposal; the second one presses too late."""
    seen = propose(officers[0], f.make_person())
    banning.reject_ban(by=officers[1], ban=Ban.objects.get(pk=seen.pk))
    assert seen.state == "proposed"
    assert code_of(banning.confirm_ban, by=f.make_officer(), ban=seen) == "ban_state"


def test_an_annulment_needs_a_reason_and_may_be_turned_down(officers: tuple[Membership, Membership]) -> None:
    ban = in_state("standing", officers)
    assert code_of(banning.propose_annulment, by=officers[0], ban=ban, reason="  ") == "reason_missing"
    banning.propose_annulment(by=officers[0], ban=ban, reason="申诉")
    kept = banning.keep_ban(by=officers[1], ban=ban)
    assert (kept.state, kept.annulment_reason) == ("standing", "")
    assert AuditEntry.objects.get(action="ban.keep").after == {"state": "standing", "reason": "申诉"}
    assert banning.barred_ids([ban.person_id]) == {ban.person_id}


def test_steps_say_what_hinders(officers: tuple[Membership, Membership]) -> None:
    ban = propose(officers[0], f.make_person())
    offered = banning.steps_of(officers[0], ban)
    assert {name: error and error.code for name, error in offered.items()} == {"confirm": "same_person", "reject": None}


def test_the_filter_offers_every_state() -> None:
    offered = {value for value, _label in BanFilter().fields["state"].choices if value}  # type: ignore[attr-defined]
    assert offered == set(banning.IN_STATE)


def test_who_is_barred(officers: tuple[Membership, Membership]) -> None:
    barred, waiting, free = (
        f.make_person(name="王芳", born_on=f.at("1990-01-01 00:00").date()),
        f.make_person(),
        f.make_person(),
    )
    f.make_ban(barred)
    f.make_ban(waiting, confirmed=False)
    people = (barred, waiting, free)
    assert banning.barred_ids(person.pk for person in people) == {barred.pk}
    indexes = {person.pk: person.documents.get().number_index for person in people}
    assert banning.barred_indexes(indexes.values()) == {indexes[barred.pk]}
    same, born = ("王芳", barred.born_on), f.at("1991-01-01 00:00").date()
    assert banning.near_barred([same, ("王芳", born), ("王芳", None), ("李芳", barred.born_on)]) == {same}
    assert banning.near_barred([]) == set()
