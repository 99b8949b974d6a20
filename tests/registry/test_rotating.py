"""Changing the field key: all of it, resumable, and nothing lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from lms.jobs.errors import DomainError
from lms.registry import rotating
from lms.registry.crypto import keys
from lms.registry.models import AccountPhone, IdentityDocument, Person
from tests import factories as f
from tests.commands import manage

pytestmark = pytest.mark.django_db
INDEX = f"index:{'2' * 64}"
OLD, NEW = f"1:{'1' * 64}", f"2:{'3' * 64}"


@pytest.fixture
def with_keys(settings: Any) -> Iterator[Any]:
    """Puts other keys into FIELD_KEYS, as an operator does with a restart."""

    def use(*parts: str) -> None:
        settings.FIELD_KEYS = ",".join((*parts, INDEX))
        keys.cache_clear()

    use(OLD)
    yield use
    keys.cache_clear()


@pytest.fixture
def numbers(with_keys: Any) -> dict[str, str]:
    """Three people with documents and phones, one with an account; sealed under the first key."""
    found = {}
    for n in range(3):
        person = f.make_person(number=f.make_id_number(9000 + n), phone=f"1390000000{n}")
        found[str(person.pk)] = f.make_id_number(9000 + n)
    phone = AccountPhone(user=f.make_user())
    phone.set_number("13900000009")
    phone.save()
    return found


def versions() -> set[int]:
    """The key versions in use over every sealed column, read below the models."""
    found = set()
    for column in rotating.sealed_columns():
        with connection.cursor() as cursor:
            table = column.model._meta.db_table
            cursor.execute(f"SELECT {column.column} FROM {table} WHERE {column.column} IS NOT NULL")
            found |= {bytes(value)[0] for (value,) in cursor.fetchall() if value}
    return found


def read() -> dict[str, str]:
    return {str(row.person_id): row.number for row in IdentityDocument.objects.all()}


def test_every_sealed_column_is_found() -> None:
    found = {str(column) for column in rotating.sealed_columns()}
    assert found >= {
        "registry_person.phone_sealed",
        "registry_identitydocument.number_sealed",
        "registry_accountphone.number_sealed",
    }


def test_everything_is_sealed_anew(numbers: dict[str, str], with_keys: Any) -> None:
    assert versions() == {1}
    indexes = set(IdentityDocument.objects.values_list("number_index", flat=True))
    with_keys(NEW, OLD)
    assert manage("rotate_keys", "--json").answer == {
        "version": 2,
        "resealed": 7,
        "columns": {str(column): COUNTS.get(str(column), 0) for column in rotating.sealed_columns()},
        "waiting": 0,
    }
    assert versions() == {2}
    with_keys(NEW)  # the old key is gone for good
    assert read() == numbers
    assert set(Person.objects.get(pk=next(iter(numbers))).phone) <= set("0123456789")
    assert set(IdentityDocument.objects.values_list("number_index", flat=True)) == indexes
    assert manage("rotate_keys", "--json").answer["resealed"] == 0


COUNTS = {
    "registry_person.phone_sealed": 3,
    "registry_identitydocument.number_sealed": 3,
    "registry_accountphone.number_sealed": 1,
}


def test_goes_on_after_an_interruption(
    numbers: dict[str, str], with_keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "CHUNK", 1)
    with_keys(NEW, OLD)

    def pulled_plug(column: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.rotate(say=pulled_plug)
    assert versions() == {1, 2}
    assert read() == numbers, "values of both keys open all the while"
    first = manage("rotate_keys", "--json", "--most", "1").answer
    assert (first["resealed"], first["waiting"]) == (1, 4)
    rest = manage("rotate_keys")
    assert (rest.code, versions()) == (0, {2})
    assert " / " in rest.err
    assert read() == numbers


def test_a_key_that_is_gone_is_said(numbers: dict[str, str], with_keys: Any) -> None:
    with_keys(NEW)
    ended = manage("rotate_keys", "--json")
    assert (ended.code, ended.error["code"], ended.error["values"]) == (1, "key_missing", 7)
    assert not [number for number in numbers.values() if number in ended.out + ended.err]
    assert versions() == {1}
    with_keys(NEW, OLD)
    rotating.rotate()
    assert read() == numbers


def test_what_can_be_opened_is_sealed_anew_all_the_same(numbers: dict[str, str], with_keys: Any) -> None:
    with_keys(f"9:{'9' * 64}")
    stranger = f.make_person()
    with_keys(NEW, OLD)
    with pytest.raises(DomainError) as refusal:
        rotating.rotate()
    assert (refusal.value.code, refusal.value.context) == ("key_missing", {"values": 1})
    assert versions() == {2, 9}
    assert not IdentityDocument.objects.filter(person=stranger, number_index="").exists()


def test_a_barred_persons_document_is_sealed_anew_too(with_keys: Any) -> None:
    person = f.make_person(number=(number := f.make_id_number()))
    f.make_ban(person)
    with_keys(NEW, OLD)
    rotating.rotate()
    assert IdentityDocument.objects.get(person=person).number == number
