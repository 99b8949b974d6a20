"""Background jobs of this room: enrolling the staff of whole institutions, following suspensions."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses import access, detecting, enrolling, suspending
from courses.errors import Refusal
from courses.models import CourseRun
from lms.jobs import running
from lms.jobs.models import Job
from lms.registry.errors import sentence_of
from lms.registry.models import Membership, Post, Region

logger = logging.getLogger(__name__)
ENROL_INSTITUTIONS = "enrol_institutions"
#: People per chunk: each chunk holds the run's row and the audit chain for well under a second.
CHUNK = 200
DETECT = "detect_anomalies"


@shared_task(expires=600)
def follow_suspensions() -> None:
    """Let attendances follow the suspensions on record."""
    suspending.follow_suspensions()


@shared_task(expires=3600)
def look_for_anomalies() -> None:
    """The nightly look for attendance that can't be."""
    detecting.detect_lately()


def nudge() -> None:
    """Ask a worker to follow them soon. A broker that is down costs only time: beat asks again."""
    try:
        with current_app.connection_for_write(transport_options=running.IMPATIENT) as connection:
            follow_suspensions.apply_async(connection=connection, retry=False)
    except Exception as trouble:  # whatever the transport raises, the request must not fail
        logger.warning("Broker unreachable (%s); beat will follow the suspensions.", type(trouble).__name__)


def enrol_institutions(*, by: Membership, run: CourseRun, institutions: list[uuid.UUID]) -> Job:
    """Ask for the staff on post at these institutions to be enrolled in the background."""
    args = {"run": str(run.pk), "institutions": sorted(map(str, institutions)), "by": by.pk}
    return running.enqueue(ENROL_INSTITUTIONS, args, owner_id=by.user_id)


@running.handler(ENROL_INSTITUTIONS, label=_("Enrol the staff of institutions"))
def work(job: running.Running) -> dict[str, Any]:
    """Chunk by chunk in the order of people's keys; a chunk done twice keeps who is enrolled already."""
    by = Membership.objects.select_related("user", "centre__region").get(pk=job.args["by"])
    run = access.one(access.runs(by), pk=job.args["run"])
    posts = access.staff(by).filter(institution_id__in=job.args["institutions"]).order_by("person_id", "pk")
    total = job.total if job.total is not None else posts.values("person_id").distinct().count()
    result: dict[str, Any] = job.result or {
        "created": 0,
        "kept": 0,
        "refused": {},
        "rejected": [],
        "url": reverse("centre_run", args=[run.pk]),
    }
    done, after = job.done, job.cursor.get("after")
    while chunk := _next_people(posts, after):
        with transaction.atomic():
            people = [post.person for post in chunk.values()]
            sent_by = {key: post.institution_id for key, post in chunk.items()}
            report = enrolling.enrol_many(by=by, run=run, people=people, institutions=sent_by)
            result = _add(result, report, done)
            done, after = done + len(people), str(people[-1].pk)
            job.step(done, {"after": after}, total, result=result)
    return result


def _next_people(posts: Any, after: str | None) -> dict[uuid.UUID, Post]:
    """The next people and the post that sends each; one who works at two sites comes once."""
    if after:
        posts = posts.filter(person_id__gt=after)
    keys = list(dict.fromkeys(posts.values_list("person_id", flat=True)[: CHUNK * 2]))[:CHUNK]
    chunk: dict[uuid.UUID, Post] = {}
    for post in posts.filter(person_id__in=keys):
        chunk.setdefault(post.person_id, post)
    return chunk


def _add(result: dict[str, Any], report: enrolling.EnrolReport, done: int) -> dict[str, Any]:
    refused, rejected = dict(result["refused"]), list(result["rejected"])
    for number, (person, code) in enumerate(report.refused, done + 1):
        refused[code] = refused.get(code, 0) + 1
        message = str(Refusal(code).label if code in Refusal.values else sentence_of(code))
        rejected.append({"row": number, "column": "", "value": person.name, "code": code, "message": message})
    return {
        **result,
        "created": result["created"] + len(report.enrolled),
        "kept": result["kept"] + len(report.kept),
        "refused": refused,
        "rejected": rejected,
    }


def look_again(*, by: Membership, region: Region) -> Job:
    """Ask for the last weeks of a region to be looked through in the background."""
    return running.enqueue(DETECT, {"region": region.code}, owner_id=by.user_id)


@running.handler(DETECT, label=_("Look for anomalies"))
def look(job: running.Running) -> dict[str, Any]:
    """One day after the other; a day looked through twice finds nothing twice."""
    region = Region.objects.get(code=job.args["region"])
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(detecting.DAYS_BACK, -1, -1)]
    found = int(job.cursor.get("found", 0))
    for number, day in enumerate(days[job.done :], job.done + 1):
        with transaction.atomic():
            found += detecting.detect(since=day, until=day + timedelta(days=1), region=region)
            job.step(number, {"found": found}, len(days))
    found += detecting.detect(since=days[0], until=today + timedelta(days=1), region=region)
    return {"created": found, "url": reverse("bureau_reviews")}
