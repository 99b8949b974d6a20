"""How often something may be tried, counted in rows that all web workers share.

Who tried is kept as a keyed hash, for a day at most (`forget`).
"""

import ipaddress
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from lms.registry.crypto import blind_index
from lms.registry.models import Try

KEPT = timedelta(days=2)


def take(kind: str, key: str, *, most: int, within: timedelta) -> Try | None:
    """One more try of `kind` by `key`, or None when `most` were made `within` this time; refused ones don't count.

    Counted before it is known how the try ends, so that many at once get no more than one after the other.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite's transactions take turns by themselves
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind}:{key}"])
        now = timezone.now()
        if Try.objects.filter(kind=kind, key=key, at__gt=now - within).count() >= most:
            return None
        return Try.objects.create(kind=kind, key=key, at=now)


def give_back(kind: str, key: str) -> None:
    """Forget the tries of `kind` by `key`: it got where it wanted, or it was not to blame."""
    Try.objects.filter(kind=kind, key=key).delete()


def forget() -> None:
    """Drop tries that no limit looks back to."""
    Try.objects.filter(at__lt=timezone.now() - KEPT).delete()


def key_of_address(address: str) -> str:
    """The keyed hash of what one visitor holds: an IPv4 address, or the /64 that a line of IPv6 is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return blind_index("address", address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return blind_index("address", str(parsed.ipv4_mapped))
        return blind_index("address", f"{ipaddress.IPv6Address(int(parsed) >> 64 << 64)}/64")
    return blind_index("address", str(parsed))
