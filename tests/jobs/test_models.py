"""What the database itself refuses, whoever writes."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from lms.jobs.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "resting"},
        {"state": "running"},
        {"claim": uuid.UUID(int=1)},
        {"state": "done"},
        {"finished_at": Now()},
        {"state": "failed", "finished_at": Now()},
        {"error_code": "person_barred"},
        {"done": 3, "total": 2},
        {"done": -1},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_row_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    job = Job.objects.create(kind="count_units")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**changes)
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED


def test_two_living_jobs_can_not_share_a_key() -> None:
    Job.objects.create(kind="count_units", idempotency_key="roster 1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind="count_units", idempotency_key="roster 1")
