"""What every test of jobs needs: the table that is counted into, and the nudges that were sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from lms.jobs import running
from tests.jobs import handlers


@pytest.fixture
def units(db: None) -> Iterator[None]:
    """The table `counted_unit`, empty at the start and gone at the end."""
    with connection.cursor() as cursor:
        cursor.execute(handlers.CREATE_TABLE)
    yield
    with connection.cursor() as cursor:
        cursor.execute(handlers.DROP_TABLE)


class RecordingCelery:
    """Stands where Celery's application does; keeps what would have been sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[str]]] = []
        self.down = False

    @contextmanager
    def connection_for_write(self, **options: object) -> Iterator[None]:
        if self.down:
            raise ConnectionError("no broker")
        yield

    def send_task(self, name: str, args: list[str], **options: object) -> None:
        self.sent.append((name, args))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> RecordingCelery:
    celery = RecordingCelery()
    monkeypatch.setattr(running, "current_app", celery)
    return celery
