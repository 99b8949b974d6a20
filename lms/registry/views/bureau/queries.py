"""Checks before hiring that wait for a bureau: a near match, or a document registered under another name."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.registry import access, prechecking
from lms.registry.access import only
from lms.registry.forms.privacy import DecisionForm, QueryFilter
from lms.registry.models import Ban, EmploymentQuery, Role
from lms.registry.searching import CappedPaginator, named
from lms.registry.views.institution.queries import line

PER_PAGE = 30
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)


@require_safe
@never_cache
@only(*READERS)
def queries(request: HttpRequest) -> HttpResponse:
    """Questions of the region's institutions; those that wait longest first."""
    rows = prechecking.queries(access.acting_of(request))
    waiting = rows.filter(prechecking.WAITING)
    form = QueryFilter(request.GET)
    if form.is_valid():
        chosen = form.cleaned_data
        if chosen["state"] == "waiting":
            rows = waiting.order_by("asked_at")
        elif chosen["state"] == "decided":
            rows = rows.filter(decided_at__isnull=False)
        if chosen["answer"]:
            undecided = Q(answer=chosen["answer"], decided_at__isnull=True)
            rows = rows.filter(undecided | Q(decided_answer=chosen["answer"]))
        if text := chosen["q"].strip():
            rows = rows.filter(named(text) | named(text, "institution__name"))
    page = CappedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [line(row) for row in page],
        "form": form,
        "waiting": waiting.count(),
        "views": [
            (_("Waiting for an answer"), "state=waiting"),
            (_("Answered by the bureau"), "state=decided"),
            (_("All"), ""),
        ],
    }
    return render(request, "registry/bureau_queries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def query(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One question with what the register knows, and the bureau's answer to it."""
    acting = access.acting_of(request)
    row = access.one(prechecking.queries(acting).select_related("person", "decided_by"), pk=pk)
    form = DecisionForm()
    refusal: DomainError | None = None
    if request.method == "POST":
        form = DecisionForm(request.POST)
        if form.is_valid():
            try:
                prechecking.decide(by=acting, query=row, **form.cleaned_data)
            except DomainError as error:
                refusal = error
                row.refresh_from_db()
            else:
                messages.success(request, _("Answered. The institution reads the answer, not the reason."))
                return redirect("bureau_queries")
    _row, answer, word, due = line(row)
    context = {
        "query": row,
        "answer": answer,
        "word": word,
        "due": due,
        "form": form,
        "refusal": refusal,
        "may_decide": acting.role in access.BUREAU and answer == "wait",
        "alike": alike(row),
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "registry/bureau_query.html", context, status=status)


def alike(row: EmploymentQuery) -> list[Ban]:
    """Standing bans on people who bear the name that was asked about."""
    return list(Ban.objects.standing().filter(person__name=row.name).select_related("person", "region", "case")[:20])
