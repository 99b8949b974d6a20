"""Second factors, devices, and changing how one signs in."""

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from lms.jobs.errors import DomainError
from lms.registry import enlisting, securing, signing
from lms.registry.models import AccountPhone, AuditEntry, Membership, OpenSession, Role, Try, User
from lms.registry.sessions import SEEN_EVERY
from tests import factories as f
from tests.registry.texts import last_code, own_texts

__all__ = ["own_texts"]
pytestmark = pytest.mark.django_db

PASSWORD = "qiu-tian-de-yezi-7"
NUMBER = "13916501234"


@pytest.fixture(autouse=True)
def mandatory(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = [Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR, Role.PLATFORM_ADMIN]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The app's clock; a test moves it on."""
    now = [time.time()]
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: now[0]))
    return now


def code_of(secret: str) -> str:
    """What an app with `secret` shows now."""
    counter = int(totp.time.time()) // 30
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def officer_with_password() -> Membership:
    officer = f.make_officer()
    officer.user.set_password(PASSWORD)
    officer.user.save()
    return officer


def sign_in(user: User) -> Client:
    client = Client()
    assert client.post(reverse("sign_in"), {"username": user.username, "password": PASSWORD}).status_code == 302
    return client


def set_up(client: Client) -> str:
    """Through the page of the authenticator app; its secret."""
    page = client.get(reverse("factor_totp"))
    secret = page.context["secret"].replace(" ", "")
    assert client.post(reverse("factor_totp"), {"code": code_of(secret)})["Location"] == reverse("recovery_codes")
    return str(secret)


def give(client: Client, code: str) -> Any:
    return client.post(reverse("second_factor"), {"code": code})


# --- Mandatory ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_which_roles_must_have_one(role: Role) -> None:
    by = f.every_persona()[role]
    answer = f.signed_in(by).get(reverse("account"))
    if role in (Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR, Role.PLATFORM_ADMIN):
        assert answer["Location"] == reverse("second_factor_setup")
    else:
        assert answer.status_code == 200


def test_nothing_goes_before_setting_one_up() -> None:
    client = f.signed_in(f.make_officer())
    for path in ("/", reverse("bureau_bans"), "/cms/", "/no/such/page", reverse("account_phone")):
        assert client.get(path)["Location"] == reverse("second_factor_setup"), path
    part = client.get(reverse("bureau_bans"), headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == reverse("second_factor_setup")
    for name in ("second_factor_setup", "factor_totp", "factor_passkey"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.post(reverse("sign_out")).status_code == 302


def test_wagtails_screens_lie_behind_it() -> None:
    editor = f.make_membership(Role.CONTENT_EDITOR)
    enlisting.grant(by=None, user=editor.user, role=Role.CONTENT_EDITOR)
    securing.add_totp(by=editor, user=editor.user, secret=(secret := securing.new_secret()), typed=code_of(secret))
    assert f.signed_in(editor).get("/cms/")["Location"] == reverse("second_factor")


def test_set_up_and_sign_in_with_it(clock: list[float]) -> None:
    officer = officer_with_password()
    client = sign_in(officer.user)
    secret = set_up(client)
    assert client.get(reverse("bureau_bans")).status_code == 200, "who has just set it up has shown it"
    again = sign_in(officer.user)
    assert again.get(reverse("bureau_bans"))["Location"] == reverse("second_factor")
    assert again.get(reverse("second_factor")).status_code == 200
    assert "factor_wrong" in give(again, "000000").content.decode()
    clock[0] += 30
    key = again.session.session_key
    assert give(again, code_of(secret))["Location"] == reverse("home_of_role")
    assert again.session.session_key != key
    assert again.get(reverse("bureau_bans")).status_code == 200


def test_a_code_of_the_app_serves_once(clock: list[float]) -> None:
    officer = officer_with_password()
    secret = set_up(sign_in(officer.user))
    client = sign_in(officer.user)
    assert "factor_wrong" in give(client, code_of(secret)).content.decode(), "the code of the set-up is used up"
    clock[0] += 30
    assert give(client, code_of(secret)).status_code == 302
    assert "factor_wrong" in give(sign_in(officer.user), code_of(secret)).content.decode()
    clock[0] += 300
    assert give(sign_in(officer.user), code_of(secret)).status_code == 302


def test_five_wrong_tries_close_the_door(clock: list[float]) -> None:
    officer = officer_with_password()
    secret = set_up(sign_in(officer.user))
    client = sign_in(officer.user)
    clock[0] += 30
    for _ in range(5):
        assert "factor_wrong" in give(client, "12345").content.decode()
    assert "too_many_tries" in give(client, code_of(secret)).content.decode()
    Try.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert give(client, code_of(secret)).status_code == 302


def test_a_factor_of_ones_own_choice_is_asked_for_too(clock: list[float]) -> None:
    learner = f.make_membership(Role.LEARNER)
    secret = securing.new_secret()
    securing.add_totp(by=learner, user=learner.user, secret=secret, typed=code_of(secret))
    client = f.signed_in(learner)
    assert client.get(reverse("account"))["Location"] == reverse("second_factor")
    # Whoever owes it may not put another one in its place.
    for name in ("factor_totp", "factor_passkey", "recovery_codes"):
        assert client.get(reverse(name))["Location"] == reverse("second_factor"), name
    clock[0] += 30
    give(client, code_of(secret))
    assert client.get(reverse("account")).status_code == 200


def test_the_secret_is_sealed() -> None:
    officer = f.make_officer()
    secret = securing.new_secret()
    securing.add_totp(by=officer, user=officer.user, secret=secret, typed=code_of(secret))
    securing.new_recovery_codes(by=officer, user=officer.user)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    with pytest.raises(DomainError) as refusal:
        securing.add_totp(by=officer, user=officer.user, secret=secret, typed="000")
    assert refusal.value.code == "factor_wrong"


# --- Recovery codes -------------------------------------------------------------------------


def test_recovery_codes_serve_once_each() -> None:
    officer = officer_with_password()
    client = sign_in(officer.user)
    set_up(client)
    assert client.get(reverse("recovery_codes")).context["codes"] == []
    codes = client.post(reverse("recovery_codes")).context["codes"]
    assert len(set(codes)) == 10
    assert securing.recovery_codes_left(officer.user) == 10
    assert give(sign_in(officer.user), codes[3]).status_code == 302
    assert "factor_wrong" in give(sign_in(officer.user), codes[3]).content.decode()
    assert securing.recovery_codes_left(officer.user) == 9
    fresh = securing.new_recovery_codes(by=officer, user=officer.user)
    assert "factor_wrong" in give(sign_in(officer.user), codes[4]).content.decode()
    assert give(sign_in(officer.user), fresh[0]).status_code == 302


# --- Taking away ----------------------------------------------------------------------------


def test_the_last_one_stays_where_the_role_needs_it(clock: list[float]) -> None:
    officer = officer_with_password()
    client = sign_in(officer.user)
    set_up(client)
    factor = securing.factors(officer.user)[0]
    answer = client.post(reverse("factor_remove"), {"factor": factor.pk})
    assert "factor_needed" in answer.content.decode()
    assert securing.has_factor(officer.user)
    stranger = f.signed_in(f.make_membership(Role.LEARNER))
    assert stranger.post(reverse("factor_remove"), {"factor": factor.pk}).status_code == 404


def test_who_need_not_have_one_may_take_it_away() -> None:
    learner = f.make_membership(Role.LEARNER)
    client = f.signed_in(learner)
    set_up(client)
    client.post(reverse("recovery_codes"))
    factor = securing.factors(learner.user)[0]
    assert client.post(reverse("factor_remove"), {"factor": factor.pk})["Location"] == reverse("account")
    assert not Authenticator.objects.filter(user=learner.user).exists()
    acts = list(AuditEntry.objects.filter(action__startswith="account.").values_list("action", flat=True))
    assert sorted(acts) == ["account.factor_add", "account.factor_remove", "account.recovery_codes"]


def test_who_has_lost_everything_starts_anew() -> None:
    officer = officer_with_password()
    client = sign_in(officer.user)
    set_up(client)
    call_command("reset_second_factor", officer.user.username)
    assert not securing.has_factor(officer.user)
    assert client.get(reverse("bureau_bans"))["Location"].startswith(reverse("sign_in"))
    assert sign_in(officer.user).get(reverse("bureau_bans"))["Location"] == reverse("second_factor_setup")
    assert AuditEntry.objects.filter(action="account.factor_reset").count() == 1
    with pytest.raises(CommandError, match="not_found") as refusal:
        call_command("reset_second_factor", "nobody-of-this-name")
    assert refusal.value.returncode == 1


@pytest.mark.parametrize(
    ("host", "debug", "link"),
    [
        ("127.0.0.1:8000", True, "http://localhost:8000/account/factors/passkey/"),
        ("127.0.0.1:8000", False, None),
        ("[::1]", True, "http://localhost/account/factors/passkey/"),
        ("localhost:8000", True, None),
    ],
)
def test_the_page_says_that_an_address_of_numbers_has_no_passkeys(
    host: str, debug: bool, link: str | None, settings: Settings
) -> None:
    settings.DEBUG = debug
    settings.ALLOWED_HOSTS = ["*"]
    client = f.signed_in(f.make_learner())
    answer = client.get(reverse("factor_passkey"), headers={"host": host})
    assert answer.context["by_numbers"] is not host.startswith("localhost")
    assert (f'href="{link}"' in answer.content.decode()) if link else "http://localhost" not in answer.content.decode()


def test_nonsense_instead_of_a_passkey() -> None:
    learner = f.make_membership(Role.LEARNER)
    client = f.signed_in(learner)
    client.get(reverse("factor_passkey"))
    for credential in ("", "{", "null", "[]", "3", '{"id": "x"}', '{"id":"x","rawId":"x","type":"public-key"}'):
        answer = client.post(reverse("factor_passkey"), {"name": "钥匙", "credential": credential})
        assert answer.status_code == 200, credential
    assert not securing.has_factor(learner.user)
    with pytest.raises(DomainError):
        securing.pass_passkey(learner.user, {"id": "x"})


# --- Devices --------------------------------------------------------------------------------


def test_the_list_of_devices_and_signing_them_out() -> None:
    learner = f.make_membership(Role.LEARNER)
    here, there, elsewhere = (f.signed_in(learner) for _ in range(3))
    stranger = f.signed_in(f.make_membership(Role.LEARNER))
    page = here.get(reverse("account"))
    assert [device.here for device in page.context["devices"]] == [True, False, False]
    handle = handle_of(there)
    assert handle in page.content.decode()
    assert not [key for key in OpenSession.objects.values_list("pk", flat=True) if key in page.content.decode()]
    stranger.post(reverse("account_devices_end"), {"device": handle})
    assert there.get(reverse("account")).status_code == 200
    here.post(reverse("account_devices_end"), {"device": handle})
    assert there.get(reverse("account")).status_code == 302
    assert elsewhere.get(reverse("account")).status_code == 200
    here.post(reverse("account_devices_end"))
    assert elsewhere.get(reverse("account")).status_code == 302
    assert here.get(reverse("account")).status_code == 200
    assert stranger.get(reverse("account")).status_code == 200


def handle_of(client: Client) -> str:
    return str(client.session[signing.DEVICE]["handle"])


def test_when_a_device_was_last_used_is_known_roughly() -> None:
    learner = f.make_membership(Role.LEARNER)
    client = f.signed_in(learner)
    long_ago = timezone.now() - SEEN_EVERY * 2
    OpenSession.objects.filter(user=learner.user).update(seen_at=long_ago)
    client.get(reverse("account"))
    assert OpenSession.objects.get(user=learner.user).seen_at > long_ago + SEEN_EVERY


def test_sessions_end_with_the_roles() -> None:
    learner = f.make_membership(Role.LEARNER)
    client = f.signed_in(learner)
    enlisting.grant(by=None, user=learner.user, role=Role.LEARNER)
    assert client.get(reverse("account")).status_code == 200, "nothing has changed"
    enlisting.grant(by=None, user=learner.user, role=Role.PLATFORM_ADMIN)
    assert client.get(reverse("account")).status_code == 302


# --- Changing how one signs in --------------------------------------------------------------


def test_another_phone() -> None:
    manager = f.make_manager()
    here, elsewhere = f.signed_in(manager), f.signed_in(manager)
    assert here.post(reverse("account_phone"), {"number": NUMBER})["Location"] == reverse("account_phone_code")
    wrong = here.post(reverse("account_phone_code"), {"code": "0"})
    assert "code_wrong" in str(wrong.context["form"].errors)
    assert not AccountPhone.objects.exists()
    code = last_code()
    assert here.post(reverse("account_phone_code"), {"code": code})["Location"] == reverse("account")
    assert AccountPhone.objects.get(user=manager.user).number == NUMBER
    assert "139****1234" in here.get(reverse("account")).content.decode()
    assert elsewhere.get(reverse("account")).status_code == 302
    assert AuditEntry.objects.filter(action="account.phone").count() == 1


def test_a_phone_that_another_account_has() -> None:
    signing.set_phone(f.make_user(), NUMBER)
    client = f.signed_in(f.make_manager())
    client.post(reverse("account_phone"), {"number": NUMBER})
    answer = client.post(reverse("account_phone_code"), {"code": last_code()})
    assert "phone_taken" in str(answer.context["form"].errors)
    assert AccountPhone.objects.count() == 1


@pytest.mark.parametrize("name", ["account_phone", "factor_totp", "factor_passkey", "recovery_codes", "factor_remove"])
def test_who_signed_in_a_while_ago_confirms_first(name: str) -> None:
    learner = f.make_membership(Role.LEARNER)
    learner.user.set_password(PASSWORD)
    learner.user.save()
    client = f.signed_in(learner)
    session = client.session
    session[signing.CONFIRMED] = timezone.now().timestamp() - signing.CONFIRMED_FOR.total_seconds()
    session.save()
    page = reverse("account_confirm")
    answer = client.post(reverse(name))
    assert answer["Location"].startswith(f"{page}?next=")
    assert "password" in client.post(page, {"password": "wrong"}).context["form"].errors
    assert client.post(reverse(name))["Location"].startswith(page)
    to = client.post(page, {"password": PASSWORD, "next": "https://evil.example/"})["Location"]
    assert to == reverse("account")
    assert not str(client.post(reverse(name)).headers.get("Location", "")).startswith(page)
