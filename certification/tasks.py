"""Celery's way into certification: the nudge after news from below, and the job of an issuing run."""

import logging
import uuid
from datetime import date
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification import assessing, issuing, limiting, qualifying, reminding, standardising
from certification.models import TrainingStandard
from courses.models import TrainingYear
from lms.jobs.running import IMPATIENT, Running, enqueue, handler
from lms.registry.models import Person, Post, Region, User

logger = logging.getLogger(__name__)
#: What one message takes up of each queue; more waits for the next, so that no message runs for minutes.
BATCH = 500
#: People judged per step of a dry run, and changes it names.
TRIED, MOST_CHANGES = 2_000, 5_000


@shared_task(expires=60)  # behind a long job, old nudges would only pile up
def assess_changed() -> None:
    """Take up what changed below: claims of rosters, training years, passed runs. Safe to run at any time."""
    qualifying.take_up_claims(BATCH)
    assessing.assess_pending(BATCH)
    issuing.issue_pending(BATCH)
    limiting.forget()


@shared_task(expires=3600)
def remind_today() -> None:
    """Ask for today's reminders; asking again on the same day asks for nothing new."""
    today = timezone.localdate().isoformat()
    enqueue("remind", {"day": today}, key=f"remind:{today}")


@handler("remind", label=_("Reminders of the day"))
def remind(job: Running) -> dict[str, Any]:
    """Tell managers, holders and bureaus what is due, some institutions at a time; nobody is told twice."""
    today = date.fromisoformat(job.args["day"])
    told = job.result.get("told", 0)
    while True:
        after = uuid.UUID(job.cursor["after"]) if job.cursor else None
        with transaction.atomic():
            new, last = reminding.remind_sites(today, after)
            if last is None:
                return {"told": told + reminding.remind_of_entries(today)}
            told += new
            job.step(job.done + 1, {"after": str(last)}, result={"told": told})


def nudge() -> None:
    """Ask a worker to look at what has changed. A broker that is down costs only time: beat asks again."""
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            assess_changed.apply_async(connection=connection, retry=False)
    except Exception as trouble:  # whatever the transport raises, the request must not fail
        logger.warning("Broker unreachable (%s); beat will assess what changed.", type(trouble).__name__)


@handler("try_standard", label=_("Dry run of a standard"))
def try_standard(job: Running) -> dict[str, Any]:
    """What a draft would do to everybody on post in its region in `year`; nothing is kept but the answer.

    Result: {"asked", "reached": [before, after], "changes": [[person, before, after, missing]], "changed", "url"}; of
    the changes at most MOST_CHANGES are named, `changed` counts all.
    """
    standard = TrainingStandard.objects.select_related("region").get(pk=job.args["standard"])
    year: int = job.args["year"]
    people = standardising.candidates(standard, year)
    url = f"{reverse('bureau_standard', args=[standard.pk])}?run={job.id}"
    result: dict[str, Any] = job.result or {
        "asked": [0, 0],
        "reached": [0, 0],
        "changes": [],
        "changed": 0,
        "year": year,
        "url": url,
    }
    for start in range(job.done, len(people), TRIED):
        chunk = people[start : start + TRIED]
        with transaction.atomic():
            found = standardising.trial(standard, chunk, year)
            named = [[str(one.person_id), one.before, one.after, one.missing] for one in found.changes]
            result = result | {
                "asked": [old + new for old, new in zip(result["asked"], found.asked, strict=True)],
                "reached": [old + new for old, new in zip(result["reached"], found.reached, strict=True)],
                "changes": [*result["changes"], *named][:MOST_CHANGES],
                "changed": result["changed"] + len(found.changes),
            }
            job.step(start + len(chunk), {}, len(people), result=result)
    return result


@handler("issue_certificates", label=_("Issue certificates"))
def issue_certificates(job: Running) -> dict[str, Any]:
    """Yearly certificates of everybody with hours in `year` (and a post in `region`), a chunk at a time.

    Result: {"issued", "kept", "refused": {code: count}}. What stands already is kept, so that a run which was
    killed or is asked for again issues only what is missing.
    """
    year: int = job.args["year"]
    people = candidates(year, job.args.get("region") or "")
    by = User.objects.filter(pk=job.owner_id).first() if job.owner_id else None
    total = people.count()
    result: dict[str, Any] = job.result or {"issued": 0, "kept": 0, "refused": {}}
    while True:
        with transaction.atomic():
            after = uuid.UUID(job.cursor["after"]) if job.cursor else uuid.UUID(int=0)
            ids = list(people.filter(pk__gt=after).values_list("pk", flat=True)[: issuing.CHUNK])
            if not ids:
                return result
            outcome = issuing.issue_year_of(ids, year, by=by)
            refused = dict(outcome.refused)
            result = {
                "issued": result["issued"] + len(outcome.issued),
                "kept": result["kept"] + len(outcome.kept),
                "refused": {
                    code: result["refused"].get(code, 0) + refused.get(code, 0)
                    for code in sorted({*result["refused"], *refused})
                },
            }
            job.step(job.done + len(ids), {"after": str(ids[-1])}, total, result=result)


def candidates(year: int, region: str = "") -> "QuerySet[Person]":
    """People with hours in `year`, by key; with `region` (a code) only those who ever had a post there."""
    people = Person.objects.filter(Exists(TrainingYear.objects.filter(person=OuterRef("pk"), year=year)))
    if region:
        within = Region.objects.within(Region.objects.get(code=region))
        people = people.filter(Exists(Post.objects.filter(person=OuterRef("pk"), institution__region__in=within)))
    return people.order_by("pk")
