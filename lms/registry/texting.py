"""Codes by text message: asking for one, sending it, using it once.

Whoever asks learns nothing about a number: a number nobody has gets a row like any other, is limited like any other,
and its message is simply not there to be sent. What is sent goes out after the answer (`deliver`), and again from
beat when that did not succeed.
"""

import hmac
import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from lms.registry import limiting, sms
from lms.registry.crypto import blind_index
from lms.registry.errors import refuse
from lms.registry.models import CodePurpose, Person, PhoneCode, User

logger = logging.getLogger(__name__)

DIGITS = 6
VALID = timedelta(minutes=5)
MOST_TRIES = 5
A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Codes a number may be sent in a day, and an address (an office, a school) may ask for in an hour.
MOST_A_DAY = 10
MOST_OF_ADDRESS = 60
#: How long a message is left to the process that took it.
TAKEN = timedelta(seconds=15)
KEPT = timedelta(days=2)


def ask(
    *, purpose: CodePurpose, number: str, address: str, user: User | None = None, person: Person | None = None
) -> PhoneCode:
    """A code for `number` (11 digits); it is sent only when it is for an account or a person.

    Codes: sms_off; code_too_soon within a minute; code_too_often after 10 in a day, or 60 of one address in an hour.
    """
    if not sms.offered():
        raise refuse("sms_off")
    index = blind_index("phone", number)
    if limiting.take("code_address", limiting.key_of_address(address), most=MOST_OF_ADDRESS, within=AN_HOUR) is None:
        raise refuse("code_too_often")
    if limiting.take("code_minute", index, most=1, within=A_MINUTE) is None:
        raise refuse("code_too_soon")
    if limiting.take("code_day", index, most=MOST_A_DAY, within=A_DAY) is None:
        raise refuse("code_too_often")
    now = timezone.now()
    row = PhoneCode(purpose=purpose, number_index=index, user=user, person=person, asked_at=now, expires_at=now + VALID)
    if user or person:
        row.number = number
    row.save(force_insert=True)
    return row


def deliver(pk: UUID) -> None:
    """Send the message of one code, if there is one and nobody else is at it. Never fails; beat tries again."""
    now = timezone.now()
    waiting = _waiting().filter(pk=pk)
    if not waiting.filter(Q(taken_at__isnull=True) | Q(taken_at__lt=now - TAKEN)).update(taken_at=now):
        return
    row = PhoneCode.objects.get(pk=pk)
    # Somebody who has an account and wants to activate one is told so, by message only.
    known = row.purpose == CodePurpose.ACTIVATE and row.user_id is not None
    try:
        sms.send(sms.Message(row.number, "" if known else code_of(row)))
    except sms.SmsFailed as refusal:
        logger.error("sms_failed: the gateway answered %s", refusal.code)
    except OSError as trouble:
        logger.error("sms_failed: %s", type(trouble).__name__)
    else:
        sent = {"sent_at": timezone.now(), "failed_at": None}
        if row.purpose != CodePurpose.CHANGE:
            sent["number_sealed"] = None
        PhoneCode.objects.filter(pk=pk).update(**sent)
        return
    PhoneCode.objects.filter(pk=pk).update(failed_at=timezone.now())
    # It is not the reader's fault: she may ask again at once.
    limiting.give_back("code_minute", row.number_index)


def deliver_waiting() -> None:
    """Send what was left behind: by a gateway that failed, a process that ended."""
    for pk in _waiting().filter(asked_at__lt=timezone.now() - TAKEN).values_list("pk", flat=True):
        deliver(pk)


def failing() -> bool:
    """Whether messages don't get through at present: said on the pages, to everybody alike, as sms_failed."""
    return PhoneCode.objects.filter(failed_at__gt=timezone.now() - VALID).exists()


def use(*, pk: UUID | str | None, purpose: CodePurpose, typed: str) -> PhoneCode:
    """The code `pk` that was asked for, now used up. Refuses all that is wrong with one code: code_wrong.

    A wrong try is counted, whoever makes it; after five the code is worth nothing. The row returned still knows
    the number where a number is what was proven; the table no longer does.
    """
    with transaction.atomic():
        row = PhoneCode.objects.select_for_update().filter(pk=pk, purpose=purpose).first() if pk else None
        open_ = row is not None and not row.used_at and row.tries < MOST_TRIES and row.expires_at > timezone.now()
        if row is not None and open_:
            right = hmac.compare_digest(code_of(row).encode(), typed.strip().encode())
            right = right and (row.person_id is not None or row.user_id is not None)
            if right and not (purpose == CodePurpose.ACTIVATE and row.user_id):
                PhoneCode.objects.filter(pk=row.pk).update(used_at=timezone.now(), number_sealed=None)
                return row
            row.tries += 1
            row.save(update_fields=["tries"])
    raise refuse("code_wrong")


def code_of(row: PhoneCode) -> str:
    """The six digits of `row`: known to whoever has the key of the blind index, not to whoever has the database."""
    return f"{int(blind_index('code', str(row.pk))[:12], 16) % 10**DIGITS:0{DIGITS}}"


def _waiting() -> QuerySet[PhoneCode]:
    """Codes whose message has still to go out."""
    return PhoneCode.objects.filter(number_sealed__isnull=False, sent_at__isnull=True, expires_at__gt=timezone.now())


def forget() -> None:
    """Drop old codes; numbers of messages that never got out go as soon as the code is worth nothing."""
    now = timezone.now()
    PhoneCode.objects.filter(asked_at__lt=now - KEPT).delete()
    PhoneCode.objects.filter(expires_at__lt=now, number_sealed__isnull=False).update(number_sealed=None)
