"""The pages of bans, institutions, people, staff, audit and private files, with every persona."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.registry import banning
from lms.registry.models import AuditEntry, Ban, IdentityDocument, Institution, Person, Post, Purpose, Role
from tests import factories as f

pytestmark = pytest.mark.django_db

BUREAU = {Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR, Role.PLATFORM_ADMIN}
PAGES: dict[str, set[Role]] = {
    "bureau_bans": BUREAU,
    "bureau_ban": BUREAU,
    "bureau_ban_new": {Role.BUREAU_OFFICER},
    "bureau_institutions": BUREAU,
    "bureau_institution": BUREAU,
    "bureau_people": BUREAU,
    "bureau_audit": {Role.BUREAU_SUPERVISOR, Role.PLATFORM_ADMIN},
    "institution_roster": {Role.INSTITUTION_MANAGER},
}


@pytest.fixture
def post() -> Post:
    return f.make_post()


@pytest.fixture
def ban(post: Post) -> Ban:
    return f.make_ban(post.person, confirmed=False)


def url(name: str, ban: Ban, institution: Institution) -> str:
    args = {"bureau_ban": [ban.pk], "bureau_institution": [institution.pk]}.get(name, [])
    return reverse(name, args=args)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", PAGES)
def test_who_opens_what(name: str, role: Role, ban: Ban, post: Post) -> None:
    answer = f.signed_in(f.every_persona()[role]).get(url(name, ban, post.institution))
    assert answer.status_code == (200 if role in PAGES[name] else 403)


@pytest.mark.parametrize("name", PAGES)
def test_visitors_are_sent_to_sign_in(name: str, ban: Ban, post: Post, client: Client) -> None:
    target = url(name, ban, post.institution)
    assert client.get(target)["Location"] == f"{reverse('sign_in')}?next={target}"


@pytest.mark.parametrize("name", ["bureau_ban", "bureau_institution"])
def test_another_region_has_no_such_page(name: str, ban: Ban, post: Post) -> None:
    for by in (f.make_officer(f.qingpu()), f.make_supervisor(f.yuecheng())):
        assert f.signed_in(by).get(url(name, ban, post.institution)).status_code == 404


def test_class_types_are_said_in_words(post: Post) -> None:
    Institution.objects.filter(pk=post.institution_id).update(class_types=["infant", "mixed", "夜托班"])
    page = f.signed_in(f.make_officer()).get(reverse("bureau_institution", args=[post.institution_id]))
    assert "乳儿班、混合班、夜托班" in page.content.decode()


# --- Queries --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow(name: str, ban: Ban, post: Post, django_assert_max_num_queries: Any) -> None:
    role = next(iter(PAGES[name] - {Role.PLATFORM_ADMIN}))
    by = f.make_manager(post.institution) if role == Role.INSTITUTION_MANAGER else f.make_membership(role)
    client = f.signed_in(by)
    client.get(url(name, ban, post.institution))
    for person in f.make_staff(post.institution, 25):
        f.make_document(person)
        f.make_post(person)
        f.make_ban(person)
    with django_assert_max_num_queries(15):
        assert client.get(url(name, ban, post.institution)).status_code == 200


# --- Proposing ------------------------------------------------------------------------------

NUMBER = "310117199003077828"
CASE = {
    "scope": "person",
    "case_number": "沪松教案〔2026〕3号",
    "summary": "查实的行为失范",
    "legal_basis": "《人口与计划生育法》第四十一条第二款",
}


def pdf(content: bytes = f.PDF, name: str = "决定.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def sealed(answer: Any) -> str:
    return str(answer.context["sealed"])


def step_1(client: Client, number: str = NUMBER, name: str = "张𬱖明") -> Any:
    return client.post(reverse("bureau_ban_new"), {"name": name, "number": number})


def test_somebody_unknown_is_banned_and_caught_later() -> None:
    client = f.signed_in(f.make_officer())
    answer = step_1(client, " ３１０１１７ 19900307 782８ ")
    assert answer.status_code == 200
    assert NUMBER not in answer.content.decode()
    assert not Person.objects.exists()
    done = client.post(reverse("bureau_ban_new"), {**CASE, "candidate": sealed(answer), "decision": pdf()})
    ban = Ban.objects.get()
    assert done["Location"] == reverse("bureau_ban", args=[ban.pk])
    assert (ban.person.name, ban.state, ban.decision.content_type) == ("张𬱖明", "proposed", "application/pdf")
    assert ban.person.documents.get().number == NUMBER
    assert AuditEntry.objects.filter(action="person.lookup", after={"found": False}).count() == 1
    page = client.get(done["Location"]).content.decode()
    assert NUMBER not in page
    assert "310***********7828" in page


def test_somebody_registered_is_recognised() -> None:
    person = f.make_person(name="王芳", number=NUMBER)
    client = f.signed_in(f.make_officer())
    answer = step_1(client, name="王方")
    assert answer.context["candidate"].person == person
    assert [str(message) for message in answer.context["messages"]]  # the names differ: look twice
    client.post(reverse("bureau_ban_new"), {**CASE, "candidate": sealed(answer), "decision": pdf()})
    assert Ban.objects.get().person == person
    assert IdentityDocument.objects.count() == 1
    assert AuditEntry.objects.get(action="person.lookup").subject_id == str(person.pk)


def test_somebody_picked_from_the_list(post: Post) -> None:
    client = f.signed_in(f.make_officer())
    page = client.get(reverse("bureau_ban_new"), {"person": str(post.person_id)})
    assert page.context["form"].initial["institution"] == post.institution_id
    data = {**CASE, "candidate": sealed(page), "institution": post.institution_id, "decision": pdf()}
    client.post(reverse("bureau_ban_new"), data)
    assert Ban.objects.get().case.institution == post.institution


def test_nobody_out_of_reach_is_picked() -> None:
    away = f.make_post(institution=f.make_institution(region=f.qingpu()))
    client = f.signed_in(f.make_officer())
    for wrong in (away.person_id, "x", f.make_person().pk):
        assert client.get(reverse("bureau_ban_new"), {"person": str(wrong)}).status_code == 404


@pytest.mark.parametrize(
    ("number", "code"),
    [("310117199003077829", "id_check_digit"), ("3.10117E+17", "id_digits_lost"), ("1", "id_length")],
)
def test_a_wrong_number_is_told_beside_the_field(number: str, code: str) -> None:
    answer = step_1(f.signed_in(f.make_officer()), number)
    assert answer.status_code == 422
    (error,) = answer.context["form"].errors.as_data()["number"]
    assert error.code == code
    assert not Person.objects.exists()


def test_the_candidate_of_somebody_else_does_not_open() -> None:
    answer = step_1(f.signed_in(f.make_officer()))
    other = f.signed_in(f.make_officer())
    for wrong in (sealed(answer), "", "xx", sealed(answer)[:-6]):
        data = {**CASE, "candidate": wrong, "decision": pdf()}
        assert other.post(reverse("bureau_ban_new"), data).status_code == 404
    assert not Ban.objects.exists()


@pytest.mark.parametrize(
    "content", [b"MZ\x90\x00" + bytes(100), b"<html><script>1</script>", b"PK\x03\x04" + bytes(50)]
)
def test_what_only_calls_itself_a_pdf_is_refused_and_nothing_stays(content: bytes) -> None:
    client = f.signed_in(f.make_officer())
    data = {**CASE, "candidate": sealed(step_1(client)), "decision": pdf(content)}
    answer = client.post(reverse("bureau_ban_new"), data)
    assert (answer.status_code, answer.context["refused"].code) == (409, "file_type")
    assert CASE["summary"] in answer.content.decode()
    assert not Ban.objects.exists()
    assert not Person.objects.exists()


def test_a_refusal_keeps_what_was_typed(post: Post) -> None:
    f.make_ban(post.person)
    client = f.signed_in(f.make_officer())
    page = client.get(reverse("bureau_ban_new"), {"person": str(post.person_id)})
    data = {**CASE, "candidate": sealed(page), "decision": pdf()}
    answer = client.post(reverse("bureau_ban_new"), data)
    assert (answer.status_code, answer.context["refused"].code) == (409, "ban_exists")
    assert CASE["case_number"] in answer.content.decode()
    missing = client.post(reverse("bureau_ban_new"), {"candidate": sealed(page)})
    assert missing.status_code == 422
    assert {"case_number", "summary", "legal_basis", "decision"} <= missing.context["form"].errors.keys()


# --- One ban --------------------------------------------------------------------------------


def act(client: Client, ban: Ban, name: str, **data: str) -> Any:
    return client.post(reverse("bureau_ban", args=[ban.pk]), {"act": name, **data})


def test_from_confirmation_to_annulment(ban: Ban) -> None:
    first, second = (f.signed_in(f.make_officer()) for _ in range(2))
    assert act(first, ban, "confirm").status_code == 302
    assert banning.barred_ids([ban.person_id])
    empty = act(first, ban, "propose_annulment", reason=" ")
    assert (empty.status_code, empty.context["refused"].code) == (409, "reason_missing")
    act(first, ban, "propose_annulment", reason="复议撤销")
    own = act(first, ban, "annul")
    assert (own.status_code, own.context["refused"].code) == (409, "same_person")
    assert act(second, ban, "annul").status_code == 302
    assert Ban.objects.get().state == "annulled"
    assert "复议撤销" in second.get(reverse("bureau_ban", args=[ban.pk])).content.decode()


def test_who_comes_too_late_is_told_409(ban: Ban) -> None:
    act(f.signed_in(f.make_officer()), ban, "reject")
    late = act(f.signed_in(f.make_officer()), ban, "confirm")
    assert (late.status_code, late.context["refused"].code) == (409, "ban_state")
    assert not banning.barred_ids([ban.person_id])


def test_the_proposer_sees_why_she_cannot_confirm(ban: Ban) -> None:
    proposer = f.make_membership(Role.BUREAU_SUPERVISOR, user=ban.proposed_by, region=ban.region)
    client = f.signed_in(proposer)
    officer = ban.proposed_by.memberships.get(role=Role.BUREAU_OFFICER)
    client.post(reverse("switch_membership"), {"membership": officer.pk})
    page = client.get(reverse("bureau_ban", args=[ban.pk]))
    assert page.context["steps"]["confirm"].code == "same_person"
    assert 'data-dialog="confirmation"' not in page.content.decode()
    assert act(client, ban, "confirm").context["refused"].code == "same_person"


@pytest.mark.parametrize("role", [Role.PLATFORM_ADMIN, Role.INSTITUTION_MANAGER, Role.CENTRE_STAFF, Role.LEARNER])
def test_nobody_else_decides(role: Role, ban: Ban) -> None:
    answer = act(f.signed_in(f.every_persona()[role]), ban, "confirm")
    assert answer.status_code in (403, 409)
    assert Ban.objects.get().state == "proposed"


def test_an_unknown_act_and_a_forged_post(ban: Ban) -> None:
    officer = f.make_officer()
    assert act(f.signed_in(officer), ban, "delete").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert act(strict, ban, "confirm").status_code == 403
    assert Ban.objects.get().state == "proposed"


def test_the_page_of_a_standing_ban_names_her_post(post: Post) -> None:
    ban = f.make_ban(post.person)
    page = f.signed_in(f.make_officer()).get(reverse("bureau_ban", args=[ban.pk])).content.decode()
    assert post.institution.name in page
    staff = f.signed_in(f.make_manager(post.institution)).get(reverse("institution_roster"))
    assert "person_barred" in staff.content.decode()


def test_the_filters_of_bans(post: Post) -> None:
    standing, waiting = f.make_ban(post.person), f.make_ban(f.make_person(name="赵丽"), confirmed=False)
    client = f.signed_in(f.make_officer())

    def listed(**query: str) -> set[Ban]:
        return set(client.get(reverse("bureau_bans"), query).context["page"])

    assert listed() == {standing, waiting}
    assert listed(state="standing") == {standing}
    assert listed(state="proposed") == {waiting}
    assert listed(q="赵") == {waiting}
    assert listed(q=standing.case.number) == {standing}
    assert listed(q="无此人") == set()


# --- Register -------------------------------------------------------------------------------


def test_the_filters_of_institutions() -> None:
    first = f.make_institution(name="小太阳托育园", kind="community", filing="pending")
    f.make_post(institution=first)
    other = f.make_institution(name="春申托育园")
    f.make_institution(region=f.qingpu())
    client = f.signed_in(f.make_officer())

    def listed(**query: str) -> list[tuple[Institution, int]]:
        return list(client.get(reverse("bureau_institutions"), query).context["rows"])

    assert {row for row, _n in listed()} == {first, other}
    assert listed(q="太阳") == [(first, 1)]
    assert listed(kind="community") == listed(filing="pending") == listed(q=first.uscc) == [(first, 1)]
    assert {row for row, _n in listed(region="310117")} == {first, other}
    assert listed(q="没有") == []


def test_people_by_name_and_by_document(post: Post) -> None:
    person = f.make_post(f.make_person(name="㛃䶮", number=NUMBER)).person
    away = f.make_post(f.make_person(number="330602199202290089"), f.make_institution(region=f.qingpu())).person
    client = f.signed_in(f.make_officer())
    page = reverse("bureau_people")

    def found(answer: Any) -> set[Person]:
        return {row for row, _barred in answer.context["rows"]}

    assert found(client.get(page)) == {person, post.person}
    assert found(client.get(page, {"q": "䶮"})) == {person}
    assert found(client.get(page, {"kind": "guard"})) == set()
    answer = client.post(page, {"number": NUMBER, "purpose": "年度核查"})
    assert found(answer) == {person}
    assert NUMBER not in answer.content.decode()
    assert found(client.post(page, {"number": "330602199202290089", "purpose": "年度核查"})) == set()
    entries = AuditEntry.objects.filter(action="person.lookup").order_by("id")
    assert [entry.subject_id for entry in entries] == [str(person.pk), str(away.pk)]
    assert {entry.purpose for entry in entries} == {"年度核查"}
    assert not any(NUMBER in str(row) for row in AuditEntry.objects.values())


def test_a_look_up_needs_its_purpose() -> None:
    answer = f.signed_in(f.make_officer()).post(reverse("bureau_people"), {"number": NUMBER})
    assert answer.status_code == 422
    assert answer.context["looking"].errors.keys() == {"purpose"}
    assert not AuditEntry.objects.filter(action="person.lookup").exists()


def test_the_staff_list_is_ones_own(post: Post) -> None:
    left = f.make_post(institution=post.institution, state="left", ended_on=f.at("2025-01-01 00:00").date())
    f.make_post()
    client = f.signed_in(f.make_manager(post.institution))

    def listed(**query: str) -> list[Post]:
        return [row[0] for row in client.get(reverse("institution_roster"), query).context["rows"]]

    assert listed() == [post]
    assert listed(state="left") == [left]
    assert listed(q=post.person.name) == listed(kind="carer") == [post]
    assert listed(kind="guard") == []


# --- Files ----------------------------------------------------------------------------------


def test_a_decision_is_handed_out_as_it_was_uploaded(ban: Ban) -> None:
    answer = f.signed_in(f.make_officer()).get(reverse("private_file", args=[ban.decision_id]))
    assert b"".join(answer.streaming_content) == f.PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.get(action="file.read").subject_id == str(ban.decision_id)


@pytest.mark.parametrize("role", [Role.INSTITUTION_MANAGER, Role.CENTRE_STAFF, Role.LEARNER, Role.CONTENT_EDITOR])
def test_a_decision_is_not_for_others(role: Role, ban: Ban, client: Client) -> None:
    address = reverse("private_file", args=[ban.decision_id])
    assert f.signed_in(f.every_persona()[role]).get(address).status_code == 404
    assert f.signed_in(f.make_officer(f.qingpu())).get(address).status_code == 404
    assert client.get(address)["Location"].startswith(reverse("sign_in"))
    assert not AuditEntry.objects.filter(action="file.read").exists()


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_file_is_not_handed_out(damage: str, ban: Ban) -> None:
    path = ban.decision.file.path
    if damage == "gone":
        ban.decision.file.storage.delete(str(ban.decision.file.name))
    else:
        with open(path, "ab") as stored:
            stored.write(b"x")
    answer = f.signed_in(f.make_officer()).get(reverse("private_file", args=[ban.decision_id]))
    assert answer.status_code == 409
    assert "file_damaged" in answer.content.decode()


def test_a_certificate_has_an_address_of_its_own() -> None:
    officer = f.make_officer()
    file = f.make_file(purpose=Purpose.CERTIFICATE, owner=officer.user)
    assert f.signed_in(officer).get(reverse("private_file", args=[file.pk])).status_code == 404
