"""Paper sheets that a bureau drew for audit, to be handed in by the centre."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access, sampling
from courses.forms.reviewing import SheetForm
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest) -> HttpResponse:
    """Sampled sessions of the centre, those without a sheet first; `sampled` says which sheet is sent."""
    by = acting_of(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    refusal: DomainError | None = None
    key = request.POST.get("sampled", "")
    if request.method == "POST" and form.is_valid():
        try:
            row = access.one(access.sampled_sessions(by), pk=key)
            sampling.hand_in(by=by, sampled=row, upload=form.cleaned_data["sheet"])
        except DomainError as error:
            if error.code == "not_found":
                raise
            refusal = error
        else:
            messages.success(request, _("The sheet has been handed in."))
            return redirect("centre_samples")
    rows = access.sampled_sessions(by).order_by("verdict", "-sample__drawn_at", "position")
    context = {
        "page": CappedPaginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "key": key,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/centre/sheets.html", context, status=status)
