"""The second factor: one-time codes of an authenticator app, passkeys, and recovery codes for when both are lost.

The rows and the arithmetic are django-allauth's (allauth.mfa); pages, audit and limits are ours. Its own pages
and addresses do not exist here.
"""

import base64
from datetime import timedelta
from typing import Any

import segno
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction

from lms.registry import auditing, limiting
from lms.registry.crypto import seal, unseal
from lms.registry.errors import refuse
from lms.registry.models import Membership, User

#: In a session: "wanted" while the second factor is still to be given, "passed" once it was.
FACTOR = "second_factor"
WANTED, PASSED = "wanted", "passed"
#: What alone counts as having one; recovery codes only stand in for these.
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
MOST_TRIES = 5
WINDOW = timedelta(minutes=15)
PLACE = "mfa_authenticator:data"


class Adapter(DefaultMFAAdapter):
    """What allauth asks us: sealing of its secrets, and by which name we go (setting MFA_ADAPTER)."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text, PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(base64.b64decode(encrypted_text), PLACE)

    def get_totp_issuer(self) -> str:
        return settings.WAGTAIL_SITE_NAME

    def _get_site_name(self) -> str:
        return settings.WAGTAIL_SITE_NAME

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return user.get_username()


def needs_factor(memberships: list[Membership]) -> bool:
    """Whether one of these roles may only be used with a second factor (setting SECOND_FACTOR_ROLES)."""
    return any(row.role in settings.SECOND_FACTOR_ROLES for row in memberships)


def has_factor(user: User) -> bool:
    """Whether this account has an authenticator app or a passkey; then it is asked for one, whatever its roles."""
    return Authenticator.objects.filter(user=user, type__in=KINDS).exists()


def factors(user: User) -> list[Authenticator]:
    """Her authenticators and passkeys, oldest first."""
    return list(Authenticator.objects.filter(user=user, type__in=KINDS).order_by("pk"))


# --- Adding and removing ----------------------------------------------------------------------


def new_secret() -> str:
    """A secret for an authenticator app, kept in the session until a code proves that the app has it."""
    return totp.generate_totp_secret()


def picture_of(user: User, secret: str) -> str:
    """The QR code an authenticator app reads, as a data address of an SVG."""
    return segno.make(Adapter().build_totp_url(user, secret), error="m", micro=False).svg_data_uri(scale=5, border=2)


def add_totp(*, by: Membership | User, user: User, secret: str, typed: str) -> None:
    """The authenticator app that made the code `typed` from `secret`, replacing an earlier one. Code: factor_wrong."""
    counter = _counter(secret, typed)
    if counter is None:
        raise refuse("factor_wrong")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
        row = totp.TOTP.activate(user, secret).instance
        row.data["counter"] = counter
        row.save(update_fields=["data"])
        auditing.record(by, "account.factor_add", user, after={"kind": "totp"})


def begin_passkey(user: User) -> dict[str, Any]:
    """What the browser needs to make a passkey; the challenge waits in the session."""
    return webauthn.begin_registration(user, False)


def add_passkey(*, by: Membership | User, user: User, name: str, credential: Any) -> None:
    """The passkey the browser made. Code: factor_wrong."""
    try:
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse("factor_wrong") from error
    with transaction.atomic():
        webauthn.WebAuthn.add(user, name, credential)
        auditing.record(by, "account.factor_add", user, after={"kind": "passkey"})


def remove(*, by: Membership | User, user: User, pk: str, memberships: list[Membership]) -> None:
    """Take one factor away; with the last one the recovery codes go too. Codes: not_found, factor_needed."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        held = factors(user)
        row = next((factor for factor in held if str(factor.pk) == pk), None)
        if row is None:
            raise refuse("not_found")
        if len(held) == 1 and needs_factor(memberships):
            raise refuse("factor_needed")
        auditing.record(by, "account.factor_remove", user, before={"kind": row.type})
        row.delete()
        if len(held) == 1:
            Authenticator.objects.filter(user=user).delete()


def reset(*, by: Membership | User | None, user: User) -> int:
    """Take every factor of an account away, for somebody who has lost them all. How many there were."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        number = Authenticator.objects.filter(user=user).delete()[0]
        auditing.record(by, "account.factor_reset", user, before={"factors": number})
    return number


def new_recovery_codes(*, by: Membership | User, user: User) -> list[str]:
    """Ten fresh recovery codes, each good for one sign-in; earlier ones are worth nothing from now on."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = RecoveryCodes.activate(user).generate_codes()
        auditing.record(by, "account.recovery_codes", user)
    return codes


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are still unused."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


# --- Passing ----------------------------------------------------------------------------------


def pass_code(user: User, typed: str) -> None:
    """Accept a code of the app, or a recovery code, once. Codes: factor_wrong, too_many_tries after five."""
    _count(user)
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user)
        by_kind = {row.type: row for row in rows if row.type != Authenticator.Type.WEBAUTHN}
        app, recovery = by_kind.get(Authenticator.Type.TOTP), by_kind.get(Authenticator.Type.RECOVERY_CODES)
        passed = app if app and _use_totp(app, typed) else None
        if passed is None and recovery and RecoveryCodes(recovery).validate_code(typed):
            passed = Authenticator.objects.get(pk=recovery.pk)
            auditing.record(user, "account.recovery_used", user)
        if passed is not None:
            passed.record_usage()
    if passed is None:
        raise refuse("factor_wrong")
    _uncount(user)


def begin_passing(user: User) -> dict[str, Any]:
    """What the browser needs to use one of her passkeys."""
    return webauthn.begin_authentication(user)


def pass_passkey(user: User, credential: Any) -> None:
    """Accept a passkey's answer to the challenge of the session. Codes: factor_wrong, too_many_tries."""
    _count(user)
    try:
        row = webauthn.complete_authentication(user, credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse("factor_wrong") from error
    row.record_usage()
    _uncount(user)


def mark_passed(session: SessionBase) -> None:
    """This session has given its second factor; it goes on under a new key."""
    session.cycle_key()
    session[FACTOR] = PASSED


def _use_totp(row: Authenticator, typed: str) -> bool:
    """Whether the app made `typed` just now and it was not used before, in whichever process."""
    counter = _counter(Adapter().decrypt(row.data["secret"]), typed)
    if counter is None or counter <= row.data.get("counter", 0):
        return False
    row.data["counter"] = counter
    row.save(update_fields=["data"])
    return True


def _counter(secret: str, typed: str) -> int | None:
    """The step of the clock that `typed` belongs to, one before or after now allowed."""
    for counter in totp.yield_hotp_counters_from_time():
        if compare_user_code(actual=typed, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))):
            return counter
    return None


def _count(user: User) -> None:
    if limiting.take("second_factor", str(user.pk), most=MOST_TRIES, within=WINDOW) is None:
        raise refuse("too_many_tries")


def _uncount(user: User) -> None:
    limiting.give_back("second_factor", str(user.pk))
