"""Celery's way into certification."""


def nudge() -> None:
    """Ask a worker to assess what has changed."""
