"""Changing the field key: all of it, resumable, and nothing lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import rotating, securing
from lms.registry.crypto import keys, unseal
from lms.registry.models import (
    AccountPhone,
    IdentityDocument,
    Person,
    PhoneCode,
    Purpose,
    RosterChange,
    RosterUpload,
)
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
        "columns": {str(kept): COUNTS.get(str(kept), 0) for kept in rotating.everything_sealed()},
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


@pytest.fixture
def elsewhere(with_keys: Any) -> tuple[Authenticator, Authenticator, RosterChange]:
    """What is sealed outside columns of its own: secrets of second factors, a phone an import has changed."""
    user, person = f.make_user(), f.make_person(phone="13900000001")
    app = Authenticator.objects.create(
        user=user, type="totp", data={"secret": securing.Adapter().encrypt("SECRET"), "counter": 7}
    )
    recovery = Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": securing.Adapter().encrypt("SEED"), "used_mask": 1}
    )
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "钥匙", "credential": {}})
    sealed = bytes(person.phone_sealed or b"").hex()
    upload = RosterUpload.objects.create(file=f.make_file(Purpose.ROSTER), region=f.songjiang(), uploaded_by=user)
    change = RosterChange.objects.create(
        upload=upload,
        table="registry_person",
        row=person.pk,
        created=False,
        before={"phone_sealed": None, "education": ""},
        after={"phone_sealed": sealed, "education": "本科"},
    )
    return app, recovery, change


def test_secrets_and_what_imports_keep_are_sealed_anew(
    elsewhere: tuple[Authenticator, Authenticator, RosterChange], with_keys: Any
) -> None:
    app, recovery, change = elsewhere
    code = PhoneCode(purpose="change", number_index="x", user=app.user, expires_at=timezone.now())
    code.number = "13900000002"
    code.save()
    with_keys(NEW, OLD)
    done = rotating.rotate()
    assert (done["mfa_authenticator.data"], done["registry_rosterchange.after"]) == (2, 1)
    assert done["registry_phonecode.number_sealed"] == 1
    assert done["registry_rosterchange.before"] == rotating.waiting() == 0
    with_keys(NEW)
    for row in (app, recovery, change, code):
        row.refresh_from_db()
    assert (securing.Adapter().decrypt(app.data["secret"]), app.data["counter"]) == ("SECRET", 7)
    assert (securing.Adapter().decrypt(recovery.data["seed"]), recovery.data["used_mask"]) == ("SEED", 1)
    assert code.number == "13900000002"
    sealed = bytes.fromhex(change.after["phone_sealed"])
    assert unseal(sealed, f"registry_person:phone:{change.row}") == "13900000001"
    assert (change.after["education"], change.before) == ("本科", {"phone_sealed": None, "education": ""})
    assert sum(rotating.rotate().values()) == 0


def test_a_secret_whose_key_is_gone_is_said(
    elsewhere: tuple[Authenticator, Authenticator, RosterChange], with_keys: Any
) -> None:
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    with_keys(NEW)
    with pytest.raises(DomainError) as refusal:
        rotating.rotate()
    # The person's document and phone, two secrets, one change.
    assert (refusal.value.code, refusal.value.context) == ("key_missing", {"values": 5})
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


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
