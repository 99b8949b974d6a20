"""Long work of this room, in chunks that each commit with their progress."""

import uuid
from datetime import date
from typing import Any

from celery import shared_task
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.jobs.running import Running, enqueue, handler
from lms.registry import keeping
from lms.registry.access import one
from lms.registry.models import Membership, Purpose, User
from reports import exporting, managing, rating, reminding
from reports.appraising import participants
from reports.forms import PeopleFilter
from reports.models import RatingRound
from reports.views import people_behind
from reports.views.bureau import hours_file
from reports.views.bureau.hours import file_name, form_of, outlooks_of

#: Institutions rated per transaction: some seconds at most, far below a job's lease.
CHUNK = 100


@handler("rate_institutions", label=_("Rate institutions"))
def rate_institutions(job: Running) -> dict[str, Any]:
    """Rate every institution of the round `args["round"]` (its key), a chunk at a time.

    Result: {"updated": new versions, "unchanged", "url"}. Whoever is rated already and hasn't changed gets
    no new version, so that the job may be stopped and asked for again.
    """
    round = RatingRound.objects.select_related("region").get(pk=job.args["round"])
    by = User.objects.filter(pk=job.owner_id).first() if job.owner_id else None
    everyone = participants(round)
    total = everyone.count()
    result = job.result or {"updated": 0, "unchanged": 0, "url": reverse("bureau_rating_round", args=[round.code])}
    while True:
        after = job.cursor.get("after")
        chunk = list((everyone.filter(pk__gt=after) if after else everyone)[:CHUNK])
        if not chunk:
            return result
        with transaction.atomic():
            rated = rating.rate(by=by, round=round, institutions=chunk)
            result = result | {
                "updated": result["updated"] + rated.changed,
                "unchanged": result["unchanged"] + rated.unchanged,
            }
            job.step(job.done + len(chunk), {"after": str(chunk[-1].pk)}, total, result=result)


@handler("export_rate", label=_("Export a figure"))
def export_rate(job: Running) -> dict[str, Any]:
    """The people behind a figure as a file of the one who asked, within what the role allows now.

    Args: `membership` (its key), `form` (csv or xlsx), `query` (the address's filter). One chunk: a file
    half written is worth nothing. Result: {"rows", "url"}.
    """
    by = one(Membership.objects.current(), pk=job.args["membership"], user_id=job.owner_id)
    rate, lines = people_behind(by, PeopleFilter(QueryDict(job.args["query"])))
    form = job.args["form"]
    job.renew()
    if form == "csv":
        content = b"".join(exporting.csv_lines(rate, lines))
    else:
        with exporting.xlsx(rate, lines) as book:
            content = book.read()
    with transaction.atomic():
        file = keeping.keep(
            content,
            name=exporting.file_name(rate, form),
            purpose=Purpose.EXPORT,
            content_type=exporting.TYPES[form],
            owner=by.user,
        )
        result = {"rows": len(lines), "url": reverse("private_file", args=[file.pk])}
        job.step(len(lines), {}, len(lines), result=result)
    return result


@handler("export_hours", label=_("Export hours of the year"))
def export_hours(job: Running) -> dict[str, Any]:
    """The list of hours as a file of the one who asked, within what the role allows now: see `export_rate`."""
    by = one(Membership.objects.current(), pk=job.args["membership"], user_id=job.owner_id)
    form, kind = form_of(by, QueryDict(job.args["query"])), job.args["form"]
    _everybody, rows = outlooks_of(by, form)
    job.renew()
    if kind == "csv":
        content = hours_file.hours_csv(rows)
    else:
        with hours_file.hours_xlsx(rows) as book:
            content = book.read()
    with transaction.atomic():
        file = keeping.keep(
            content,
            name=file_name(by, form, kind),
            purpose=Purpose.EXPORT,
            content_type=exporting.TYPES[kind],
            owner=by.user,
        )
        result = {"rows": len(rows), "url": reverse("private_file", args=[file.pk])}
        job.step(len(rows), {}, len(rows), result=result)
    return result


@shared_task(expires=3600)
def remind_of_hours_today() -> None:
    """Ask for today's reminders of hours; asking again on the same day asks for nothing new."""
    today = timezone.localdate()
    if reminding.reminders_due(today):
        enqueue("remind_of_hours", {"day": today.isoformat()}, key=f"remind_of_hours:{today}")


@handler("remind_of_hours", label=_("Reminders of hours"))
def remind_of_hours(job: Running) -> dict[str, Any]:
    """Tell people and their managers what is missing, some institutions at a time; nobody is told twice."""
    today = date.fromisoformat(job.args["day"])
    told = job.result.get("told", 0)
    while True:
        after = uuid.UUID(job.cursor["after"]) if job.cursor else None
        with transaction.atomic():
            new, last = reminding.remind_sites(today, after)
            if last is None:
                return {"told": told}
            told += new
            job.step(job.done + 1, {"after": str(last)}, result={"told": told})


for _kind, _label in managing.LABELS.items():
    handler(_kind, label=_label)(managing.work)
