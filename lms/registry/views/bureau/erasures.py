"""Erasing a person's data: one proposes, a supervisor decides; and how long everything is kept."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.registry import access, erasing
from lms.registry.access import only
from lms.registry.forms.privacy import ErasureForm
from lms.registry.models import RetentionPeriod, Role

PER_PAGE = 30
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def erasures(request: HttpRequest) -> HttpResponse:
    """Proposals, those that wait first; by POST, the decision on one."""
    acting = access.acting_of(request)
    rows = erasing.proposals(acting)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            proposal = access.one(rows, pk=request.POST.get("proposal", ""))
            grant = request.POST.get("act") == "grant"
            erasing.decide(by=acting, proposal=proposal, grant=grant)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The data are being erased.") if grant else _("Turned down."))
            return redirect("bureau_erasures")
    ordered = rows.order_by(F("decided_at").desc(nulls_first=True), "-proposed_at")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "refusal": refusal,
        "may_decide": acting.role in erasing.DECIDERS,
        "me": acting.user_id,
    }
    return render(request, "registry/erasures.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*erasing.PROPOSERS)
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Propose to erase one person's data."""
    acting = access.acting_of(request)
    person = access.one(access.people(acting).prefetch_related("documents"), pk=pk)
    form = ErasureForm(request.POST or None)
    refusal: DomainError | None = None
    try:
        erasing.refuse_unless_erasable(person)
        if form.is_valid():
            erasing.propose(by=acting, person=person, reason=form.cleaned_data["reason"])
            messages.success(request, _("Proposed. A supervisor decides; nothing is erased until then."))
            return redirect("bureau_erasures")
    except DomainError as error:
        refusal = error
    context = {"person": person, "form": form, "refusal": refusal}
    status = 200 if request.method != "POST" else 409 if refusal else 422
    return render(request, "registry/erase.html", context, status=status)


@require_safe
@only(*READERS)
def retention(request: HttpRequest) -> HttpResponse:
    """How long each kind is kept, and why."""
    return render(request, "registry/retention.html", {"periods": RetentionPeriod.objects.all()})
