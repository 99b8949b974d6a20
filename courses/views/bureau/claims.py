"""Claims of hours in the bureau's region: the queue, and one claim with its evidence, decided item by item."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, recognising
from courses.forms.claiming import ClaimFilter, DecisionForm
from courses.models import HourClaim, HourClaimItem
from lms.jobs.errors import DomainError
from lms.registry.access import BUREAU, acting_of, only
from lms.registry.models import Membership, Role
from lms.registry.searching import CappedPaginator, named

PAGE_SIZE = 50
OPEN = HourClaimItem.State.OPEN


@require_safe
@only(*BUREAU)
def page(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first; or everything."""
    form = ClaimFilter(request.GET or {"state": OPEN})
    rows = access.hour_claims(acting_of(request))
    rows = _filtered(rows, form.cleaned_data) if form.is_valid() else rows.none()
    rows = rows.annotate(
        n=Count("items", distinct=True), waiting=Count("items", filter=Q(items__state=OPEN), distinct=True)
    )
    page = CappedPaginator(rows.order_by("claimed_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    views = [(_("Awaiting decision"), "state=open"), (_("All"), "state=")]
    return render(request, "courses/bureau/claims.html", {"form": form, "page": page, "views": views})


def _filtered(rows: "QuerySet[HourClaim]", wanted: dict[str, str]) -> "QuerySet[HourClaim]":
    if text := wanted["q"].strip():
        rows = rows.filter(named(text, "person__name"))
    if wanted["source"]:
        rows = rows.filter(source=wanted["source"])
    if wanted["state"]:
        rows = rows.filter(Exists(HourClaimItem.objects.filter(claim=OuterRef("pk"), state=wanted["state"])))
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One claim: the paper beside its items; grant, grant less, refuse, or take back with a reason."""
    by = acting_of(request)
    claim = access.one(access.hour_claims(by), pk=pk)
    items = list(claim.items.select_related("decided_by"))
    refusal: DomainError | None = None
    typed = DecisionForm(request.POST) if request.method == "POST" else None
    if typed is not None and typed.is_valid():
        try:
            _decide(by, request.POST.get("act", ""), claim, typed)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Decided. She is told."))
            return redirect("bureau_claim", pk=claim.pk)
    counted = recognising.counted(items)
    context = {
        "claim": claim,
        "rows": [(item, counted.get(item.pk, 0)) for item in items],
        "typed": typed.data if typed is not None else {},
        "refusal": refusal,
        "may_decide": by.role == Role.BUREAU_OFFICER,
    }
    status = 409 if refusal else 422 if typed is not None else 200
    return render(request, "courses/bureau/claim.html", context, status=status)


def _decide(by: Membership, act: str, claim: HourClaim, typed: DecisionForm) -> None:
    given = typed.cleaned_data
    item = access.one(
        HourClaimItem.objects.select_related("claim__region", "claim__person"), claim=claim, pk=given["item"]
    )
    if act == "take_back":
        recognising.take_back(by=by, item=item, reason=given["reason"])
        return
    asked = item.asked_minutes if given["minutes"] is None else given["minutes"]
    recognising.decide(by=by, item=item, minutes=0 if act == "refuse" else asked, reason=given["reason"])
