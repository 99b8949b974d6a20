"""How often an address may ask for serials that do not exist."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from certification.models import FailedLookup
from lms.registry.crypto import blind_index

#: Wrong tries an address may make in one minute; the next one is refused until the minute is over.
MOST_FAILURES = 30
KEPT = timedelta(hours=1)


def seconds_to_wait(address: str) -> int:
    """0, or the seconds until `address` may ask again."""
    now = timezone.now()
    minute = _minute(now)
    too_many = FailedLookup.objects.filter(address=_keyed(address), minute=minute, count__gte=MOST_FAILURES).exists()
    return int((minute + timedelta(minutes=1) - now).total_seconds()) + 1 if too_many else 0


def count_failure(address: str) -> None:
    """One more wrong try of `address` in this minute; tries at the same moment are all counted."""
    minute = connection.ops.adapt_datetimefield_value(_minute(timezone.now()))
    with connection.cursor() as cursor:
        # The ORM's upsert can only overwrite, not count up.
        cursor.execute(
            "INSERT INTO certification_failedlookup (address, minute, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (address, minute) DO UPDATE SET count = certification_failedlookup.count + 1",
            [_keyed(address), minute],
        )


def forget() -> None:
    """Drop counts nobody needs any more: an address, even as a keyed hash, is kept for an hour at most."""
    FailedLookup.objects.filter(minute__lt=timezone.now() - KEPT).delete()


def _keyed(address: str) -> str:
    return blind_index("address", address)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
