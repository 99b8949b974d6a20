"""Signing in with a phone, and activating an account from an entry of the register."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lms.jobs.errors import DomainError
from lms.registry import activating, signing, sms, texting
from lms.registry.crypto import blind_index
from lms.registry.models import AccountPhone, AuditEntry, Membership, Person, PhoneCode, Role, Try, User
from tests import factories as f
from tests.registry.texts import last_code, own_texts, texts

__all__ = ["own_texts"]
pytestmark = pytest.mark.django_db

NUMBER, OTHER = "13916501234", "13816505678"
PASSWORD = "qiu-tian-de-yezi-7"


def with_phone(number: str = NUMBER, **kw: Any) -> User:
    user = f.make_user(**kw)
    signing.set_phone(user, number)
    return user


def ask(client: Client, number: str = NUMBER, **more: str) -> Any:
    Try.objects.all().delete()
    return client.post(reverse("sign_in_by_code"), {"number": number, **more})


def type_code(client: Client, code: str, name: str = "sign_in_code") -> Any:
    return client.post(reverse(name), {"code": code})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- With a code ----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [NUMBER, "139 1650 1234", "+86 139-1650-1234", "１３９１６５０１２３４"])
def test_in_with_a_code(typed: str, client: Client) -> None:
    user = with_phone()
    assert ask(client, typed)["Location"] == reverse("sign_in_code")
    assert "139****1234" in client.get(reverse("sign_in_code")).content.decode()
    answer = type_code(client, last_code())
    assert answer["Location"] == reverse("home_of_role")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert "code_sign_in" not in client.session


def test_unknown_numbers_and_closed_accounts_look_the_same(client: Client) -> None:
    with_phone()
    with_phone(OTHER, is_active=False)
    pages = []
    for number in (NUMBER, OTHER, "13700000000"):
        browser = Client()
        answer = ask(browser, number)
        page = browser.get(answer["Location"]).content.decode().replace(f"{number[:3]}****{number[-4:]}", "…")
        wrong = type_code(browser, "000000")
        pages.append((answer.status_code, answer["Location"], without_tokens(page), wrong.status_code))
    assert pages[0] == pages[1] == pages[2]
    assert len(texts()) == 1
    assert PhoneCode.objects.count() == 3


def without_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf" not in line.lower()]


def test_only_the_browser_that_asked_can_use_the_code(client: Client) -> None:
    with_phone()
    ask(client)
    other = Client()
    assert type_code(other, last_code())["Location"] == reverse("sign_in_by_code")
    assert not is_in(other)


def test_a_wrong_code_is_refused_beside_the_field(client: Client) -> None:
    with_phone()
    ask(client)
    answer = type_code(client, "12345")
    assert "code_wrong" in str(answer.context["form"].errors["code"])
    assert not is_in(client)


def test_an_account_closed_in_between_stays_out(client: Client) -> None:
    user = with_phone()
    ask(client)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert "code_wrong" in str(type_code(client, last_code()).context["form"].errors["code"])


def test_a_second_wish_within_a_minute_is_told_to_wait(client: Client) -> None:
    ask(client)
    answer = client.post(reverse("sign_in_by_code"), {"number": NUMBER})
    assert "code_too_soon" in str(answer.context["form"].non_field_errors())


@pytest.mark.parametrize("typed", ["", "1391650123", "021-57812345", "abc", "+1 212 555 0123"])
def test_no_mobile_number(typed: str, client: Client) -> None:
    assert "number" in ask(client, typed).context["form"].errors or typed == ""
    assert not PhoneCode.objects.exists()


def test_on_to_where_one_was_going_and_nowhere_else(client: Client) -> None:
    user = with_phone()
    f.make_officer(user=user)
    for wanted, reached in ((reverse("bureau_bans"),) * 2, ("https://evil.example/", reverse("home_of_role"))):
        browser = Client()
        browser.get(reverse("sign_in_by_code"), {"next": wanted})
        ask(browser)
        assert type_code(browser, last_code())["Location"] == reached


def test_where_no_messages_are_sent_the_way_is_closed(client: Client, settings: Settings) -> None:
    settings.SMS_BACKEND = "off"
    assert reverse("sign_in_by_code") not in client.get(reverse("sign_in")).content.decode()
    for name in ("sign_in_by_code", "activate"):
        assert client.get(reverse(name)).status_code == 409


def test_failing_messages_are_told_to_everybody(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(message: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(sms, "send", fails)
    with_phone()
    assert "sms_failed" not in client.get(reverse("sign_in_by_code")).content.decode()
    ask(client)
    assert "sms_failed" in Client().get(reverse("sign_in_by_code")).content.decode()


# --- Phone and password ---------------------------------------------------------------------


def test_the_phone_serves_as_user_name(client: Client) -> None:
    user = with_phone()
    user.set_password(PASSWORD)
    user.save()
    answer = client.post(reverse("sign_in"), {"username": "139 1650 1234", "password": PASSWORD})
    assert answer["Location"] == reverse("home_of_role")


def test_a_list_of_failures_keeps_no_number(client: Client) -> None:
    from axes.models import AccessAttempt

    client.post(reverse("sign_in"), {"username": OTHER, "password": "wrong"})
    kept = AccessAttempt.objects.get()
    assert OTHER not in f"{kept.username} {kept.post_data} {kept.get_data}"
    assert kept.username.startswith("phone-")


def test_many_accounts_from_one_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "MOST_OF_ADDRESS", 5)
    user = with_phone(username="wj")
    user.set_password(PASSWORD)
    user.save()
    right = {"username": "wj", "password": PASSWORD}
    for n in range(5):
        assert client.post(reverse("sign_in"), {"username": f"user-{n}", "password": "Spring2026"}).status_code == 200
        assert Client(REMOTE_ADDR="192.0.2.9").post(reverse("sign_in"), right).status_code == 302
    refused = client.post(reverse("sign_in"), right)
    assert refused.status_code == 429
    assert "too_many_tries" in refused.content.decode()
    # Right passwords count for nothing, and a code still opens.
    assert Client(REMOTE_ADDR="192.0.2.9").post(reverse("sign_in"), right).status_code == 302
    ask(client)
    assert type_code(client, last_code()).status_code == 302


# --- Activation -----------------------------------------------------------------------------


def entry(**kw: Any) -> tuple[Person, str]:
    """A person with a phone on record, and the end of her ID."""
    person = f.make_person(**({"phone": NUMBER} | kw))
    return person, person.documents.get().number[-6:]


def claim(client: Client, tail: str, number: str = NUMBER) -> Any:
    Try.objects.all().delete()
    return client.post(reverse("activate"), {"number": number, "tail": tail})


def test_from_the_register_to_an_account(client: Client) -> None:
    person, tail = entry(name="王静")
    assert claim(client, f" {tail.lower()} ")["Location"] == reverse("activate_code")
    assert type_code(client, last_code(), "activate_code")["Location"] == reverse("activate_password")
    page = client.get(reverse("activate_password")).content.decode()
    assert "王静" in page
    weak = client.post(reverse("activate_password"), {"password1": "12345678", "password2": "12345678"})
    assert weak.context["form"].errors.keys() & {"password1", "password2"}
    assert not User.objects.filter(person=person).exists()
    done = client.post(reverse("activate_password"), {"password1": PASSWORD, "password2": PASSWORD})
    assert done["Location"] == reverse("home_of_role")
    user = User.objects.get(person=person)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.check_password(PASSWORD)
    assert [membership.role for membership in Membership.objects.filter(user=user)] == [Role.LEARNER]
    assert AccountPhone.objects.get(user=user).number_index == blind_index("phone", NUMBER)
    assert NUMBER not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    assert Client().post(reverse("sign_in"), {"username": NUMBER, "password": PASSWORD}).status_code == 302


def test_without_a_password(client: Client) -> None:
    person, tail = entry()
    claim(client, tail)
    type_code(client, last_code(), "activate_code")
    assert client.post(reverse("activate_password"), {"without": "1"}).status_code == 302
    user = User.objects.get(person=person)
    assert not user.has_usable_password()
    again = Client()
    ask(again)
    assert type_code(again, last_code()).status_code == 302
    # A first password may be set without an old one.
    page = reverse("password_change")
    assert "old_password" not in again.get(page).content.decode()
    again.post(page, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_nobody_learns_who_is_in_the_register(client: Client) -> None:
    person, tail = entry()
    held, held_tail = entry(phone=OTHER)
    f.make_user(person=held)
    seen = set()
    tries = ((NUMBER, tail), (NUMBER, "000000"), ("13700000000", tail), (OTHER, held_tail))
    for number, end in tries:
        browser = Client()
        answer = claim(browser, end, number)
        page = browser.get(answer["Location"]).content.decode().replace(f"{number[:3]}****{number[-4:]}", "…")
        seen.add((answer.status_code, answer["Location"], *without_tokens(page)))
        assert type_code(browser, "000000", "activate_code").status_code == 200
    assert len(seen) == 1
    # The one with an account is told so by message, without a code.
    assert [bool(text["code"]) for text in texts()] == [True, False]
    assert person.name not in str(seen)


def test_who_has_an_account_cannot_activate_another(client: Client) -> None:
    person, tail = entry()
    f.make_user(person=person)
    claim(client, tail)
    row = PhoneCode.objects.get()
    assert type_code(client, texting.code_of(row), "activate_code").status_code == 200
    with pytest.raises(DomainError) as refusal:
        activating.activate(person=person, password="")
    assert refusal.value.code == "account_exists"
    assert User.objects.filter(person=person).count() == 1


def test_the_phone_of_another_account(client: Client) -> None:
    person, tail = entry()
    with_phone(NUMBER)
    claim(client, tail)
    type_code(client, last_code(), "activate_code")
    answer = client.post(reverse("activate_password"), {"password1": PASSWORD, "password2": PASSWORD})
    assert "phone_taken" in str(answer.context["form"].non_field_errors())
    assert client.post(reverse("activate_password"), {"without": "1"}).status_code == 409
    assert not User.objects.filter(person=person).exists()


def test_two_entries_with_the_same_phone_and_end(client: Client) -> None:
    person, tail = entry()
    f.make_document(person, number="G123" + tail, kind="passport")
    claim(client, tail)
    assert len(texts()) == 1, "two documents of one person are one entry"
    twin = f.make_person(phone=NUMBER, number="330602199202290089")
    f.make_document(twin, number="G999" + tail, kind="passport")
    claim(Client(), tail)
    assert len(texts()) == 1


def test_the_steps_keep_their_order(client: Client) -> None:
    for name in ("activate_code", "activate_password"):
        assert client.get(reverse(name))["Location"] == reverse("activate")
    assert client.post(reverse("activate_password"), {"without": "1"})["Location"] == reverse("activate")


def test_guessing_ends_of_numbers_is_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activating, "MOST_OF_ADDRESS", 2)
    for n in range(3):
        answer = client.post(reverse("activate"), {"number": f"1391650{n:04d}", "tail": "123456"})
    assert "too_many_tries" in str(answer.context["form"].non_field_errors())


@pytest.mark.parametrize("tail", ["12345", "1234567", ""])
def test_how_much_of_the_id_is_wanted(tail: str, client: Client) -> None:
    assert "tail" in claim(client, tail).context["form"].errors
    assert not PhoneCode.objects.exists()
