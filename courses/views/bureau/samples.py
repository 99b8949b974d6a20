"""Samples for audit: drawing them, and comparing each session's sheet with its record."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access, sampling
from courses.forms.reviewing import DrawForm, VerdictForm
from courses.models import SampledSession
from lms.jobs.errors import DomainError
from lms.registry import access as registry
from lms.registry.access import BUREAU, acting_of, only
from lms.registry.models import Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def page(request: HttpRequest) -> HttpResponse:
    """The samples there are; an officer draws another."""
    by = acting_of(request)
    regions = registry.regions(by).filter(Q(pk__in=[by.region_id]) | Q(centres__isnull=False))
    form = DrawForm(request.POST or None, regions=regions.distinct())
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            sample = sampling.draw(by=by, **form.cleaned_data)
        except DomainError as error:
            refusal = error
        else:
            return redirect("bureau_sample", pk=sample.pk)
    rows = access.samples(by).order_by("-drawn_at")
    context = {
        "page": CappedPaginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "refusal": refusal,
        "may_draw": by.role == Role.BUREAU_OFFICER,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/bureau/samples.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One sample: its sessions with sheet and record, to be judged one by one."""
    by = acting_of(request)
    sample = access.one(access.samples(by), pk=pk)
    form = VerdictForm(request.POST or None)
    refusal: DomainError | None = None
    key = request.POST.get("sampled", "")
    if request.method == "POST" and form.is_valid():
        verdict = (
            SampledSession.Verdict.DIFFERS if request.POST.get("act") == "differs" else SampledSession.Verdict.AGREES
        )
        try:
            row = access.one(access.sampled_sessions(by), sample=sample, pk=key)
            sampling.judge(by=by, sampled=row, verdict=verdict, note=form.cleaned_data["note"])
        except DomainError as error:
            if error.code == "not_found":
                raise
            refusal = error
        else:
            messages.success(request, _("Recorded."))
            return redirect("bureau_sample", pk=sample.pk)
    rows = sample.sessions.select_related("session__run__centre", "paper", "decided_by")
    context = {
        "sample": sample,
        "rows": rows,
        "form": form,
        "key": key,
        "refusal": refusal,
        "may_judge": by.role == Role.BUREAU_OFFICER,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/bureau/sample.html", context, status=status)
