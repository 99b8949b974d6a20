"""A job's way from wish to end, in one process: success beside refusal."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.db import connection, transaction
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError

from lms.jobs import running, tasks
from lms.jobs.errors import DomainError
from lms.jobs.models import Job, JobQuerySet, JobState
from tests.jobs.conftest import RecordingCelery
from tests.jobs.handlers import ID_NUMBER, Quoting, count, counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, running.Kind]:
    """The registry, put back as it was after the test."""
    copy = dict(running.KINDS)
    monkeypatch.setattr(running, "KINDS", copy)
    return copy


def queued(**changes: Any) -> Job:
    args = {"units": 12} | changes.pop("args", {})
    return Job.objects.create(kind="count_units", args=args, **changes)


def expire(job: Job) -> None:
    """Let the lease of whoever holds the job run out."""
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def reread(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


class TestEnqueue:
    def test_the_row_is_written_and_a_worker_nudged_after_commit(
        self, broker: RecordingCelery, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            job = running.enqueue("count_units", {"units": 3}, owner_id=7)
            assert broker.sent == []
        assert broker.sent == [("lms.jobs.tasks.run_job", [str(job.pk)])]
        row = reread(job)
        assert (row.state, row.owner_id, row.args) == (JobState.QUEUED, 7, {"units": 3})
        assert row.created_at is not None

    def test_a_rolled_back_caller_leaves_neither_row_nor_nudge(
        self, broker: RecordingCelery, django_capture_on_commit_callbacks: Any
    ) -> None:
        @transaction.atomic
        def caller() -> None:
            running.enqueue("count_units", {"units": 3})
            raise DomainError("refused", "No.")

        with django_capture_on_commit_callbacks(execute=True), pytest.raises(DomainError):
            caller()
        assert not Job.objects.exists()
        assert broker.sent == []

    def test_a_kind_without_handler_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(LookupError):
            running.enqueue("nobody_does_this", {})
        assert not Job.objects.exists()

    def test_the_same_key_is_the_same_job(
        self, broker: RecordingCelery, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            first = running.enqueue("count_units", {"units": 3}, key="roster 1")
            again = running.enqueue("count_units", {"units": 3}, key="roster 1")
            other = running.enqueue("count_units", {"units": 3}, key="roster 2")
        assert first.pk == again.pk != other.pk
        assert len(broker.sent) == 2

    @pytest.mark.parametrize(("end", "free"), [("done", False), ("failed", True), ("cancelled", True)])
    def test_only_a_job_that_ended_in_vain_gives_its_key_free(self, end: str, free: bool) -> None:
        job = running.enqueue("count_units", {"units": 3}, key="roster 1")
        code = "person_barred" if end == "failed" else ""
        Job.objects.filter(pk=job.pk).update(state=end, error_code=code, finished_at=Now())
        again = running.enqueue("count_units", {"units": 3}, key="roster 1")
        assert (again.pk != job.pk) is free

    def test_a_key_taken_in_the_same_moment_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The other's row appears between the look and the insert: the constraint tells, nothing breaks."""
        taken = queued(idempotency_key="roster 1")
        monkeypatch.setattr(JobQuerySet, "first", lambda self: None)
        assert running.enqueue("count_units", {"units": 3}, key="roster 1").pk == taken.pk


class TestBroker:
    def test_a_broker_that_is_down_costs_only_time(
        self, broker: RecordingCelery, django_capture_on_commit_callbacks: Any
    ) -> None:
        broker.down = True
        with django_capture_on_commit_callbacks(execute=True):
            job = running.enqueue("count_units", {"units": 3})
        assert reread(job).state == JobState.QUEUED

        broker.down = False
        Job.objects.update(nudged_at=Now() - running.RESEND_AFTER - timedelta(seconds=1))
        assert running.sweep() == 1
        assert broker.sent == [("lms.jobs.tasks.run_job", [str(job.pk)])]

    def test_a_real_refused_connection_returns_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Port 1 of this machine has no Redis: the request goes on, and soon."""
        celery = Celery("down", broker="redis://127.0.0.1:1/0", set_as_current=False)
        monkeypatch.setattr(running, "current_app", celery)
        before = time.monotonic()
        running.nudge(uuid.uuid4())
        assert time.monotonic() - before < 3

    def test_the_message_has_the_name_of_the_task(self) -> None:
        assert tasks.run_job.name == running.RUN_TASK


class TestRun:
    def test_a_job_is_done_once_however_often_it_is_nudged(self, units: None) -> None:
        job = queued()
        tasks.run_job(str(job.pk))
        tasks.run_job(str(job.pk))
        row = reread(job)
        assert row.state == JobState.DONE
        assert (row.done, row.total, row.result["created"]) == (12, 12, 12)
        assert row.claim is None
        assert row.finished_at is not None
        assert counted() == list(range(12))

    def test_a_nudge_about_no_job_does_nothing(self) -> None:
        running.run(uuid.uuid4())
        assert not Job.objects.exists()

    def test_a_refusal_fails_the_job_with_its_code_and_keeps_whole_chunks(self, units: None) -> None:
        job = queued(args={"refuse_at": 7})
        running.run(job.pk)
        row = reread(job)
        assert (row.state, row.error_code) == (JobState.FAILED, "person_barred")
        assert row.error_message == "This person is barred."
        assert counted() == list(range(5))

    def test_an_unknown_kind_fails_and_says_so(self) -> None:
        job = Job.objects.create(kind="from_a_newer_version")
        running.run(job.pk)
        assert reread(job).error_code == "job_kind_unknown"

    def test_a_crash_is_resumed_at_the_last_whole_chunk(self, units: None) -> None:
        job = queued(args={"crash_at": 7})
        running.run(job.pk)
        row = reread(job)
        assert (row.state, row.claim, row.cursor) == (JobState.QUEUED, None, {"next": 5})
        assert counted() == list(range(5))

        Job.objects.update(args={"units": 12})
        running.run(job.pk)
        assert reread(job).state == JobState.DONE
        assert counted() == list(range(12))

    def test_the_log_tells_where_it_crashed_but_not_the_words(
        self, units: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        running.run(queued(args={"crash_at": 7}).pk)
        assert "Quoting" in caplog.text
        assert "handlers.py" in caplog.text
        assert ID_NUMBER not in caplog.text

    def test_a_job_that_never_moves_is_given_up(self, units: None) -> None:
        job = queued(args={"crash_at": 0})
        for _try in range(running.MAX_ATTEMPTS):
            running.run(job.pk)
            assert reread(job).state == JobState.QUEUED
        running.run(job.pk)
        row = reread(job)
        assert (row.state, row.error_code) == (JobState.FAILED, "job_gave_up")
        assert counted() == []

    def test_progress_begins_the_tries_anew(self, units: None) -> None:
        job = queued(args={"crash_at": 7}, attempts=running.MAX_ATTEMPTS - 1)
        running.run(job.pk)
        assert reread(job).attempts == 0


class TestLease:
    def test_a_held_job_is_left_alone_and_an_expired_one_taken(self, units: None) -> None:
        job = queued()
        held = running._claim(job.pk)
        assert held is not None
        running.run(job.pk)
        assert reread(job).claim == held.claim
        assert counted() == []

        expire(job)
        running.run(job.pk)
        assert reread(job).state == JobState.DONE

    def test_who_was_overtaken_rolls_the_chunk_back_and_leaves_the_row_alone(
        self, units: None, kinds: dict[str, running.Kind]
    ) -> None:
        overtaker: list[running.Running | None] = []

        def dawdle(job: running.Running) -> None:
            expire(Job(pk=job.id))
            overtaker.append(running._claim(job.id))
            with transaction.atomic():
                count(1)
                job.step(1, {"next": 1})

        kinds["dawdle"] = running.Kind(dawdle, "Dawdling")
        job = Job.objects.create(kind="dawdle")
        running.run(job.pk)
        (other,) = overtaker
        row = reread(job)
        assert other is not None
        assert (row.state, row.claim, row.done) == (JobState.RUNNING, other.claim, 0)
        assert counted() == []

    def test_who_was_overtaken_can_not_finish_either(self, kinds: dict[str, running.Kind]) -> None:
        def dawdle(job: running.Running) -> dict[str, Any]:
            expire(Job(pk=job.id))
            running._claim(job.id)
            return {"created": 1}

        kinds["dawdle"] = running.Kind(dawdle, "Dawdling")
        job = Job.objects.create(kind="dawdle")
        running.run(job.pk)
        assert (reread(job).state, reread(job).result) == (JobState.RUNNING, {})

    def test_renew_prolongs_the_lease_of_its_holder_only(self) -> None:
        job = queued()
        held = running._claim(job.pk)
        assert held is not None
        expire(job)
        held.renew()
        assert not Job.objects.claimable().exists()

        running.cancel(job.pk)
        with pytest.raises(running.LeaseLost):
            held.renew()

    def test_a_total_too_small_grows(self) -> None:
        job = queued()
        held = running._claim(job.pk)
        assert held is not None
        held.step(3, {}, total=2)
        assert (reread(job).done, reread(job).total) == (3, 3)


class TestCancel:
    def test_a_cancelled_job_stops_at_its_next_step(self, units: None, kinds: dict[str, running.Kind]) -> None:
        def count_two(job: running.Running) -> None:
            for unit in (1, 2):
                with transaction.atomic():
                    count(unit)
                    job.step(unit, {"next": unit})
                running.cancel(job.id)

        kinds["count_two"] = running.Kind(count_two, "Counting two")
        job = Job.objects.create(kind="count_two")
        running.run(job.pk)
        assert reread(job).state == JobState.CANCELLED
        assert counted() == [1]

    def test_a_finished_job_can_not_be_cancelled(self, units: None) -> None:
        waiting, finished = queued(), queued()
        running.run(finished.pk)
        assert running.cancel(waiting.pk) is True
        assert running.cancel(finished.pk) is False
        assert reread(finished).state == JobState.DONE
        running.run(waiting.pk)
        assert reread(waiting).state == JobState.CANCELLED


class TestSweep:
    @pytest.fixture
    def long_ago(self) -> Any:
        return Now() - running.RESEND_AFTER - timedelta(seconds=1)

    def test_only_jobs_nobody_works_on_are_nudged_again(self, broker: RecordingCelery, long_ago: Any) -> None:
        fresh, lost, dead, busy, stopped = (queued() for _ in range(5))
        for job in (dead, busy):
            running._claim(job.pk)
        expire(dead)
        running.cancel(stopped.pk)
        Job.objects.exclude(pk=fresh.pk).update(nudged_at=long_ago)
        tasks.sweep()
        assert {args[0] for _name, args in broker.sent} == {str(lost.pk), str(dead.pk)}

        tasks.sweep()
        assert len(broker.sent) == 2

    def test_one_sweep_does_not_flood_the_broker(
        self, broker: RecordingCelery, long_ago: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "SWEEP_LIMIT", 2)
        for _ in range(3):
            queued(nudged_at=long_ago)
        assert [running.sweep(), running.sweep(), running.sweep()] == [2, 1, 0]


class TestRunNow:
    def test_the_command_hears_every_step_and_gets_the_finished_job(self, units: None) -> None:
        heard: list[tuple[int, int | None]] = []
        job = running.run_now("count_units", {"units": 12}, progress=lambda *step: heard.append(step))
        assert job.state == JobState.DONE
        assert heard == [(5, 12), (10, 12), (12, 12)]

    def test_a_refusal_is_recorded_and_raised(self, units: None) -> None:
        with pytest.raises(DomainError) as refusal:
            running.run_now("count_units", {"units": 12, "refuse_at": 7})
        assert (refusal.value.code, refusal.value.context) == ("person_barred", {"unit": 7})
        assert Job.objects.get().error_code == "person_barred"

    def test_a_crash_is_recorded_and_raised(self, units: None) -> None:
        with pytest.raises(Quoting):
            running.run_now("count_units", {"units": 12, "crash_at": 7})
        row = Job.objects.get()
        assert row.error_code == "job_crashed"
        assert ID_NUMBER not in row.error_message

    def test_an_interrupted_command_leaves_no_job_behind(self, kinds: dict[str, running.Kind]) -> None:
        def interrupted(job: running.Running) -> None:
            raise KeyboardInterrupt

        kinds["interrupted"] = running.Kind(interrupted, "Interrupted")
        with pytest.raises(KeyboardInterrupt):
            running.run_now("interrupted", {})
        assert Job.objects.get().state == JobState.CANCELLED

    def test_a_key_in_other_hands_is_refused_and_a_finished_one_answered(self, units: None) -> None:
        job = queued(idempotency_key="year 2025")
        running._claim(job.pk)
        with pytest.raises(DomainError) as refusal:
            running.run_now("count_units", {"units": 12}, key="year 2025")
        assert refusal.value.code == "job_in_progress"

        expire(job)
        running.run(job.pk)
        assert running.run_now("count_units", {"units": 12}, key="year 2025").pk == job.pk
        assert counted() == list(range(12))

    def test_a_job_taken_away_is_refused(self, kinds: dict[str, running.Kind]) -> None:
        def cancelled(job: running.Running) -> None:
            running.cancel(job.id)

        kinds["cancelled"] = running.Kind(cancelled, "Cancelled")
        with pytest.raises(DomainError) as refusal:
            running.run_now("cancelled", {})
        assert refusal.value.code == "job_taken_away"


def test_one_kind_has_one_handler(kinds: dict[str, running.Kind]) -> None:
    with pytest.raises(ValueError, match="count_units"):
        running.handler("count_units", label="Other")(lambda job: None)


@pytest.fixture
def autocommit(transactional_db: None) -> Iterator[None]:
    assert not connection.in_atomic_block
    yield
    Job.objects.all().delete()


def test_a_step_outside_its_chunk_is_a_mistake_of_ours(autocommit: None) -> None:
    job = queued()
    held = running._claim(job.pk)
    assert held is not None
    with pytest.raises(TransactionManagementError):
        held.step(1, {})
    with transaction.atomic():
        held.step(1, {})
    assert reread(job).done == 1
