"""News for higher rooms: certificates claimed in a roster, suspensions. The rows are the truth, this only nudges."""

from collections.abc import Callable

from django.db import transaction

#: Called without arguments after a commit that recorded claims.
claims_recorded: list[Callable[[], object]] = []
#: Called without arguments after a commit that recorded, ended or corrected a suspension.
suspensions_changed: list[Callable[[], object]] = []


def tell() -> None:
    """After the current transaction commits, nudge whoever listens."""
    for listener in claims_recorded:
        transaction.on_commit(listener, robust=True)


def tell_suspension() -> None:
    """After the current transaction commits, nudge whoever follows suspensions."""
    for listener in suspensions_changed:
        transaction.on_commit(listener, robust=True)
