"""The audit chain: written with its act, whole under two writers, and showing what was done to it."""

import re
import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction

from lms.registry import auditing, guards
from lms.registry.auditing import Act
from lms.registry.models import AuditEntry, AuditHead, Role
from tests import factories as f
from tests.commands import manage

pytestmark = pytest.mark.django_db


def write(count: int = 3) -> list[AuditEntry]:
    person = f.make_person()
    with transaction.atomic():
        auditing.record_all(None, [Act("test.act", person, after={"n": n, "字": "㛃"}) for n in range(count)])
    return list(AuditEntry.objects.filter(action="test.act", subject_id=str(person.pk)))


@pytest.fixture
def owner() -> None:
    """The owner of the tables, who can take the guards away."""
    guards.remove()


def test_an_act_names_who_what_and_in_which_role() -> None:
    officer, person = f.make_officer(), f.make_person()
    with transaction.atomic():
        entry = auditing.record(officer, "person.lookup", person, purpose="核查", before={"a": 1}, after={"a": 2})
    entry.refresh_from_db()
    assert (entry.actor, entry.role, entry.subject_kind) == (officer.user, Role.BUREAU_OFFICER, "person")
    assert (entry.subject_id, entry.purpose, entry.before, entry.after) == (str(person.pk), "核查", {"a": 1}, {"a": 2})


def test_the_chain_of_many_acts_holds() -> None:
    start = auditing.verify()
    entries = write(5)
    report = auditing.verify()
    assert (report.intact, report.count, report.head) == (True, start.count + 5, entries[-1].hash)
    assert entries[0].previous_hash == start.head


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_nothing_is_written() -> None:
    person = f.make_person()
    before = AuditEntry.objects.count()
    with pytest.raises(transaction.TransactionManagementError):
        auditing.record(None, "test.act", person)
    assert AuditEntry.objects.count() == before


def test_an_act_undone_leaves_no_entry() -> None:
    before = auditing.verify().head
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert auditing.verify().head == before == AuditHead.objects.get().hash


@pytest.mark.django_db(transaction=True)
def test_two_writers_make_one_chain() -> None:
    person = f.make_person()
    start = threading.Barrier(2)
    errors: list[BaseException] = []

    def writer() -> None:
        try:
            start.wait(timeout=20)
            for n in range(15):
                with transaction.atomic():
                    auditing.record(None, "test.act", person, after={"n": n})
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    before = auditing.verify().count
    threads = [threading.Thread(target=writer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    report = auditing.verify()
    assert (report.intact, report.count) == (True, before + 30)
    assert AuditEntry.objects.values("previous_hash").distinct().count() == report.count


TAMPERING: dict[str, Any] = {
    "action": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(action="other"),
    "actor": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(actor=f.make_user()),
    "content": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(after={"n": 99}),
    "time": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(at=f.at("2020-01-01 00:00")),
    "subject": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(subject_id="x"),
    "purpose": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(purpose="x"),
    "deletion": lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_the_owner_is_seen(what: str, owner: None) -> None:
    entries = write(3)
    TAMPERING[what](entries[1])
    report = auditing.verify()
    assert not report.intact
    assert report.broken == [entries[2 if what == "deletion" else 1].pk]


def test_a_cut_end_is_seen(owner: None) -> None:
    write(3)[-1].delete()
    report = auditing.verify()
    assert (report.broken, report.complete, report.intact) == ([], False, False)


def test_the_end_by_itself() -> None:
    first, *_rest = write(6)
    report = auditing.verify(last=2)
    assert (report.intact, report.count) == (True, auditing.verify().count)
    guards.remove()
    AuditEntry.objects.filter(pk=first.pk).update(action="x")
    assert auditing.verify(last=2).intact
    assert not auditing.verify(last=1000).intact


def test_the_command_says_so() -> None:
    write()
    answer = manage("verify_audit", "--json").answer
    assert (answer["intact"], answer["entries"]) == (True, AuditEntry.objects.count())
    assert auditing.verify().head in manage("verify_audit").out


def test_the_command_ends_with_1(owner: None) -> None:
    entry = write()[1]
    AuditEntry.objects.filter(pk=entry.pk).update(action="x")
    ended = manage("verify_audit", "--json")
    assert (ended.code, ended.answer["broken"]) == (1, [entry.pk])
    in_words = manage("verify_audit")
    assert (in_words.code, in_words.out) == (1, "")
    assert re.search(rf"{entry.pk}.*\(chain_broken\)", in_words.err)


def test_no_entry_is_changed_while_the_guards_stand() -> None:
    entry = write()[0]
    with pytest.raises(Exception, match="guard:append_only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(action="x")
    with connection.cursor() as cursor, pytest.raises(Exception, match="guard:append_only"), transaction.atomic():
        cursor.execute("DELETE FROM registry_auditentry")
