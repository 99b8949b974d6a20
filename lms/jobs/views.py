"""A job's page, the part of it that refreshes itself, the list of one's own jobs, and the stop button."""

import math
import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.jobs import running
from lms.jobs.access import job_for, jobs_for
from lms.jobs.models import Job

#: Counts a result may carry, in the order they are shown, with their words on screen.
COUNT_LABELS = {
    "rows": _("Rows read"),
    "created": _("New"),
    "updated": _("Changed"),
    "unchanged": _("Unchanged"),
    "issued": _("Issued"),
    "kept": _("Already there"),
}
#: Rejected rows shown on the page; the whole list stands in the JSON.
ROWS_SHOWN = 200
JOBS_PER_PAGE = 30


@require_safe
@login_required
@never_cache
def job_page(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The job for people, or as JSON for programs that ask for it."""
    job = job_for(request.user, job_id)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        answer: HttpResponse = JsonResponse(as_json(job))
    else:
        answer = render(request, "jobs/job.html", panel_context(job))
    patch_vary_headers(answer, ["Accept"])
    return answer


@require_safe
@login_required
@never_cache
def job_panel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The part of the page that htmx fetches again until the job has ended."""
    return render(request, "jobs/_job.html", panel_context(job_for(request.user, job_id)))


@require_safe
@login_required
@never_cache
def job_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(jobs_for(request.user), JOBS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"job": job, "label": running.label_of(job.kind)} for job in page]
    return render(request, "jobs/list.html", {"page": page, "rows": rows})


@require_POST
@login_required
def job_cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Stop the job; when it has ended meanwhile, its page simply says how."""
    job = job_for(request.user, job_id)
    running.cancel(job.pk)
    return redirect(job)


def panel_context(job: Job) -> dict[str, Any]:
    """All that `jobs/_job.html` reads, for pages of other rooms that show a job inside their own."""
    rejected = job.result.get("rejected") or []
    refused = job.result.get("refused")
    return {
        "job": job,
        "label": running.label_of(job.kind),
        "remaining": remaining_words(job.remaining),
        "counts": [(label, job.result[name]) for name, label in COUNT_LABELS.items() if name in job.result],
        "refused": sorted(refused.items()) if isinstance(refused, dict) else [],
        "rejected": rejected[:ROWS_SHOWN],
        "rejected_total": len(rejected),
    }


def remaining_words(remaining: timedelta | None) -> str:
    """The estimate as a person would say it: in minutes, rounded up."""
    if remaining is None:
        return ""
    minutes = max(1, math.ceil(remaining.total_seconds() / 60))
    sentence = ngettext("About %(minutes)s minute left.", "About %(minutes)s minutes left.", minutes)
    return sentence % {"minutes": minutes}


def as_json(job: Job) -> dict[str, Any]:
    error = {"code": job.error_code, "message": job.error_message} if job.error_code else None
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "error": error,
        "result": job.result,
    }
