"""The audit trail: who did what to whom, and whether the chain holds."""

from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.registry import access, auditing
from lms.registry.access import only
from lms.registry.forms import AuditFilter
from lms.registry.models import Role
from lms.registry.searching import CappedPaginator, named
from lms.registry.views.bureau import trail

PER_PAGE = 50
#: Entries at the end of the chain that the page checks each time; `verify_audit` checks all.
CHECKED = 500


@require_safe
@never_cache
@only(Role.BUREAU_SUPERVISOR, Role.PLATFORM_ADMIN)
def audit(request: HttpRequest) -> HttpResponse:
    """Acts by accounts of the supervisor's region, newest first; every act for the platform."""
    rows = access.audit_entries(access.acting_of(request)).order_by("-id")
    form = AuditFilter(request.GET)
    if form.is_valid():
        chosen = form.cleaned_data
        if text := chosen["q"].strip():
            rows = rows.filter(Q(action__startswith=text) | Q(subject_kind=text) | Q(subject_id=text))
        if name := chosen["actor"].strip():
            rows = rows.filter(named(name, "actor__name") | Q(actor__username=name))
        if chosen["role"]:
            rows = rows.filter(role=chosen["role"])
        if chosen["since"]:
            rows = rows.filter(at__gte=_midnight(chosen["since"]))
        if chosen["until"]:
            rows = rows.filter(at__lt=_midnight(chosen["until"] + timedelta(days=1)))
    page = CappedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    chain = auditing.verify(last=CHECKED)
    rows_shown = [(entry, trail.act_of(entry), trail.kind_of(entry), trail.details_of(entry)) for entry in page]
    context = {"page": page, "rows": rows_shown, "form": form, "chain": chain, "checked": min(chain.count, CHECKED)}
    return render(request, "registry/audit.html", context)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
