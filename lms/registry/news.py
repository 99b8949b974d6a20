"""News for higher rooms: certificates claimed in a roster. The rows are the truth, this only nudges."""

from collections.abc import Callable

from django.db import transaction

#: Called without arguments after a commit that recorded claims.
claims_recorded: list[Callable[[], object]] = []


def tell() -> None:
    """After the current transaction commits, nudge whoever listens."""
    for listener in claims_recorded:
        transaction.on_commit(listener, robust=True)
