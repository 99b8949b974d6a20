"""Signing in and out beyond the password: by phone, on which devices, and how many may be tried from one address."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from lms.registry import auditing, limiting, texting
from lms.registry.crypto import blind_index
from lms.registry.errors import refuse
from lms.registry.middleware import address_of
from lms.registry.models import AccountPhone, CodePurpose, Membership, OpenSession, PhoneCode, Try, User
from lms.registry.securing import FACTOR, has_factor

#: What a session knows of its sign-in.
DEVICE, CONFIRMED = "device", "confirmed_at"
#: How long having proved who one is lets one change how one signs in.
CONFIRMED_FOR = timedelta(minutes=15)
#: Passwords that may be tried from one address. Axes locks an account after its eighth failure; many accounts
#: with a few tries each are this limit's business. An office stays below it, and codes by phone are not counted.
MOST_OF_ADDRESS = 50
WINDOW = timedelta(minutes=15)


def take_try(request: HttpRequest) -> Try:
    """Count one try with a password; delete the row when it was right. Code: too_many_tries."""
    key = limiting.key_of_address(address_of(request))
    counted = limiting.take("password", key, most=MOST_OF_ADDRESS, within=WINDOW)
    if counted is None:
        raise refuse("too_many_tries")
    return counted


def username_of(typed: str, number: str) -> str:
    """The user name of the account that signs in with the phone `number`, else `typed`.

    A number nobody has comes out as its keyed hash, so that no list of failures keeps it.
    """
    if not number:
        return typed
    index = blind_index("phone", number)
    phone = AccountPhone.objects.filter(number_index=index, verified_at__isnull=False).select_related("user").first()
    return phone.user.username if phone else f"phone-{index[:20]}"


def ask_code(*, number: str, address: str) -> PhoneCode:
    """A code to sign in with. The same answer whether an account has the number or not; codes as texting.ask."""
    phone = AccountPhone.objects.filter(
        number_index=blind_index("phone", number), verified_at__isnull=False, user__is_active=True
    ).first()
    return texting.ask(purpose=CodePurpose.SIGN_IN, number=number, address=address, user=phone.user if phone else None)


def use_code(*, pk: str | None, typed: str) -> User:
    """Whose code it is. Code: code_wrong."""
    user = texting.use(pk=pk, purpose=CodePurpose.SIGN_IN, typed=typed).user
    if user is None or not user.is_active:
        raise refuse("code_wrong")
    return user


def ask_change(*, user: User, number: str, address: str) -> PhoneCode:
    """A code to the number `user` wants to sign in with from now on; codes as texting.ask."""
    return texting.ask(purpose=CodePurpose.CHANGE, number=number, address=address, user=user)


def change_phone(*, by: Membership | User, user: User, pk: str | None, typed: str, session: str) -> None:
    """Sign in with the number that the code `pk` went to from now on; every session but `session` ends.

    Codes: code_wrong; phone_taken, told only to whoever holds the phone.
    """
    code = texting.use(pk=pk, purpose=CodePurpose.CHANGE, typed=typed)
    if code.user_id != user.pk:
        raise refuse("code_wrong")
    with transaction.atomic():
        set_phone(user, code.number)
        auditing.record(by, "account.phone", user)
        end_sessions(user, but=session)


def set_phone(user: User, number: str) -> None:
    """Keep the proven `number` as the one `user` signs in with. Code: phone_taken."""
    User.objects.select_for_update().get(pk=user.pk)
    index = blind_index("phone", number)
    if AccountPhone.objects.filter(number_index=index).exclude(user=user).exists():
        raise refuse("phone_taken")
    row = AccountPhone.objects.filter(user=user).first() or AccountPhone(user=user)
    row.set_number(number)
    row.verified_at = timezone.now()
    row.save()


# --- Devices --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Device:
    """One browser that is signed in, as its owner sees it."""

    handle: str
    agent: str
    address: str
    since: datetime | None
    seen_at: datetime
    here: bool


def devices(user: User, session: str | None) -> list[Device]:
    """Where `user` is signed in, the device of `session` first, then as they were last used."""
    rows = OpenSession.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")
    found = [_device(row, row.session_key == session) for row in rows]
    return sorted(found, key=lambda device: not device.here)


def end_sessions(user: User, *, but: str | None = None, handle: str | None = None) -> int:
    """Sign `user` out everywhere, but in the session `but`; only on the device `handle`, where given. How many."""
    rows = OpenSession.objects.filter(user=user).exclude(session_key=but or "")
    if handle is not None:
        rows = rows.filter(pk__in=[row.pk for row in rows if _told(row).get("handle") == handle])
    return rows.delete()[0]


def sign_out_devices(*, by: Membership | User, user: User, session: str, handle: str | None = None) -> int:
    """End other sessions of one's own: that of one device, or all of them. Returns how many ended."""
    with transaction.atomic():
        ended = end_sessions(user, but=session, handle=handle)
        if ended:
            auditing.record(by, "account.devices", user, after={"ended": ended})
    return ended


def _told(row: OpenSession) -> dict[str, Any]:
    return dict(row.get_decoded().get(DEVICE) or {})


def _device(row: OpenSession, here: bool) -> Device:
    told = _told(row)
    since = datetime.fromisoformat(told["since"]) if told.get("since") else None
    return Device(told.get("handle", ""), told.get("agent", ""), told.get("address", ""), since, row.seen_at, here)


# --- What a fresh session knows ---------------------------------------------------------------


def remember(sender: object, request: HttpRequest, user: User, **_: Any) -> None:
    """user_logged_in: from where, and whether a second factor must follow."""
    request.session[DEVICE] = {
        "handle": uuid.uuid4().hex,
        "agent": str(request.META.get("HTTP_USER_AGENT", ""))[:300],
        "address": address_of(request),
        "since": timezone.now().isoformat(),
    }
    confirm(request)
    if has_factor(user):
        request.session[FACTOR] = "wanted"


def confirm(request: HttpRequest) -> None:
    """Whoever sits there has just proved who she is."""
    request.session[CONFIRMED] = timezone.now().timestamp()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether that was in the last fifteen minutes."""
    told = request.session.get(CONFIRMED) or 0
    return bool(timezone.now().timestamp() - told < CONFIRMED_FOR.total_seconds())


def connect() -> None:
    """Called once when the room is ready."""
    user_logged_in.connect(remember, dispatch_uid="registry.remember_device")
