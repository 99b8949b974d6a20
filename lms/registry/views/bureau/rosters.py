"""Roster uploads at the bureau's desk: send, look at the preview, confirm, see what was done.

The institution's desk shows the same pages about its own roster; see `views/institution/rosters.py`.
"""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.jobs.views import panel_context
from lms.registry import access, departing, receiving, returning, undoing
from lms.registry.access import only
from lms.registry.errors import refuse, sentence_of
from lms.registry.models import Membership, Role, RosterUpload
from lms.registry.rosters.blank import blank_roster
from lms.registry.rosters.messages import MESSAGES

READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)
UPLOADS_PER_PAGE = 20
FINDINGS_PER_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Desk:
    """Where the pages stand: their URL names, and where one finds the people afterwards."""

    uploads: str
    upload: str
    refused: str
    template: str
    people: str


BUREAU = Desk("bureau_rosters", "bureau_roster", "bureau_roster_refused", "bureau_roster_template", "bureau_people")


class RosterForm(forms.Form):
    # An empty file is refused by the reader, with the same sentence as everywhere.
    file = forms.FileField(
        label=_("Roster file"),
        help_text=_("xlsx, xls or csv, at most 50 MB. You can drop the file onto the field."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv", "class": "form-control form-control-lg"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def rosters(request: HttpRequest) -> HttpResponse:
    """Rosters sent for the region or its institutions, and the form to send one."""
    return uploads_page(request, BUREAU)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def roster(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One roster: its preview with the button to confirm, then the job, then what it did."""
    return upload_page(request, pk, BUREAU)


@require_safe
@never_cache
@only(*READERS)
def refused(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The refused rows of a roster as a file to be corrected."""
    return refused_file(request, pk)


@require_safe
@only(*READERS)
def template(request: HttpRequest) -> HttpResponse:
    """The empty roster to fill in."""
    return template_file()


def uploads_page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The list of uploads; by POST, receive one more and go to its preview."""
    acting = access.acting_of(request)
    sent = request.method == "POST"
    form = RosterForm(request.POST, request.FILES) if sent else RosterForm()
    refusal: DomainError | None = None
    if sent and form.is_valid():
        try:
            upload = receiving.receive_roster(by=acting, file=form.cleaned_data["file"])
            return redirect(desk.upload, upload.pk)
        except DomainError as error:
            refusal = error
    page = Paginator(access.rosters(acting), UPLOADS_PER_PAGE).get_page(request.GET.get("page"))
    jobs = Job.objects.in_bulk([row.job_id for row in page if row.job_id])
    context = {
        "desk": desk,
        "form": form,
        "refusal": refusal,
        "page": page,
        "rows": [(row, *state_of(row, jobs.get(row.job_id) if row.job_id else None)) for row in page],
        "may_upload": may_upload(request),
    }
    return render(request, "registry/rosters.html", context, status=422 if sent else 200)


def upload_page(request: HttpRequest, pk: UUID, desk: Desk) -> HttpResponse:
    """One upload; by POST, confirm it, or release its held rows with a reason.

    A roster used meanwhile says so on the page, which shows its job.
    """
    acting = access.acting_of(request)
    upload = access.one(access.rosters(acting), pk=pk)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            _act(acting, upload, request.POST)
            return redirect(desk.upload, upload.pk)
        except DomainError as error:
            refusal = error
            upload.refresh_from_db(fields=["job_id", "preview", "undo_job_id", "undone_at"])
    job, undoing_job = receiving.import_job(upload), undoing.undo_job(upload)
    checking = receiving.preview_job(upload) if upload.preview is None else None
    answer = job.result if job is not None and job.result else upload.preview
    current = undoing_job or job or checking
    own = current is not None and current.owner_id == request.user.pk
    empty = receiving.is_empty(upload)
    ready = upload.preview is not None and not empty
    context: dict[str, Any] = {
        "desk": desk,
        "upload": upload,
        "refusal": refusal or (refuse("roster_empty") if empty else None),
        "empty": empty,
        "answer": answer,
        "refused_rows": refused_rows(answer) if answer else 0,
        "findings": Paginator(by_row(findings(answer)), FINDINGS_PER_PAGE).get_page(request.GET.get("page")),
        "cut": answer is not None and findings_cut(answer),
        "imported": job is not None and job.state == "done",
        "step": 3 if job is not None else 2,
        "may_confirm": may_upload(request) and ready and not undoing_job and (job is None or may_retry(job)),
        "may_release": acting.role == Role.BUREAU_OFFICER and not undoing_job and receiving.holds_rows(job),
        "may_undo": may_upload(request) and undoing.may_start(job, undoing_job),
        "undone": undone(undoing_job),
        "state": state_of(upload, current if current is not checking else None),
    }
    if ready and upload.preview is not None:
        context |= leaving(upload, request.POST)
    if current is not None and current.state != "done":
        # The panel refreshes itself for whoever started the job; others see how it stands.
        context |= {"panel": own, **panel_context(current), "refused": [], "rejected": [], "counts": []}
    return render(request, "registry/roster.html", context, status=409 if refusal else 200)


def _act(acting: Membership, upload: RosterUpload, posted: QueryDict) -> None:
    """What the pressed button asks for: release held rows, take the import back, or import."""
    if "release" in posted:
        receiving.release_held(by=acting, upload=upload, reason=posted.get("release", ""))
    elif "undo" in posted:
        undoing.start_undo(by=acting, upload=upload, reason=posted.get("undo", ""))
    else:
        left_on = parse_date_or_none(posted.get("left_on", "")) if "complete" in posted else None
        if "complete" in posted and left_on is None:
            raise refuse("leavers_day")
        receiving.start_import(by=acting, upload=upload, left_on=left_on, all_seen="all_seen" in posted)


def parse_date_or_none(typed: str) -> date | None:
    """A day as a date field sends it; None for anything else."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def leaving(upload: RosterUpload, posted: QueryDict) -> dict[str, Any]:
    """What the form says about those the list leaves out, with what was typed."""
    count, staff = receiving.leavers_of(upload)
    names = (upload.preview or {}).get("leavers", [])
    return {
        "leavers": names,
        "leavers_count": count,
        "leavers_staff": staff,
        "leavers_many": departing.many(count, staff),
        "leavers_unnamed": count - sum(len(place["names"]) for place in names),
        "complete": "complete" in posted,
        "left_on": posted.get("left_on") or timezone.localdate().isoformat(),
        "today": timezone.localdate().isoformat(),
    }


def undone(job: Job | None) -> dict[str, Any] | None:
    """What undoing has done, once it has ended, in the reader's language."""
    if job is None or job.state != "done":
        return None
    known = undoing.REASONS
    stayed = [
        row | {"message": known.get(row["code"]) or sentence_of(row["code"]) or ""} for row in job.result["stayed"]
    ]
    return job.result | {"stayed": stayed}


def refused_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The refused rows as a download; no copy of it is kept."""
    acting = access.acting_of(request)
    upload = access.one(access.rosters(acting), pk=pk)
    content = io.BytesIO(returning.refused_rows_file(by=acting, upload=upload))
    name = f"{PurePath(upload.file.name).stem}-{_('refused rows')}.xlsx"
    answer = FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def template_file() -> HttpResponse:
    """The empty roster as a download."""
    answer = HttpResponse(blank_roster(), content_type=XLSX)
    answer["Content-Disposition"] = (
        "attachment; filename=roster.xlsx; filename*=UTF-8''%E8%8A%B1%E5%90%8D%E5%86%8C.xlsx"
    )
    return answer


def may_upload(request: HttpRequest) -> bool:
    return access.acting_of(request).role in receiving.UPLOADERS


def may_retry(job: Job) -> bool:
    """A job that failed or was stopped may be started again."""
    return job.state in ("failed", "cancelled")


def state_of(upload: RosterUpload, job: Job | None) -> tuple[str, Any]:
    """(state, word) for the pill."""
    if upload.undone_at is not None:
        return "cancelled", _("Undone")
    if job is not None:
        return job.state, job.get_state_display()
    if upload.preview is None:
        return "running", _("Being checked")
    if receiving.is_empty(upload):
        return "refused", _("Nobody in it")
    return "proposed", _("Awaiting your confirmation")


def refused_rows(answer: dict[str, Any]) -> int:
    return int(answer["rows"]) - sum(int(answer[name]) for name in ("created", "updated", "unchanged", "held"))


def findings(answer: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Refused cells first, then held rows, then remarks; with the kind for the pill, in the reader's language."""
    if answer is None:
        return []
    refused = [finding | {"kind": "refused"} for finding in answer["rejected"]]
    held = [finding | {"kind": "held"} for finding in answer["warnings"] if finding["code"] == receiving.HELD]
    remarks = [finding | {"kind": "remark"} for finding in answer["warnings"] if finding["code"] != receiving.HELD]
    return [
        finding | {"message": MESSAGES.get(finding["code"], finding["message"])}
        for finding in (*refused, *held, *remarks)
    ]


def by_row(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings gathered by the row they stand in, each row where its gravest one would."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for finding in found:
        place = (finding.get("sheet", ""), finding["row"])
        row = rows.setdefault(place, {"kind": finding["kind"], "sheet": place[0], "row": place[1], "findings": []})
        row["name"] = row.get("name") or finding.get("name", "")
        row["findings"].append(finding)
    return list(rows.values())


def findings_cut(answer: dict[str, Any]) -> bool:
    """Whether there are more findings than were kept."""
    known = len(answer["rejected"]) + len(answer["warnings"])
    return known < sum(answer["refused"].values()) + sum(answer["warned"].values())
