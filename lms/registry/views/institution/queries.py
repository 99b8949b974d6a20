"""An institution asks before hiring: one person at once, or a file of them."""

import io
from typing import Any
from uuid import UUID

import xlsxwriter
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.jobs.views import panel_context
from lms.registry import access, batching, prechecking
from lms.registry.access import only
from lms.registry.forms.privacy import BatchForm, QueryForm
from lms.registry.middleware import STATUS
from lms.registry.models import Answer, EmploymentQuery

PER_PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*prechecking.ASKERS)
def queries(request: HttpRequest) -> HttpResponse:
    """Ask about one person or a file of people, and what was answered lately."""
    acting = access.acting_of(request)
    single, many = QueryForm(), BatchForm(prefix="file")
    refusal: DomainError | None = None
    try:
        if "file-purpose" in request.POST:
            many = BatchForm(request.POST, request.FILES, prefix="file")
            if many.is_valid():
                job = batching.receive_batch(by=acting, **many.cleaned_data)
                return redirect("institution_query_batch", batch=job.pk)
        elif request.method == "POST":
            single = QueryForm(request.POST)
            if single.is_valid():
                typed = single.cleaned_data
                wanted = {name: typed[name] for name in ("name", "document", "purpose", "consent")}
                asked = prechecking.ask(by=acting, **wanted)
                return redirect(f"{reverse('institution_queries')}?asked={asked.pk}")
    except DomainError as error:
        refusal = error
    rows = prechecking.queries(acting)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": single,
        "many": many,
        "many_open": many.is_bound,
        "refusal": refusal,
        "asked": _asked(request, acting),
        "page": page,
        "rows": [line(row) for row in page],
        "most": batching.MOST,
    }
    status = STATUS.get(refusal.code, 409) if refusal else 422 if request.method == "POST" else 200
    return render(request, "registry/queries.html", context, status=status)


@require_safe
@never_cache
@only(*prechecking.ASKERS)
def batch(request: HttpRequest, batch: UUID) -> HttpResponse:
    """One file: how far its job is, what was answered, which rows were no question."""
    acting = access.acting_of(request)
    job = _own_job(acting.user_id, batch)
    rows = batching.rows_of(acting, batch)
    context: dict[str, Any] = {
        "job": job,
        "rows": [line(row) for row in rows],
        "counts": [(answer.label, answer, job.result.get(answer, 0)) for answer in Answer],
        "refused_rows": job.result.get("rejected", []),
        "panel": not job.is_finished or job.state != "done",
    }
    if context["panel"]:
        context |= panel_context(job)
    return render(request, "registry/query_batch.html", context)


@require_safe
@never_cache
@only(*prechecking.ASKERS)
def batch_file(request: HttpRequest, batch: UUID) -> HttpResponse:
    """The answers of one file as a workbook; numbers stay masked."""
    acting = access.acting_of(request)
    _own_job(acting.user_id, batch)
    answer = HttpResponse(workbook(batching.rows_of(acting, batch)), content_type=XLSX)
    answer["Content-Disposition"] = "attachment; filename=answers.xlsx"
    return answer


def line(row: EmploymentQuery) -> tuple[EmploymentQuery, str, Any, Any]:
    """(question, answer that holds, its word, when the bureau must have answered)."""
    answer = Answer(prechecking.stands(row))
    return row, answer.value, answer.label, prechecking.due_at(row.asked_at) if answer == Answer.WAIT else None


def workbook(rows: list[EmploymentQuery]) -> bytes:
    """Every question with its answer as of now; all cells are text, so nothing becomes a formula."""
    file = io.BytesIO()
    headings = (
        pgettext("person", "Name"),
        _("Document number (masked)"),
        _("Answer"),
        _("Asked at"),
        _("What for"),
    )
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_("Answers"))
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(headings) - 1, 22)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, 1):
            moment = f"{timezone.localtime(row.asked_at):%Y-%m-%d %H:%M}"
            cells = (row.name, row.document_masked, str(line(row)[2]), moment, row.purpose)
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)
    return file.getvalue()


def _own_job(user_id: int, batch: UUID) -> Job:
    return access.one(Job.objects.owned_by(user_id).filter(kind=batching.KIND), pk=batch)


def _asked(request: HttpRequest, acting: Any) -> tuple[EmploymentQuery, str, Any, Any] | None:
    """The question just asked, to show its answer large."""
    if not (wanted := request.GET.get("asked")) or request.method == "POST":
        return None
    return line(access.one(prechecking.queries(acting), pk=wanted))
