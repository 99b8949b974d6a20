"""Corrections of attendance that await their second person; the bureau has the same list of its region."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access, correcting
from courses.models import CorrectionProposal
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest) -> HttpResponse:
    return answer(request, "centre_corrections")


def answer(request: HttpRequest, route: str) -> HttpResponse:
    """The oldest first, what is recorded beside what is proposed; a refused decision keeps its words."""
    by = acting_of(request)
    rows = access.proposals(by)
    refusal: DomainError | None = None
    typed, key = request.POST.get("reason", "")[:300], request.POST.get("proposal", "")
    if request.method == "POST":
        try:
            correcting.refuse_unless_allowed(by)
            if not key:
                return redirect(route)
            proposal = access.one(rows, pk=key)
            if request.POST.get("act") == "confirm":
                correcting.confirm_correction(by=by, proposal=proposal)
                messages.success(request, _("The correction is confirmed, and the hours follow it."))
            else:
                correcting.reject_correction(by=by, proposal=proposal, reason=typed)
                messages.success(request, _("The correction is rejected; nothing has changed."))
            return redirect(route)
        except DomainError as error:
            if error.code == "not_found":
                raise
            refusal = error
    every = request.GET.get("state") == "all"
    shown = rows.order_by("-proposed_at") if every else rows.filter(state=CorrectionProposal.State.OPEN)
    page = CappedPaginator(shown if every else shown.order_by("proposed_at"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "every": every,
        "refusal": refusal,
        "typed": typed,
        "key": key,
        "may_decide": by.role in correcting.MAY_DECIDE,
        "session_route": "bureau_session" if route.startswith("bureau") else "centre_session",
    }
    return render(request, "courses/corrections.html", context, status=409 if refusal else 200)
