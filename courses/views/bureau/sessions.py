"""Sessions in the bureau's region: who was there and what shows it; a closed one can be reopened."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, closing
from courses.forms import ANY, day_input
from courses.models import Attendance, Scan, Session
from lms.jobs.errors import DomainError
from lms.registry.access import BUREAU, acting_of, only
from lms.registry.models import Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 50


class SessionFilter(forms.Form):
    """Filters of the list; their state is the address."""

    STATES = [
        ANY,
        ("open", pgettext_lazy("session", "Over, not closed")),
        ("closed", pgettext_lazy("session", "Closed")),
        ("cancelled", pgettext_lazy("session", "Cancelled")),
        ("ahead", pgettext_lazy("session", "Still ahead")),
    ]

    q = forms.CharField(label=gettext_lazy("Run or training centre"), required=False, max_length=60)
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=STATES, required=False)
    since = forms.DateField(label=gettext_lazy("From day"), required=False, widget=day_input())
    until = forms.DateField(label=gettext_lazy("To day"), required=False, widget=day_input())


@require_safe
@only(*BUREAU)
def page(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    form = SessionFilter(request.GET)
    rows = access.sessions(acting_of(request)).with_counts()  # type: ignore[attr-defined]
    rows = _filtered(rows, form.cleaned_data) if form.is_valid() else rows.none()
    page = CappedPaginator(rows.order_by("-starts_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    views = [
        (_("All"), ""),
        (pgettext("session", "Over, not closed"), "state=open"),
        (pgettext("session", "Closed"), "state=closed"),
    ]
    context = {"form": form, "page": page, "views": views, "now": timezone.now()}
    return render(request, "courses/bureau/sessions.html", context)


def _filtered(rows: "QuerySet[Session]", wanted: dict[str, Any]) -> "QuerySet[Session]":
    now = timezone.now()
    if text := wanted["q"].strip():
        rows = rows.filter(
            Q(run__title__icontains=text) | Q(run__code__icontains=text) | Q(run__centre__name__icontains=text)
        )
    if wanted["since"]:
        rows = rows.filter(starts_at__date__gte=wanted["since"])
    if wanted["until"]:
        rows = rows.filter(starts_at__date__lte=wanted["until"])
    match wanted["state"]:
        case "open":
            return rows.filter(closed_at__isnull=True, cancelled_at__isnull=True, ends_at__lte=now)
        case "closed":
            return rows.filter(closed_at__isnull=False)
        case "cancelled":
            return rows.filter(cancelled_at__isnull=False)
        case "ahead":
            return rows.filter(starts_at__gt=now, cancelled_at__isnull=True)
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The roll as it stands, with its evidence; an officer may reopen it."""
    by = acting_of(request)
    session = access.one(access.sessions(by).select_related("room", "trainer"), pk=pk)
    refusal, typed = None, request.POST.get("reason", "")[:300]
    if request.method == "POST":
        try:
            closing.reopen_session(by=by, session=session, reason=typed)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The session is open again. Its centre can change the attendance."))
            return redirect("bureau_session", pk=session.pk)
    context = {
        "session": session,
        "rows": _roll(session),
        "papers": session.papers.select_related("file", "sent_by"),
        "acts": [
            {"when": act.at, "title": act.get_step_display(), "tone": "info", "text": " · ".join(_said(act))}
            for act in session.acts.select_related("by")
        ],
        "may_reopen": session.closed_at is not None and by.role == Role.BUREAU_OFFICER,
        "refusal": refusal,
        "typed": typed,
    }
    return render(request, "courses/bureau/session.html", context, status=409 if refusal else 200)


def _said(act: Any) -> list[str]:
    return [text for text in (str(act.by), act.reason) if text]


def _roll(session: Session) -> list[tuple[Attendance, Scan | None]]:
    """Everybody who is marked, by name, with what was scanned."""
    scans = {scan.person_id: scan for scan in session.scans.all()}
    rows = session.attendances.select_related("person", "recorded_by").prefetch_related("corrections__proposal")
    return [(row, scans.get(row.person_id)) for row in rows.order_by("person__sort_key", "person__name", "pk")]
