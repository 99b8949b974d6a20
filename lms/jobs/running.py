"""Jobs from wish to end: asked for, claimed, carried on chunk by chunk, finished or given back.

The row decides everything. A worker owns a job while the row carries its claim; every chunk of work
commits together with the row's progress under that claim, or not at all. So a killed worker loses
nothing that was committed, and a worker that was overtaken can't do anything twice.
"""

import logging
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Case, F, IntegerField, When
from django.db.models.functions import Coalesce, Now
from django.db.transaction import TransactionManagementError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.jobs.errors import DomainError
from lms.jobs.models import ENDED_IN_VAIN, FINISHED, Job, JobState

logger = logging.getLogger(__name__)

#: How long a worker may be silent before another takes its job; a chunk must be much shorter.
LEASE = timedelta(seconds=60)
#: How old a nudge must be before the sweep sends another; also the pause before a crashed job's next try.
RESEND_AFTER = timedelta(seconds=10)
#: Jobs one sweep nudges at most, so that a long queue doesn't flood the broker.
SWEEP_LIMIT = 100
#: Tries without any progress after which a job fails with `job_gave_up`.
MAX_ATTEMPTS = 5
#: The message a worker listens to. Sent by name: this floor doesn't import its edges.
RUN_TASK = "lms.jobs.tasks.run_job"
#: A page that asks for a job doesn't wait for a broker that is down; by default it would for six seconds.
IMPATIENT = {"max_retries": 1, "interval_start": 0, "socket_connect_timeout": 2}


class LeaseLost(Exception):
    """The job was cancelled or taken over; the chunk that notices must roll back."""


@dataclass
class Running:
    """A job in the hands of one worker, as its handler sees it."""

    id: uuid.UUID
    kind: str
    args: dict[str, Any]
    cursor: dict[str, Any]
    done: int
    total: int | None
    result: dict[str, Any]
    owner_id: int | None
    claim: uuid.UUID
    progress: Callable[[int, int | None], None] | None = None

    def step(
        self,
        done: int,
        cursor: dict[str, Any],
        total: int | None = None,
        *,
        result: dict[str, Any] | None = None,
    ) -> None:
        """Record progress inside the transaction of the chunk it belongs to, and prolong the lease.

        `done` counts units from the job's start, `cursor` is all the handler needs to go on from here,
        `result` what to show so far (kept when not given, and there again after a crash). A total that
        turns out too small grows with `done`. Raises `LeaseLost`, and with it rolls the chunk back,
        when the job is no longer this worker's.
        """
        if not transaction.get_connection().in_atomic_block:
            raise TransactionManagementError("step() must run inside the transaction of its chunk.")
        total = self.total if total is None else total
        total = total if total is None else max(total, done)
        result = self.result if result is None else result
        held = Job.objects.filter(pk=self.id, claim=self.claim).update(
            done=done,
            cursor=cursor,
            total=total,
            result=result,
            heartbeat=Now(),
            lease_until=Now() + LEASE,
            # Tries count per spot: a job that moves on may be interrupted any number of times.
            attempts=Case(When(done__lt=done, then=0), default=F("attempts"), output_field=IntegerField()),
        )
        if not held:
            raise LeaseLost(self.id)
        self.done, self.cursor, self.total, self.result = done, cursor, total, result
        if self.progress:
            self.progress(done, total)

    def renew(self) -> None:
        """Prolong the lease during long preparations that have no progress to record yet."""
        if not Job.objects.filter(pk=self.id, claim=self.claim).update(heartbeat=Now(), lease_until=Now() + LEASE):
            raise LeaseLost(self.id)


Handler = Callable[[Running], dict[str, Any] | None]


@dataclass(frozen=True)
class Kind:
    work: Handler
    label: str | Promise


#: Every kind this version knows, filled by `handler` when the apps' tasks modules load.
KINDS: dict[str, Kind] = {}
UNNAMED = gettext_lazy("Job")


def handler(kind: str, *, label: str | Promise = UNNAMED) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind; `label` names the kind on screen.

    The function works in chunks, each in one `transaction.atomic()` that ends with `job.step(…)`, starts
    from `job.cursor` (empty at the beginning) and returns the result to show, or None to keep the one it
    gave `step`. Pages read from the result: `url` (where to go next), `refused` ({code: count}),
    `rejected` ([{"row", "column", "value", "code", "message"}]) and plain counts.
    """

    def register(work: Handler) -> Handler:
        if KINDS.setdefault(kind, Kind(work, label)).work is not work:
            raise ValueError(f"Two handlers for jobs of kind {kind!r}")
        return work

    return register


def enqueue(kind: str, args: dict[str, Any], *, owner_id: int | None = None, key: str | None = None) -> Job:
    """Write the job in the caller's transaction and nudge a worker once it has committed.

    With a `key`, asking again returns the job that is already waiting, running or done; a failed or
    cancelled one gives its key free. `args` must be JSON and free of ID and phone numbers.
    """
    job, created = _write(kind, args, owner_id, key)
    if created:
        transaction.on_commit(partial(nudge, job.pk))
    return job


def run_now(
    kind: str,
    args: dict[str, Any],
    *,
    owner_id: int | None = None,
    key: str | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Job:
    """Do a job at once in this process, for commands; `progress` hears (done, total) at every step.

    The row is kept all the same: a command killed on its way is carried on by the next worker. Refusals
    and crashes are recorded and raised again. Refuses `job_in_progress` when another worker holds the
    job of this key, `job_taken_away` when it was cancelled or taken over meanwhile.
    """
    job, _created = _write(kind, args, owner_id, key)
    held = _claim(job.pk, progress)
    if held is None:
        job.refresh_from_db()
        if job.state == JobState.DONE:
            return job
        raise DomainError("job_in_progress", _("This is already being done."), job=str(job.pk))
    try:
        _work(held)
    except LeaseLost as lost:
        raise DomainError("job_taken_away", _("The job was cancelled or taken over by another worker.")) from lost
    except DomainError as refusal:
        _fail(held, refusal.code, str(refusal))
        raise
    except Exception:
        _fail(held, "job_crashed", _("An error of ours stopped the job. What was finished is kept."))
        raise
    except KeyboardInterrupt:
        _let_go(held, JobState.CANCELLED)
        raise
    job.refresh_from_db()
    return job


def run(job_id: uuid.UUID) -> None:
    """Claim this job and do it; nothing happens when it is finished or in other hands."""
    held = _claim(job_id)
    if held is None:
        return
    try:
        _work(held)
    except LeaseLost:
        logger.warning("Job %s (%s) was cancelled or taken over.", held.id, held.kind)
    except DomainError as refusal:
        _fail(held, refusal.code, str(refusal))
    except Exception as crash:
        _log_crash(held, crash)
        _let_go(held, JobState.QUEUED, nudged_at=Now())


def label_of(kind: str) -> str | Promise:
    """What to call jobs of this kind on screen, also when this version no longer knows them."""
    return KINDS[kind].label if kind in KINDS else UNNAMED


def cancel(job_id: uuid.UUID) -> bool:
    """Stop a job that isn't finished; what its chunks have committed stays. False if it was too late."""
    stopped = (
        Job.objects.filter(pk=job_id)
        .exclude(state__in=FINISHED)
        .update(state=JobState.CANCELLED, claim=None, lease_until=None, finished_at=Now())
    )
    return bool(stopped)


def sweep() -> int:
    """Nudge workers about jobs nobody works on: lost messages, dead workers, crashed tries."""
    due = Job.objects.claimable().filter(nudged_at__lt=Now() - RESEND_AFTER)
    ids = list(due.order_by("nudged_at").values_list("pk", flat=True)[:SWEEP_LIMIT])
    Job.objects.filter(pk__in=ids).update(nudged_at=Now())
    for job_id in ids:
        nudge(job_id)
    return len(ids)


def nudge(job_id: uuid.UUID) -> None:
    """Tell the workers. A broker that is down costs only time: the sweep tells them again."""
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            current_app.send_task(RUN_TASK, [str(job_id)], connection=connection, retry=False)
    except Exception as trouble:  # whatever the transport raises, the request must not fail
        logger.warning("Broker unreachable (%s); the sweep will nudge job %s.", type(trouble).__name__, job_id)


def _write(kind: str, args: dict[str, Any], owner_id: int | None, key: str | None) -> tuple[Job, bool]:
    """The new row, or the one that already has this key, and whether it is new."""
    if kind not in KINDS:
        raise LookupError(f"No handler for jobs of kind {kind!r}")
    same = Job.objects.exclude(state__in=ENDED_IN_VAIN).filter(idempotency_key=key)
    if key is not None and (job := same.first()):
        return job, False
    try:
        with transaction.atomic():
            return Job.objects.create(kind=kind, args=args, owner_id=owner_id, idempotency_key=key), True
    except IntegrityError:
        if key is None:
            raise
        return same.get(), False


def _claim(job_id: uuid.UUID, progress: Callable[[int, int | None], None] | None = None) -> Running | None:
    """Take the job by compare-and-set, so that of any number of workers one gets it."""
    unheld = Job.objects.claimable().filter(pk=job_id)
    unheld.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=JobState.FAILED,
        claim=None,
        lease_until=None,
        finished_at=Now(),
        error_code="job_gave_up",
        error_message=_("The job stopped several times at the same place and was given up."),
    )
    claim = uuid.uuid4()
    unheld.update(
        state=JobState.RUNNING,
        claim=claim,
        lease_until=Now() + LEASE,
        heartbeat=Now(),
        started_at=Coalesce("started_at", Now()),
        attempts=F("attempts") + 1,
    )
    job = Job.objects.filter(pk=job_id, claim=claim).first()
    if job is None:
        return None
    return Running(
        id=job.pk,
        kind=job.kind,
        args=job.args,
        cursor=job.cursor,
        done=job.done,
        total=job.total,
        result=job.result,
        owner_id=job.owner_id,
        claim=claim,
        progress=progress,
    )


def _work(held: Running) -> None:
    kind = KINDS.get(held.kind)
    if kind is None:
        raise DomainError("job_kind_unknown", _("This version doesn't know this kind of job."))
    result = kind.work(held)
    if not _let_go(held, JobState.DONE, result=held.result if result is None else result):
        raise LeaseLost(held.id)


def _fail(held: Running, code: str, message: str) -> None:
    _let_go(held, JobState.FAILED, error_code=code, error_message=message)


def _let_go(held: Running, state: JobState, **changes: Any) -> bool:
    """Put the job down in this state if it is still ours; says whether it was."""
    if state in FINISHED:
        changes["finished_at"] = Now()
    return bool(
        Job.objects.filter(pk=held.id, claim=held.claim).update(
            state=state, claim=None, lease_until=None, heartbeat=Now(), **changes
        )
    )


def _log_crash(held: Running, crash: Exception) -> None:
    """The way to the crash without the exception's own words: those may quote a person's data."""
    where = "".join(traceback.format_tb(crash.__traceback__))
    logger.error("Job %s (%s) crashed: %s\n%s", held.id, held.kind, type(crash).__name__, where)
