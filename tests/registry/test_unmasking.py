"""Showing a whole number: to whom, what for, and that the person can read it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lms.jobs.errors import DomainError
from lms.registry import disclosing, unmasking
from lms.registry.models import AuditEntry, Membership, Person, Post
from tests import factories as f
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


@pytest.fixture
def post() -> Post:
    return f.make_post(f.make_person(name="王小雨", number=f.make_id_number(77), phone=PHONE))


def number_of(person: Person) -> str:
    return str(person.documents.get().number)


def unmask(by: Membership, person: Person, what: str = "", purpose: str = "核对合同") -> str:
    return unmasking.unmask(by=by, person=person, what=what or str(person.documents.get().pk), purpose=purpose)


def code_of(by: Membership, person: Person, **kw: Any) -> str:
    before = AuditEntry.objects.count()
    with pytest.raises(DomainError) as refusal:
        unmask(by, person, **kw)
    assert AuditEntry.objects.count() == before
    return refusal.value.code


def test_bureau_and_manager_see_it_for_a_purpose(post: Post) -> None:
    person = post.person
    for by in (f.make_officer(), f.make_supervisor(), f.make_manager(post.institution)):
        assert unmask(by, person) == number_of(person)
        assert unmask(by, person, what="phone") == PHONE
        entry = AuditEntry.objects.latest("id")
        assert (entry.action, entry.subject_id, entry.purpose) == ("person.unmask", str(person.pk), "核对合同")
        assert PHONE not in str(vars(entry))
        assert code_of(by, person, purpose=" ") == "purpose_missing"


def test_who_does_not(post: Post) -> None:
    person = post.person
    strangers = [f.make_officer(f.qingpu()), f.make_manager(), f.make_trainer(), f.make_learner(person), f.make_admin()]
    for by in strangers:
        assert code_of(by, person) == "not_found"


def test_a_manager_only_while_the_person_works_there(post: Post) -> None:
    manager = f.make_manager(post.institution)
    unmask(manager, post.person)
    post.state, post.ended_on = "left", date(f.YEAR, 6, 30)
    post.save()
    assert code_of(manager, post.person) == "not_found"
    unmask(f.make_officer(), post.person)


def test_nothing_to_show(post: Post) -> None:
    other = f.make_post(institution=post.institution).person
    by = f.make_manager(post.institution)
    assert code_of(by, other, what="phone") == "nothing_to_show"
    assert code_of(by, other, what=str(post.person.documents.get().pk)) == "nothing_to_show"


def test_the_page_shows_it_once(post: Post) -> None:
    person = post.person
    for by, page in (
        (f.make_officer(), "bureau_unmask"),
        (f.make_manager(post.institution), "institution_unmask"),
    ):
        client, url = f.signed_in(by), reverse(page, args=[person.pk])
        form = client.get(url)
        assert number_of(person) not in form.content.decode()
        assert client.post(url, {"what": "phone"}).status_code == 422
        answer = client.post(url, {"what": str(person.documents.get().pk), "purpose": "核对合同"})
        assert number_of(person) in answer.content.decode()
        assert PHONE not in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        assert number_of(person) not in client.get(url).content.decode()


def test_the_dossier_leads_there(post: Post) -> None:
    officer = f.signed_in(f.make_officer()).get(reverse("bureau_person", args=[post.person_id]))
    assert reverse("bureau_unmask", args=[post.person_id]) in officer.content.decode()
    admin = f.signed_in(f.make_admin()).get(reverse("bureau_person", args=[post.person_id]))
    assert reverse("bureau_unmask", args=[post.person_id]) not in admin.content.decode()


# --- What she reads of it -------------------------------------------------------------------


def looks_of(client: Client) -> str:
    return client.get(reverse("my_lookups")).content.decode()


def test_she_reads_who_looked_her_up(post: Post) -> None:
    person = post.person
    learner = f.signed_in(f.make_learner(person))
    assert "还没有人查询过您" in looks_of(learner)
    unmask(f.make_manager(post.institution), person, purpose="办理社保")
    officer = f.make_officer()
    f.signed_in(officer).get(reverse("bureau_person", args=[person.pk]))
    f.signed_in(officer).post(reverse("bureau_people"), {"number": number_of(person), "purpose": "信访核查"})
    asker = f.make_manager()
    make_query(asker, person, purpose="拟录用为厨师")
    page = looks_of(learner)
    for told in (
        post.institution.name,
        "办理社保",
        str(officer.region),
        "信访核查",
        str(asker.institution),
        "拟录用为厨师",
    ):
        assert told in page, told
    assert officer.user.name not in page, "the office looked, not a private person"


def test_questions_before_she_was_registered_are_hers_too() -> None:
    number = f.make_id_number(901)
    person = f.make_person(number=number)
    index = person.documents.get().number_index
    query = make_query(f.make_manager(), document_index=index)
    other = make_query(f.make_manager())
    looks = disclosing.looks_at(person)
    assert [look.who for look in looks] == [query.institution.name]
    assert other.institution.name not in [look.who for look in looks]


def test_the_newest_looks_come_first(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = f.make_officer()
    for purpose in ("一", "二", "三"):
        unmask(officer, post.person, purpose=purpose)
    assert [look.purpose for look in disclosing.looks_at(post.person)] == ["三", "二", "一"]
    monkeypatch.setattr(disclosing, "MOST", 2)
    assert [look.purpose for look in disclosing.looks_at(post.person)] == ["三", "二"]
