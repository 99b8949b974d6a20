"""Several workers at one job at the same moment, with real threads and row locks."""

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from lms.jobs import running
from lms.jobs.models import Job, JobState
from tests.jobs import handlers

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WORKERS = 8
DEADLINE = 10.0  # seconds


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WORKERS) as pool:
        yield pool


def apart(act: Callable[..., Any], *args: Any) -> Any:
    """Run in a thread with a connection of its own, and close it."""
    try:
        return act(*args)
    finally:
        connection.close()


def wait_until_someone_waits_for_a_lock() -> None:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees its first look again
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() != (0,):
                return
    pytest.fail("Nobody waited for a lock.")


def test_of_many_workers_one_gets_the_job(threads: ThreadPoolExecutor) -> None:
    job = Job.objects.create(kind="count_units", args={"units": 12})
    together = Barrier(WORKERS)

    def claim() -> running.Running | None:
        together.wait(DEADLINE)
        return running._claim(job.pk)

    claims = [future.result() for future in [threads.submit(apart, claim) for _ in range(WORKERS)]]
    (winner,) = [held for held in claims if held]
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.claim, row.attempts) == (JobState.RUNNING, winner.claim, 1)


def test_of_many_askers_with_one_key_one_writes_the_job(threads: ThreadPoolExecutor) -> None:
    together = Barrier(WORKERS)

    def ask() -> uuid.UUID:
        together.wait(DEADLINE)
        return running.enqueue("count_units", {"units": 12}, key="roster 1").pk

    answers = {future.result() for future in [threads.submit(apart, ask) for _ in range(WORKERS)]}
    assert answers == {Job.objects.get().pk}


@pytest.fixture
def expired(units: None) -> tuple[Job, running.Running]:
    """A job whose worker still works although its lease has run out."""
    job = Job.objects.create(kind="count_units", args={"units": 12})
    held = running._claim(job.pk)
    assert held is not None
    Job.objects.update(lease_until=Now() - timedelta(seconds=1))
    return job, held


def test_a_late_step_that_came_first_keeps_the_job(
    expired: tuple[Job, running.Running], threads: ThreadPoolExecutor
) -> None:
    """The chunk holds the row; who wants to take over waits for its commit and then finds it leased."""
    job, held = expired
    overtaker: Future[running.Running | None]
    with transaction.atomic():
        handlers.count(1)
        held.step(1, {"next": 1})
        overtaker = threads.submit(apart, running._claim, job.pk)
        wait_until_someone_waits_for_a_lock()
    assert overtaker.result() is None
    assert Job.objects.get(pk=job.pk).claim == held.claim
    assert handlers.counted() == [1]


def test_a_late_step_that_came_second_is_rolled_back(
    expired: tuple[Job, running.Running], threads: ThreadPoolExecutor
) -> None:
    """The overtaker's claim isn't committed yet when the step arrives: the step waits, then is lost."""
    job, held = expired
    claimed, commit = Event(), Event()

    @transaction.atomic
    def overtake() -> running.Running | None:
        other = running._claim(job.pk)
        claimed.set()
        commit.wait(DEADLINE)
        return other

    @transaction.atomic
    def chunk() -> None:
        handlers.count(1)
        held.step(1, {"next": 1})

    overtaker = threads.submit(apart, overtake)
    claimed.wait(DEADLINE)
    late = threads.submit(apart, chunk)
    wait_until_someone_waits_for_a_lock()
    commit.set()
    with pytest.raises(running.LeaseLost):
        late.result()
    other = overtaker.result()
    assert other is not None
    assert Job.objects.get(pk=job.pk).claim == other.claim
    assert handlers.counted() == []
