"""The check before hiring for a whole file of people, as a job.

The file is kept only until the job has answered it: then its content is removed, and what stays are the questions.
"""

import io
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry import auditing, keeping, prechecking
from lms.registry.errors import refuse
from lms.registry.models import EmploymentQuery, Membership, PrivateFile, Purpose
from lms.registry.rosters import columns as c
from lms.registry.rosters import read_roster
from lms.registry.rosters.container import read_bytes
from lms.registry.rosters.identity import mask_runs, normalise_id, parse_id_kind
from lms.registry.rosters.reading import RawRow
from lms.registry.rosters.values import parse_name

KIND = "precheck_batch"
MOST = 500
CHUNK = 25


def receive_batch(*, by: Membership, file: UploadedFile, purpose: str, consent: bool) -> Job:
    """Keep a file of people (columns 姓名 and 身份证号) and ask for the job that checks every one of them.

    Codes: not_allowed, consent_missing, purpose_missing, too_many_rows, and those of `read_roster`.
    """
    if by.role not in prechecking.ASKERS or by.institution_id is None:
        raise refuse("not_allowed")
    if not consent:
        raise refuse("consent_missing")
    if not purpose.strip():
        raise refuse("purpose_missing")
    content = read_bytes(file)
    sheet = read_roster(io.BytesIO(content), file.name or "")
    # One more than allowed is enough to know.
    if sum(1 for _, _ in zip(sheet.rows, range(MOST + 1), strict=False)) > MOST:
        raise refuse("too_many_rows")
    with transaction.atomic():
        stored = keeping.keep(
            content,
            name=file.name or "people",
            purpose=Purpose.ROSTER,
            content_type="application/octet-stream",
            owner=by.user,
        )
        args = {"file": str(stored.pk), "membership": by.pk, "purpose": mask_runs(purpose.strip())}
        job = running.enqueue(KIND, args, owner_id=by.user_id)
        auditing.record(by, "query.batch", stored, purpose=args["purpose"], after={"job": str(job.pk)})
    return job


def answer_batch(job: running.Running) -> dict[str, Any]:
    """Ask about every row, chunk by chunk; goes on behind the last chunk that was committed."""
    by = Membership.objects.select_related("user", "institution__region").get(pk=job.args["membership"])
    file = PrivateFile.objects.get(pk=job.args["file"])
    if file.erased_at is not None:  # everything was answered before the worker was stopped
        return job.result
    with file.file.open("rb") as stored:
        rows = list(read_roster(io.BytesIO(stored.read()), file.name).rows)
    result: dict[str, Any] = job.result or {"rows": 0, "may": 0, "may_not": 0, "wait": 0, "rejected": []}
    for start in range(job.cursor.get("rows", 0), len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        with transaction.atomic():
            for row in chunk:
                _ask_row(row, by, job, result)
            result["rows"] = start + len(chunk)
            job.step(result["rows"], {"rows": result["rows"]}, len(rows), result=result)
    with transaction.atomic():
        keeping.erase(file)
    return result


def rows_of(by: Membership, batch: UUID) -> list[EmploymentQuery]:
    """The questions of one file in the order they were asked, as far as `by` may see them."""
    return list(prechecking.queries(by).filter(batch=batch).order_by("asked_at", "pk"))


def _ask_row(row: RawRow, by: Membership, job: running.Running, result: dict[str, Any]) -> None:
    """One row's question, or why there was none; a value is kept masked."""
    column = c.NAME
    try:
        name = str(parse_name(row.cells.get(c.NAME)))
        column = c.ID_KIND
        kind = parse_id_kind(row.cells.get(c.ID_KIND))
        column = c.ID_NUMBER
        document = normalise_id(row.cells.get(c.ID_NUMBER), kind, today=timezone.localdate())
    except DomainError as refusal:
        result["rejected"].append(
            {"row": row.number, "column": column, "value": "", "code": refusal.code, "message": str(refusal)}
        )
        return
    query = prechecking.ask(
        by=by, name=name, document=document, purpose=job.args["purpose"], consent=True, batch=job.id
    )
    result[query.answer] += 1
