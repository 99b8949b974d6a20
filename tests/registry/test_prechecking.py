"""The check before hiring: what it answers to whom, what it records, and how much it asks of the database."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lms.jobs.errors import DomainError
from lms.registry import noticing, prechecking
from lms.registry.models import AuditEntry, EmploymentQuery, Membership, NameChange, Notice
from lms.registry.rosters.identity import IdentityNumber, normalise_id
from tests import factories as f
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db


def document(number: str) -> IdentityNumber:
    return normalise_id(number, today=timezone.localdate())


def ask(by: Membership, name: str, number: str, **kw: Any) -> EmploymentQuery:
    values: dict[str, Any] = {"purpose": "拟录用为保育员", "consent": True}
    return prechecking.ask(by=by, name=name, document=document(number), **(values | kw))


def code_of(act: Any, **kw: Any) -> str:
    """The code with which `act` is refused; nothing of it may stay."""
    before = list(EmploymentQuery.objects.order_by("pk").values()), AuditEntry.objects.count()
    with pytest.raises(DomainError) as refusal:
        act(**kw)
    assert (list(EmploymentQuery.objects.order_by("pk").values()), AuditEntry.objects.count()) == before
    return refusal.value.code


@pytest.fixture
def manager() -> Membership:
    return f.make_manager()


def test_somebody_unknown_may_be_employed(manager: Membership) -> None:
    number = f.make_id_number(born_on=date(1991, 5, 6))
    query = ask(manager, "王小雨", number)
    assert (query.answer, query.person, query.institution) == ("may", None, manager.institution)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject_id, entry.purpose) == ("query.ask", str(query.pk), "拟录用为保育员")
    assert number not in f"{entry.before}{entry.after}{entry.purpose}{query.document_masked}"


def test_somebody_registered_may_be_employed(manager: Membership) -> None:
    person = f.make_person(name="王小雨", number=(number := f.make_id_number()))
    query = ask(manager, "王小雨", number.lower())
    assert (query.answer, query.person) == ("may", person)


@pytest.mark.parametrize("name", ["郑秋月", "别的名字"])
def test_a_standing_ban_on_any_document_is_may_not(manager: Membership, name: str) -> None:
    person = f.make_person(name="郑秋月")
    f.make_document(person, number=(second := f.make_id_number()))
    ban = f.make_ban(person)
    assert ask(manager, name, second).answer == "may_not"
    f.annul(ban)
    assert ask(manager, "郑秋月", second).answer == "may"


def test_a_proposed_ban_bars_nobody(manager: Membership) -> None:
    person = f.make_person(number=(number := f.make_id_number()))
    f.make_ban(person, confirmed=False)
    assert ask(manager, person.name, number).answer == "may"


def test_a_ban_reaches_the_records_merged_with_it(manager: Membership) -> None:
    kept, absorbed = f.make_person(), f.make_person(number=(number := f.make_id_number()))
    absorbed.merged_into = kept
    absorbed.save()
    assert ask(manager, absorbed.name, number).answer == "may"
    f.make_ban(kept)
    assert ask(manager, absorbed.name, number).answer == "may_not"


def test_a_near_match_waits(manager: Membership) -> None:
    f.make_ban(f.make_person(name="郑秋月", born_on=date(1990, 3, 7)))
    number = f.make_id_number(1, born_on=date(1990, 3, 7))
    assert ask(manager, "郑秋月", number).answer == "wait"
    assert ask(manager, "郑秋", number).answer == "may", "a birth date alone is no match"
    other_day = f.make_id_number(1, born_on=date(1990, 3, 8))
    assert ask(manager, "郑秋月", other_day).answer == "may", "a name alone is no match"


def test_another_name_than_the_registers_waits(manager: Membership) -> None:
    person = f.make_person(name="王小雨", number=(number := f.make_id_number()))
    assert ask(manager, "王晓雨", number).answer == "wait"
    officer = f.make_officer()
    NameChange.objects.create(
        person=person,
        old_name="王晓雨",
        new_name="王小雨",
        reason="改名",
        evidence=f.make_file(),
        changed_by=officer.user,
    )
    assert ask(manager, "王晓雨", number).answer == "may", "a name she once bore is hers"


def question() -> dict[str, Any]:
    """What `ask` takes about somebody whom nobody knows."""
    return {"name": "王小雨", "document": document(f.make_id_number()), "purpose": "录用", "consent": True}


def test_what_is_refused(manager: Membership) -> None:
    asked = question()
    assert code_of(prechecking.ask, by=manager, **(asked | {"consent": False})) == "consent_missing"
    assert code_of(prechecking.ask, by=manager, **(asked | {"purpose": " "})) == "purpose_missing"
    for other in (f.make_officer(), f.make_trainer(), f.make_learner(), f.make_admin()):
        assert code_of(prechecking.ask, by=other, **asked) == "not_allowed"
    prechecking.ask(by=manager, **asked)


def test_a_purpose_keeps_no_number(manager: Membership) -> None:
    number = f.make_id_number()
    query = ask(manager, "王小雨", number, purpose=f"核对{number}")
    assert number not in query.purpose
    assert number not in AuditEntry.objects.latest("id").purpose


def test_an_institution_asks_so_often_an_hour(manager: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prechecking, "MOST_AN_HOUR", 2)
    ask(manager, "王小雨", f.make_id_number())
    first = ask(manager, "王小雨", f.make_id_number())
    asked = question()
    assert code_of(prechecking.ask, by=manager, **asked) == "too_many_queries"
    colleague = f.make_manager(manager.institution)
    assert code_of(prechecking.ask, by=colleague, **asked) == "too_many_queries"
    prechecking.ask(by=f.make_manager(), **asked)
    EmploymentQuery.objects.filter(pk=first.pk).update(asked_at=timezone.now() - timedelta(minutes=61))
    prechecking.ask(by=manager, **asked)


def test_three_queries_find_the_answer(manager: Membership) -> None:
    person = f.make_person(number=(number := f.make_id_number()))
    with CaptureQueriesContext(connection) as queries:
        ask(manager, person.name, number)
    reading = [query["sql"] for query in queries if query["sql"].lstrip("(").startswith("SELECT")]
    finding = [sql for sql in reading if "registry_audithead" not in sql]
    assert len(finding) == 3, "\n".join(finding)


def test_the_table_wants_consent_and_purpose(manager: Membership) -> None:
    for values in ({"consent": False}, {"purpose": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_query(manager, **values)
    make_query(manager)


# --- The bureau answers ---------------------------------------------------------------------


def test_a_bureau_answers_once(manager: Membership) -> None:
    query = make_query(manager)
    officer = f.make_officer()
    colleague = f.make_manager(manager.institution)
    f.make_manager()
    decided = prechecking.decide(by=officer, query=query, answer="may", reason="证件核对无误，并非同一人")
    assert (prechecking.stands(decided), decided.decided_by, decided.answer) == ("may", officer.user, "wait")
    again = {"by": f.make_officer(), "query": query, "answer": "may_not", "reason": "x"}
    assert code_of(prechecking.decide, **again) == "query_state"
    told = {notice.to: noticing.sentence_of(notice) for notice in Notice.objects.all()}
    sentence = f"您对{query.name}的入职前核查已有结果：可以录用。"
    assert (told, Notice.objects.count()) == ({manager.user: sentence, colleague.user: sentence}, 2)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.after) == ("query.decide", {"answer": "may"})


def test_who_may_not_answer(manager: Membership) -> None:
    query = make_query(manager)
    answer = {"query": query, "answer": "may", "reason": "核对无误"}
    officer = f.make_officer()
    assert code_of(prechecking.decide, by=manager, **answer) == "not_allowed"
    assert code_of(prechecking.decide, by=f.make_officer(f.qingpu()), **answer) == "not_found"
    assert code_of(prechecking.decide, by=officer, **(answer | {"reason": " "})) == "reason_missing"
    assert code_of(prechecking.decide, by=officer, **(answer | {"answer": "wait"})) == "not_allowed"
    f.make_manager(manager.institution, user=officer.user)
    assert code_of(prechecking.decide, by=officer, **answer) == "own_case"
    herself = f.make_officer(user=f.make_user(person=(person := f.make_person())))
    own = answer | {"query": make_query(manager, person)}
    assert code_of(prechecking.decide, by=herself, **own) == "own_case"


def test_what_was_answered_at_once_is_not_answered_again(manager: Membership) -> None:
    query = make_query(manager, answer="may")
    answer = {"query": query, "answer": "may_not", "reason": "x"}
    assert code_of(prechecking.decide, by=f.make_officer(), **answer) == "query_state"


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-17 09:30", "2026-11-18 09:30"),  # Tuesday
        ("2026-11-20 16:00", "2026-11-23 16:00"),  # Friday
        ("2026-11-21 10:00", "2026-11-23 10:00"),  # Saturday
        ("2026-11-22 10:00", "2026-11-23 10:00"),  # Sunday
    ],
)
def test_one_working_day(asked: str, due: str) -> None:
    assert prechecking.due_at(moment(asked)) == moment(due)


def moment(text: str) -> datetime:
    return f.at(text)


def test_scope(manager: Membership, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    own, other = make_query(manager), make_query(f.make_manager())
    far = make_query(f.make_manager(f.make_institution(region=f.make_region("330602"))))

    def seen(by: Membership) -> set[EmploymentQuery]:
        return set(prechecking.queries(by))

    assert seen(manager) == {own}
    assert seen(f.make_officer()) == {own, other}
    assert seen(f.make_admin()) == {own, other, far}
    assert seen(f.make_learner()) == seen(f.make_trainer()) == set()
