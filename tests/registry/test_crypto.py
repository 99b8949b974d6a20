"""Sealed fields stay where they were written; blind indexes stay what they were."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ImproperlyConfigured

from lms.registry import crypto
from lms.registry.models import IdentityDocument, Person
from tests import factories as f

OLD, NEW, INDEX = "1:" + "1" * 64, "2:" + "3" * 64, "index:" + "2" * 64
PLACE = "registry_person:phone:1"


@pytest.fixture(autouse=True)
def fresh_keys() -> Iterator[None]:
    crypto.keys.cache_clear()
    yield
    crypto.keys.cache_clear()


def test_sealed_opens_in_its_place_only() -> None:
    sealed = crypto.seal("310117199003077828", PLACE)
    assert b"310117" not in sealed
    assert crypto.unseal(sealed, PLACE) == "310117199003077828"
    with pytest.raises(InvalidTag):
        crypto.unseal(sealed, "registry_person:phone:2")


def test_altered_or_cut_does_not_open() -> None:
    sealed = crypto.seal("13800000000", PLACE)
    for broken in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:1] + bytes(12) + sealed[13:]):
        with pytest.raises(InvalidTag):
            crypto.unseal(broken, PLACE)


def test_the_same_text_seals_differently_each_time() -> None:
    assert crypto.seal("x", PLACE) != crypto.seal("x", PLACE)


@pytest.mark.django_db
def test_a_value_moved_to_another_row_does_not_open() -> None:
    victim, thief = f.make_person(phone="13912345678"), f.make_person(phone="13800000000")
    Person.objects.filter(pk=thief.pk).update(phone_sealed=victim.phone_sealed)
    thief.refresh_from_db()
    with pytest.raises(InvalidTag):
        _ = thief.phone
    assert Person.objects.get(pk=victim.pk).phone == "13912345678"


@pytest.mark.django_db
def test_the_number_is_nowhere_in_its_row() -> None:
    number = "310117199003077828"
    person = f.make_person(number=number)
    row = IdentityDocument.objects.filter(person=person).values().get()
    assert not any(number in str(value) for value in row.values())
    assert person.documents.get().number == number


def test_the_index_is_stable_and_keyed(settings: Any) -> None:
    index = crypto.blind_index("id", "310117199003077828")
    assert index == "e2233676e11bc960ff0b30d27224015f17116eee31dc417de0aa35740d17e70f"
    assert crypto.blind_index("phone", "310117199003077828") != index
    settings.FIELD_KEYS = f"{NEW},{OLD},{INDEX}"  # ciphers rotate, the index does not
    crypto.keys.cache_clear()
    assert crypto.blind_index("id", "310117199003077828") == index
    settings.FIELD_KEYS = f"{OLD},index:{'4' * 64}"
    crypto.keys.cache_clear()
    assert crypto.blind_index("id", "310117199003077828") != index


def test_old_versions_stay_readable_and_new_values_take_the_newest(settings: Any) -> None:
    settings.FIELD_KEYS = f"{OLD},{INDEX}"
    crypto.keys.cache_clear()
    old = crypto.seal("a", PLACE)
    settings.FIELD_KEYS = f"{NEW},{OLD},{INDEX}"
    crypto.keys.cache_clear()
    new = crypto.seal("a", PLACE)
    assert (old[0], new[0]) == (1, 2)
    assert crypto.unseal(old, PLACE) == crypto.unseal(new, PLACE) == "a"
    settings.FIELD_KEYS = f"{NEW},{INDEX}"
    crypto.keys.cache_clear()
    with pytest.raises(KeyError):
        crypto.unseal(old, PLACE)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (f"1:{'1' * 63},{INDEX}", "'1' is not 64 hex digits"),
        (f"1:{'g' * 64},{INDEX}", "'1' is not 64 hex digits"),
        (f"0:{'1' * 64},{INDEX}", "'0' is neither 1-255 nor 'index'"),
        (f"256:{'1' * 64},{INDEX}", "'256' is neither 1-255 nor 'index'"),
        (f"main:{'1' * 64},{INDEX}", "'main' is neither"),
        (OLD, "one named 'index'"),
        (INDEX, "needs one numbered key"),
        ("", "is not 64 hex digits"),
    ],
)
def test_bad_keys_say_what_is_wrong_without_the_key(settings: Any, keys: str, says: str) -> None:
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured) as error:
        crypto.keys()
    assert says in str(error.value)
    assert "1" * 60 not in str(error.value)
