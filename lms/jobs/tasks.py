"""What the workers hear: a nudge about one job, and the sweep that beat sends every ten seconds."""

import uuid

from celery import shared_task

from lms.jobs import running


@shared_task
def run_job(job_id: str) -> None:
    running.run(uuid.UUID(job_id))


@shared_task(expires=10)  # behind a long job, old sweeps would only pile up
def sweep() -> None:
    running.sweep()
