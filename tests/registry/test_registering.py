"""One document, one person, however it is typed and whoever asks at the same time."""

from datetime import date
from unittest import mock

import pytest

from lms.jobs.errors import DomainError
from lms.registry import registering
from lms.registry.models import AuditEntry, IdentityDocument, Person
from lms.registry.rosters.identity import IdentityNumber, normalise_id
from tests.factories import make_id_number, make_officer, make_person

pytestmark = pytest.mark.django_db

OLD = "310117900307782"  # fifteen digits
NEW = "310117199003077828"


def document(number: str = NEW) -> IdentityNumber:
    return normalise_id(number, today=date(2026, 1, 31))


def test_a_new_person_is_kept_with_her_document_and_the_act() -> None:
    officer = make_officer()
    person = registering.register_person(by=officer, name="张三丰", document=document(), phone="13800138350")

    found = Person.objects.get(pk=person.pk)
    assert (found.sex, found.born_on, found.phone) == ("F", date(1990, 3, 7), "13800138350")
    assert found.sort_key == "zhang san feng"
    paper = found.documents.get()
    assert (paper.kind, paper.number, paper.masked) == ("resident", NEW, "310***********7828")
    assert NEW.encode() not in bytes(paper.number_sealed)
    entry = AuditEntry.objects.get(action="person.register")
    assert (entry.actor, entry.subject_id) == (officer.user, str(person.pk))
    assert "7828" not in str(entry.after)


def test_fifteen_and_eighteen_digits_are_one_person() -> None:
    person = registering.register_person(by=None, name="张三丰", document=document(OLD))
    again = registering.register_person(by=None, name="张三丰", document=document(NEW))
    assert again == person
    assert registering.find_person(OLD) == registering.find_person(f" {NEW} ") == person
    assert registering.find_person(make_id_number()) is None
    assert Person.objects.count() == IdentityDocument.objects.count() == 1


def test_an_impossible_number_is_refused_not_unknown() -> None:
    with pytest.raises(DomainError) as refusal:
        registering.find_person(NEW[:-1] + "1")
    assert refusal.value.code == "id_check_digit"


def test_another_name_does_not_rename() -> None:
    person = registering.register_person(by=None, name="张三丰", document=document())
    assert registering.register_person(by=None, name="张三风", document=document()).name == "张三丰"
    person.refresh_from_db()
    assert person.name == "张三丰"


def test_what_is_told_later_completes_and_what_is_untold_erases_nothing() -> None:
    registering.register_person(by=None, name="张三丰", document=document(), education="本科", phone="13800138350")
    person = registering.register_person(by=None, name="张三丰", document=document(), major="学前教育")
    person.refresh_from_db()
    assert (person.education, person.major, person.phone) == ("本科", "学前教育", "13800138350")
    assert AuditEntry.objects.get(action="person.update").after == {"fields": ["major"]}

    registering.register_person(by=None, name="张三丰", document=document(), major="学前教育", sex="M")
    assert AuditEntry.objects.filter(action="person.update").count() == 1
    person.refresh_from_db()
    assert person.sex == "F"


def test_of_two_at_the_same_time_one_registers() -> None:
    """The other one looked before the first committed; the unique index tells her, and she looks again."""
    person = make_person(number=NEW)
    looks = [None, person]
    with mock.patch.object(registering, "_holder", side_effect=lambda index: looks.pop(0)):
        assert registering.register_person(by=None, name="张三丰", document=document()) == person
    assert not looks
    assert Person.objects.count() == 1


def test_rare_characters_stay() -> None:
    person = registering.register_person(by=None, name="张𬱖㛃", document=document())
    person.refresh_from_db()
    assert person.name == "张𬱖㛃"
    assert person.sort_key.startswith("zhang ")
