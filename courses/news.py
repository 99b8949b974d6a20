"""News for higher rooms: who learnt something. The rows are the truth, this only nudges."""

from collections.abc import Callable

from django.db import transaction

#: Called without arguments after a commit that changed training years or enrolments.
learners_changed: list[Callable[[], object]] = []


def tell() -> None:
    """After the current transaction commits, nudge whoever listens."""
    for listener in learners_changed:
        transaction.on_commit(listener, robust=True)
