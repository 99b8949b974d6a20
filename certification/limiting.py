"""How often an address may ask for serials that do not exist.

The counts are rows, not entries of a process's cache, so all web workers share them. A wrong try is counted first and
judged afterwards: of tries at the same moment, in whichever workers, each sees all that were counted before it, and
no more than `MOST_FAILURES` of them get an answer.
"""

import ipaddress
from datetime import datetime, timedelta
from math import ceil

from django.db import connection
from django.utils import timezone

from certification.models import FailedLookup
from lms.registry.crypto import blind_index

#: Wrong tries an address may make in a minute; the next one is refused. The minute slides: of the calendar minute
#: before this one the share counts that lies within the last sixty seconds, as if its tries had been spread evenly.
MOST_FAILURES = 30
MINUTE = timedelta(minutes=1)
KEPT = timedelta(hours=1)


def seconds_to_wait(address: str) -> int:
    """0, or the seconds until `address` may ask again."""
    now = timezone.now()
    before, current = _counts(_keyed(address), now)
    # As if this try were a wrong one: nobody who has used up the wrong ones learns which are right.
    return _wait(before, current + 1, now)


def count_failure(address: str) -> int:
    """One more wrong try of `address`. 0, or the seconds to wait when others at the same moment used up the rest."""
    now, key = timezone.now(), _keyed(address)
    with connection.cursor() as cursor:
        # The ORM's upsert can only overwrite, not count up.
        cursor.execute(
            "INSERT INTO certification_failedlookup (address, minute, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (address, minute) DO UPDATE SET count = certification_failedlookup.count + 1",
            [key, _stored(_minute(now))],
        )
    before, current = _counts(key, now)
    return _wait(before, current + 1, now) if _wait(before, current, now) else 0


def forget() -> None:
    """Drop counts nobody needs any more: an address, even as a keyed hash, is kept for an hour at most."""
    FailedLookup.objects.filter(minute__lt=timezone.now() - KEPT).delete()


def _counts(key: str, now: datetime) -> tuple[int, int]:
    """Wrong tries in the calendar minute before `now` and in the one of `now`."""
    current = _stored(_minute(now))
    with connection.cursor() as cursor:
        # Asked for every page: composing this through the ORM would take ten times as long as answering it.
        cursor.execute(
            "SELECT minute = %s, count FROM certification_failedlookup WHERE address = %s AND minute IN (%s, %s)",
            [current, key, current, _stored(_minute(now) - MINUTE)],
        )
        found = {bool(is_current): count for is_current, count in cursor.fetchall()}
    return found.get(False, 0), found.get(True, 0)


def _wait(before: int, current: int, now: datetime) -> int:
    """0 while `before` (by its share) and `current`, which includes the try at hand, are within the limit.

    Else the whole seconds until it would be: when enough of the minute before has slid out, which for tries of this
    minute begins with the next.
    """
    minute = _minute(now)
    if before * (minute + MINUTE - now) + current * MINUTE <= MOST_FAILURES * MINUTE:
        return 0
    if current > MOST_FAILURES:
        before, current, minute = current - 1, 1, minute + MINUTE
    free = minute + MINUTE - MINUTE * (MOST_FAILURES - current) / before
    return ceil((free - now).total_seconds())


def _keyed(address: str) -> str:
    return blind_index("address", _network(address))


def _network(address: str) -> str:
    """What one visitor holds: an IPv4 address, however it is written, or the /64 that a line of IPv6 is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(parsed) >> 64 << 64)}/64"


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _stored(moment: datetime) -> str | datetime | None:
    return connection.ops.adapt_datetimefield_value(moment)
