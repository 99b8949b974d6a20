"""Jobs of this room: making the preview of a large roster, and reading a confirmed roster in."""

from datetime import date
from typing import Any

from celery import shared_task
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.jobs.running import Running, handler
from lms.registry import (
    absenting,
    access,
    batching,
    deduplicating,
    disclosing,
    erasing,
    exporting,
    importing,
    keeping,
    limiting,
    noticing,
    receiving,
    retaining,
    texting,
    undoing,
)
from lms.registry.departing import Departure
from lms.registry.models import Membership, Purpose, RosterUpload
from lms.registry.sessions import SessionStore


@shared_task(expires=60)
def mail_notices() -> None:
    """Mail what was told since the last time; the rows are the queue."""
    noticing.mail_waiting()


@shared_task(expires=60)
def send_codes() -> None:
    """Send the codes that are still waiting, and drop what signing in leaves behind for a while."""
    texting.deliver_waiting()
    texting.forget()
    limiting.forget()


@shared_task(expires=3600)
def clear_sessions() -> None:
    """Each night: drop sessions that ran out, which nobody closed."""
    SessionStore.clear_expired()


@shared_task(expires=600)
def keep_states() -> None:
    """Let posts follow the days: planned leave begins, probation runs out."""
    while absenting.keep_states():
        pass


@shared_task(expires=3600)
def search_for_duplicates() -> None:
    """Once a night: records that may be one person go to the queue."""
    deduplicating.ask_for_search(key=timezone.localdate().isoformat())


@handler(deduplicating.FIND, label=_("Search for duplicates"))
def find_duplicates(job: Running) -> dict[str, Any]:
    """Look through the whole register, a chunk of names and phones at a time."""

    def step(done: int, total: int) -> None:
        job.step(done, {"done": done}, total)

    return {"found": deduplicating.search(step, job.cursor.get("done", 0)), "url": reverse("bureau_duplicates")}


@handler(receiving.IMPORT, label=_("Roster import"))
def import_roster(job: Running) -> dict[str, Any]:
    """Read a roster in, chunk by chunk; goes on behind the last chunk that was committed."""
    upload = _upload(job)
    by = Membership.objects.select_related("user").get(pk=job.args["membership"])
    url = {"url": page_of(upload)}

    def step(answer: importing.Answer, read: int, total: int) -> None:
        job.step(read, {"read": read}, total, result=answer.as_dict() | url)

    resume = (importing.Answer.restored(job.result), job.cursor["read"]) if job.cursor else None
    left_on = job.args.get("left_on")
    departure = Departure(date.fromisoformat(left_on), upload.uploaded_at, upload) if left_on else None
    with upload.file.file.open("rb") as file:
        answer = importing.import_roster(
            file,
            by=by,
            region=upload.region,
            institution=upload.institution,
            keep=receiving.FINDINGS_KEPT,
            step=step,
            resume=resume,
            cleared=job.args["cleared"],
            alive=job.renew,
            upload=upload,
            departure=departure,
        )
    _finish(job, answer)
    deduplicating.ask_for_search(key=str(job.id))
    return answer.as_dict() | url


@handler(exporting.KIND, label=_("List of institutions"))
def export_institutions(job: Running) -> dict[str, Any]:
    """The institutions as a file of the one who asked, within what the role allows now.

    Args: `membership` (its key), `query` (the address's filter). One chunk: a file half written is worth nothing.
    """
    # The page's module is loaded with the addresses, when every app is ready; the jobs are known before that.
    from lms.registry.views.bureau.register import chosen_institutions, whole_region

    by = access.one(Membership.objects.current(), pk=job.args["membership"], user_id=job.owner_id)
    _form, rows = chosen_institutions(by, QueryDict(job.args["query"]))
    job.renew()
    with exporting.institutions_book(rows) as book:
        content = book.read()
    number = rows.count()
    with transaction.atomic():
        name = exporting.file_name(whole_region(by))
        file = keeping.keep(content, name=name, purpose=Purpose.EXPORT, content_type=exporting.XLSX, owner=by.user)
        result = {"rows": number, "url": reverse("private_file", args=[file.pk])}
        job.step(number, {}, number, result=result)
    return result


handler(batching.KIND, label=_("Check of a file before hiring"))(batching.answer_batch)
handler(disclosing.KIND, label=_("Copy of one's own data"))(disclosing.make_copy)
handler(erasing.KIND, label=_("Erasing a person's data"))(erasing.erase)


@shared_task(expires=3600)
def apply_retention() -> None:
    """Each night: remove what was kept long enough."""
    retaining.apply()


@handler(undoing.UNDO, label=_("Undoing a roster import"))
def undo_roster(job: Running) -> dict[str, Any]:
    """Take a roster's import back as far as nothing hangs on it."""
    return undoing.undo(job) | {"url": page_of(_upload(job))}


@handler(receiving.PREVIEW, label=_("Roster preview"))
def preview_roster(job: Running) -> dict[str, Any]:
    """Make the preview of a large roster. It writes nothing on its way, so it begins anew after a crash."""
    upload = _upload(job)

    def step(answer: importing.Answer, read: int, total: int) -> None:
        with transaction.atomic():
            job.step(read, {}, total)

    with upload.file.file.open("rb") as file:
        answer = importing.preview_roster(
            file, region=upload.region, institution=upload.institution, keep=receiving.FINDINGS_KEPT, step=step
        )
    with transaction.atomic():
        RosterUpload.objects.filter(pk=upload.pk).update(preview=answer.as_dict())
        _finish(job, answer)
    return {"rows": answer.rows, "url": page_of(upload)}


def page_of(upload: RosterUpload) -> str:
    """Where the uploader finds the roster again: at her institution's desk or the bureau's."""
    return reverse("institution_import_preview" if upload.institution_id else "bureau_roster", args=[upload.pk])


def _upload(job: Running) -> RosterUpload:
    return RosterUpload.objects.select_related("file", "region", "institution__region").get(pk=job.args["upload"])


def _finish(job: Running, answer: importing.Answer) -> None:
    """The number of rows is known now: totals and signatures below the people no longer count."""
    with transaction.atomic():
        job.step(answer.rows, job.cursor, answer.rows)
