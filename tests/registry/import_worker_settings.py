"""Settings of the real worker that test_import_kill starts: all of ours, with waiting times cut short.

The database and the fuses come through the environment; a fuse is a file that is taken away by the
worker that dies of it.
"""

import json
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

from lms.settings import *  # noqa: F403
from lms.settings import DATABASES

DATABASES["default"] |= json.loads(os.environ["JOBS_TEST_DATABASE"])
CELERY_BEAT_SCHEDULE = {"sweep-jobs": {"task": "lms.jobs.tasks.sweep", "schedule": 0.5}}


def burn(place: str) -> None:
    """If a fuse for this place is there, take it and kill -9 the whole process group."""
    fuse = Path(os.environ["JOBS_TEST_FUSES"], place)
    if fuse.exists():
        fuse.unlink()
        os.killpg(os.getpgrp(), signal.SIGKILL)


@worker_process_init.connect
def lay_fuses(**_: Any) -> None:
    """Small chunks, and a fuse before, inside and behind their transactions."""
    from lms.jobs import running
    from lms.registry import importing

    running.LEASE = timedelta(seconds=2)
    running.RESEND_AFTER = timedelta(seconds=0.5)
    importing.CHUNK = 10
    write, step = importing._write, running.Running.step

    def written(plan: Any, by: Any, upload: Any) -> None:
        write(plan, by, upload)
        burn(f"written-{plan.people[-1].name}" if plan.people else "written")

    def stepped(job: running.Running, done: int, *rest: Any, **more: Any) -> None:
        burn(f"committed-{done - importing.CHUNK}")
        step(job, done, *rest, **more)
        burn(f"stepped-{done}")

    importing._write = written
    running.Running.step = stepped  # type: ignore[method-assign, assignment]
