"""Receiving a roster: judged, kept as it was sent, previewed, and once confirmed handed to a job."""

import io
from datetime import date

import filetype
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from lms.jobs import running
from lms.jobs.models import ENDED_IN_VAIN, Job, JobState
from lms.registry import auditing, departing, importing
from lms.registry.errors import refuse
from lms.registry.keeping import keep
from lms.registry.models import Membership, Purpose, Role, RosterUpload
from lms.registry.rosters import read_roster
from lms.registry.rosters.container import read_bytes

IMPORT = "import_roster"
PREVIEW = "preview_roster"
#: Larger rosters are previewed by a job: a page shouldn't make anybody wait for seconds.
PREVIEW_AT_ONCE = 5000
#: Findings of a kind kept in full with an upload and its job; their counts are always complete.
FINDINGS_KEPT = 1000
#: Who sends rosters: a bureau for its region, a manager for her institution. Others only read.
UPLOADERS = (Role.BUREAU_OFFICER, Role.INSTITUTION_MANAGER)
#: The remark on a row that waits for a human.
HELD = "id_held_near_match"


def receive_roster(*, by: Membership, file: UploadedFile) -> RosterUpload:
    """Keep an uploaded roster for the uploader's institution or region, with its preview or a job making one.

    Codes: not_allowed, and those of `read_roster` for a file that is no roster; such a file isn't kept.
    """
    if by.role not in UPLOADERS:
        raise refuse("not_allowed")
    content = read_bytes(file)
    name = file.name or "roster"
    sheet = read_roster(io.BytesIO(content), name)
    with transaction.atomic():
        stored = keep(
            content,
            name=name,
            purpose=Purpose.ROSTER,
            content_type=filetype.guess_mime(content[:8192]) or "text/csv",
            owner=by.user,
        )
        upload = RosterUpload.objects.create(
            file=stored, region=by.region, institution=by.institution, uploaded_by=by.user
        )
        if sheet.total <= PREVIEW_AT_ONCE:
            answer = importing.preview_roster(sheet, region=by.region, institution=by.institution, keep=FINDINGS_KEPT)
            upload.preview = answer.as_dict()
            upload.save(update_fields=["preview"])
        else:
            args = {"upload": str(upload.pk)}
            running.enqueue(PREVIEW, args, owner_id=by.user_id, key=_preview_key(upload))
        auditing.record(by, "roster.receive", upload, after={"sha256": stored.sha256})
    return upload


def start_import(*, by: Membership, upload: RosterUpload, left_on: date | None = None, all_seen: bool = False) -> Job:
    """Confirm a previewed roster: a job reads it in.

    `left_on` declares the list complete: posts of those it leaves out end on that day. `all_seen`: more than one
    in five leave, and whoever confirms knows. A job that failed or was stopped may be started anew; what it wrote
    stays and counts as unchanged.
    Codes: not_allowed, roster_unchecked, roster_empty, roster_used, roster_undone, leavers_day, leavers_many,
    file_erased (its time was up, or it named somebody whose data were erased).
    """
    if by.role not in UPLOADERS:
        raise refuse("not_allowed")
    if left_on is not None and left_on > timezone.localdate():
        raise refuse("leavers_day")
    with transaction.atomic():
        row = RosterUpload.objects.select_for_update(of=("self",)).select_related("file").get(pk=upload.pk)
        earlier = import_job(row)
        if row.preview is None:
            raise refuse("roster_unchecked")
        if is_empty(row):
            raise refuse("roster_empty")
        if row.undo_job_id is not None:
            raise refuse("roster_undone")
        if row.file.erased_at is not None:
            raise refuse("file_erased")
        if left_on is not None and not all_seen and departing.many(*leavers_of(row)):
            raise refuse("leavers_many")
        if earlier is not None and earlier.state not in ENDED_IN_VAIN:
            raise refuse("roster_used")
        row.closes_leavers = left_on is not None
        said = {"left_on": left_on.isoformat()} if left_on else {}
        return _start(by, row, "roster.import", f"roster-import:{row.pk}", said)


def release_held(*, by: Membership, upload: RosterUpload, reason: str) -> Job:
    """The bureau has seen the documents: the rows held as near matches belong to other people.

    The roster is imported once more without holding them; what is known counts as unchanged.
    Codes: not_allowed, reason_missing, roster_used (nothing is held, or not any more), roster_undone, file_erased.
    """
    if by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    if not reason.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        row = RosterUpload.objects.select_for_update(of=("self",)).select_related("file").get(pk=upload.pk)
        if row.undo_job_id is not None:
            raise refuse("roster_undone")
        if row.file.erased_at is not None:
            raise refuse("file_erased")
        if not holds_rows(import_job(row)):
            raise refuse("roster_used")
        said = {"reason": reason.strip()}
        return _start(by, row, "roster.release", f"roster-release:{row.pk}:{row.job_id}", said)


def is_empty(upload: RosterUpload) -> bool:
    """Whether the roster was checked and has a header, but nobody under it."""
    return upload.preview is not None and not upload.preview["rows"]


def leavers_of(upload: RosterUpload) -> tuple[int, int]:
    """How many the preview found who are on post but not in the list, and how many are on post."""
    preview = upload.preview or {}
    return int(preview.get("left", 0)), int(preview.get("staff", 0))


def holds_rows(job: Job | None) -> bool:
    """Whether an import has ended with rows that wait for a human."""
    return job is not None and job.state == JobState.DONE and bool(job.result.get("held"))


def _start(by: Membership, row: RosterUpload, action: str, key: str, said: dict[str, str]) -> Job:
    """Ask for the job that imports `row`, held rows too when they are released, and record who did."""
    args = {"upload": str(row.pk), "membership": by.pk, "cleared": action == "roster.release"}
    args["left_on"] = said.get("left_on")
    job = running.enqueue(IMPORT, args, owner_id=by.user_id, key=key)
    row.job_id = job.pk
    row.save(update_fields=["job_id", "closes_leavers"])
    auditing.record(by, action, row, after={"job": str(job.pk), **said})
    return job


def import_job(upload: RosterUpload) -> Job | None:
    """The job that reads this roster in, or did."""
    return Job.objects.filter(pk=upload.job_id).first() if upload.job_id else None


def preview_job(upload: RosterUpload) -> Job | None:
    """The job that makes the preview of a large roster."""
    return Job.objects.filter(idempotency_key=_preview_key(upload)).order_by("-created_at").first()


def _preview_key(upload: RosterUpload) -> str:
    return f"roster-preview:{upload.pk}"
