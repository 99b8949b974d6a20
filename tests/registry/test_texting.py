"""Codes by text message: asked for within limits, sent once, used once, telling nobody anything."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from lms.jobs.errors import DomainError
from lms.registry import limiting, sms, texting
from lms.registry.models import CodePurpose, PhoneCode, Try, User
from lms.registry.sms import SmsFailed
from lms.registry.tasks import send_codes
from tests import factories as f
from tests.registry.texts import last_code, own_texts, texts

__all__ = ["own_texts"]
pytestmark = pytest.mark.django_db

NUMBER = "13916501234"
ADDRESS = "192.0.2.7"


def ask(number: str = NUMBER, **kw: Any) -> PhoneCode:
    values: dict[str, Any] = {"purpose": CodePurpose.SIGN_IN, "address": ADDRESS}
    return texting.ask(number=number, **(values | kw))


def sent(user: User | None = None) -> PhoneCode:
    row = ask(user=user or f.make_user())
    texting.deliver(row.pk)
    row.refresh_from_db()
    return row


def refused(code: str, call: Any, *args: Any, **kw: Any) -> None:
    with pytest.raises(DomainError) as refusal:
        call(*args, **kw)
    assert refusal.value.code == code


def use(row: PhoneCode, typed: str) -> PhoneCode:
    return texting.use(pk=row.pk, purpose=CodePurpose(row.purpose), typed=typed)


def later(row: PhoneCode, **ago: Any) -> None:
    """Let time pass for the limits and the code alike."""
    Try.objects.update(at=timezone.now() - timedelta(**ago))
    PhoneCode.objects.update(asked_at=timezone.now() - timedelta(**ago), taken_at=timezone.now() - timedelta(**ago))


def test_a_code_is_sent_and_used_once() -> None:
    user = f.make_user()
    row = sent(user)
    assert re.fullmatch(r"\d{6}", last_code())
    assert row.sent_at
    assert row.number == "", "the number is not kept"
    assert use(row, f" {last_code()} ").user == user
    refused("code_wrong", use, row, last_code())


def test_a_number_nobody_has_gets_a_row_and_no_message() -> None:
    row = ask()
    texting.deliver(row.pk)
    texting.deliver_waiting()
    assert texts() == []
    refused("code_wrong", use, row, texting.code_of(row))
    refused("code_too_soon", ask)


def test_a_code_fits_its_purpose_only() -> None:
    row = sent()
    refused("code_wrong", texting.use, pk=row.pk, purpose=CodePurpose.ACTIVATE, typed=last_code())
    refused("code_wrong", texting.use, pk=None, purpose=CodePurpose.SIGN_IN, typed=last_code())
    assert use(row, last_code())


def test_five_wrong_tries_end_a_code() -> None:
    row = sent()
    wrong = f"{(int(last_code()) + 1) % 10**6:06d}"
    for typed in (wrong, "", "abc", "１２３４５６", wrong):
        refused("code_wrong", use, row, typed)
    refused("code_wrong", use, row, last_code())
    row.refresh_from_db()
    assert (row.tries, row.used_at) == (5, None)


def test_a_code_is_worth_nothing_after_five_minutes() -> None:
    row = sent()
    PhoneCode.objects.update(expires_at=timezone.now())
    refused("code_wrong", use, row, last_code())


def test_one_a_minute_and_ten_a_day() -> None:
    user = f.make_user()
    for _ in range(10):
        row = ask(user=user)
        refused("code_too_soon", ask, user=user)
        later(row, seconds=61)
    refused("code_too_often", ask, user=user)
    later(row, hours=25)
    assert ask(user=user)
    assert ask("13916509999", user=user), "another number is not concerned"


def test_sixty_an_hour_from_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texting, "MOST_OF_ADDRESS", 3)
    for n in range(3):
        ask(f"1391650{n:04d}")
    refused("code_too_often", ask)
    assert ask(address="192.0.2.8")
    assert ask("13916509999", address="2001:db8:1:2::1")
    assert limiting.key_of_address("2001:db8:1:2::1") == limiting.key_of_address("2001:db8:1:2:ffff::9")
    assert limiting.key_of_address("::ffff:192.0.2.7") == limiting.key_of_address(ADDRESS)


def test_nothing_is_asked_for_where_nothing_can_be_sent(settings: Settings) -> None:
    settings.SMS_BACKEND = "off"
    refused("sms_off", ask)
    assert not PhoneCode.objects.exists()


@pytest.mark.parametrize("trouble", [SmsFailed("isv.OUT_OF_SERVICE"), TimeoutError("slow")])
def test_a_gateway_that_fails_loses_nothing(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = sms.send

    def fails(message: sms.Message) -> None:
        raise trouble

    monkeypatch.setattr(sms, "send", fails)
    user = f.make_user()
    row = ask(user=user)
    texting.deliver(row.pk)
    row.refresh_from_db()
    assert row.failed_at
    assert texting.failing()
    assert "sms_failed" in caplog.text
    assert NUMBER not in caplog.text
    assert ask(user=user), "she need not wait a minute"
    monkeypatch.setattr(sms, "send", real)
    later(row, seconds=20)
    send_codes()
    assert len(texts()) == 2
    assert not texting.failing()
    assert use(row, texting.code_of(row))


def test_a_message_goes_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ask(user=f.make_user())
    real = sms.send

    def meanwhile(message: sms.Message) -> None:
        texting.deliver(row.pk)  # another process finds it waiting while this one is at it
        real(message)

    monkeypatch.setattr(sms, "send", meanwhile)
    texting.deliver(row.pk)
    later(row, seconds=20)
    texting.deliver_waiting()
    assert len(texts()) == 1


def test_what_is_left_is_forgotten() -> None:
    row = ask(user=f.make_user())
    PhoneCode.objects.update(expires_at=timezone.now())
    send_codes()
    row.refresh_from_db()
    assert row.number == ""
    later(row, days=3)
    send_codes()
    assert not PhoneCode.objects.exists()
    assert not Try.objects.exists()
