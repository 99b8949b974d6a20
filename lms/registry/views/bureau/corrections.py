"""Requests for correction at the bureau that knows the person."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.registry import access, correcting
from lms.registry.access import only
from lms.registry.forms.privacy import CorrectionDecisionForm, CorrectionFilter
from lms.registry.models import CorrectionRequest, Role
from lms.registry.naming import called
from lms.registry.searching import CappedPaginator

PER_PAGE = 30
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)
OPEN = CorrectionRequest.State.OPEN


@require_safe
@never_cache
@only(*READERS)
def corrections(request: HttpRequest) -> HttpResponse:
    """What people of the region say is wrong about them."""
    rows = access.corrections(access.acting_of(request))
    waiting = rows.filter(state=OPEN).count()
    form = CorrectionFilter(request.GET)
    if form.is_valid():
        chosen = form.cleaned_data
        rows = rows.filter(**{name: chosen[name] for name in ("state", "about") if chosen[name]})
        if text := chosen["q"].strip():
            rows = rows.filter(person__in=called(text))
    page = CappedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    views = [(_("Waiting"), "state=open"), (_("All"), "")]
    context = {"page": page, "form": form, "waiting": waiting, "views": views}
    return render(request, "registry/corrections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def correction(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request with its evidence, and the bureau's answer."""
    acting = access.acting_of(request)
    row = access.one(access.corrections(acting), pk=pk)
    form = CorrectionDecisionForm()
    refusal: DomainError | None = None
    if request.method == "POST":
        form = CorrectionDecisionForm(request.POST)
        if form.is_valid():
            try:
                correcting.decide(by=acting, request=row, **form.cleaned_data)
            except DomainError as error:
                refusal = error
                row.refresh_from_db()
            else:
                messages.success(request, _("Answered. The person reads it on her page."))
                return redirect("bureau_corrections")
    context = {
        "row": row,
        "form": form,
        "refusal": refusal,
        "may_decide": acting.role in access.BUREAU and row.state == OPEN,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "registry/correction.html", context, status=status)
