"""The audit trail: who did what to whom, and whether the chain holds."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.registry import access, auditing
from lms.registry.access import only
from lms.registry.forms import AuditFilter
from lms.registry.models import Role

PER_PAGE = 50
#: Words for the acts of every room, by their codes; an act without a word here shows its code.
ACTS = {
    "account.open": pgettext_lazy("act", "Account opened"),
    "account.password": pgettext_lazy("act", "Password changed"),
    "ban.annul": pgettext_lazy("act", "Ban annulled"),
    "ban.confirm": pgettext_lazy("act", "Ban confirmed"),
    "ban.keep": pgettext_lazy("act", "Annulment turned down"),
    "ban.propose": pgettext_lazy("act", "Ban proposed"),
    "ban.propose_annulment": pgettext_lazy("act", "Annulment of a ban proposed"),
    "ban.reject": pgettext_lazy("act", "Ban turned down"),
    "call_roll": pgettext_lazy("act", "Roll called"),
    "correct_attendance": pgettext_lazy("act", "Attendance corrected"),
    "credit": pgettext_lazy("act", "Hours credited"),
    "doubt_qualification": pgettext_lazy("act", "Certificate put in doubt"),
    "enrol": pgettext_lazy("act", "Enrolled"),
    "export_rate": pgettext_lazy("act", "Holding rate exported"),
    "file.read": pgettext_lazy("act", "File read"),
    "freeze_rate": pgettext_lazy("act", "Holding rate frozen"),
    "institution.register": pgettext_lazy("act", "Institution registered"),
    "issue_certificate": pgettext_lazy("act", "Certificate issued"),
    "membership.end": pgettext_lazy("act", "Role ended"),
    "membership.grant": pgettext_lazy("act", "Role granted"),
    "person.lookup": pgettext_lazy("act", "Person looked up"),
    "person.register": pgettext_lazy("act", "Person registered"),
    "person.update": pgettext_lazy("act", "Person updated"),
    "plan_run": pgettext_lazy("act", "Run planned"),
    "policy.published": pgettext_lazy("act", "Policy published"),
    "post.change": pgettext_lazy("act", "Post changed"),
    "post.end": pgettext_lazy("act", "Post ended"),
    "post.place": pgettext_lazy("act", "Placed on a post"),
    "post.update": pgettext_lazy("act", "Post updated"),
    "rating.close": pgettext_lazy("act", "Rating round closed"),
    "rating.open": pgettext_lazy("act", "Rating round opened"),
    "rating.rate": pgettext_lazy("act", "Institution rated"),
    "rating.score": pgettext_lazy("act", "Score entered"),
    "record_result": pgettext_lazy("act", "Result recorded"),
    "reverse_credit": pgettext_lazy("act", "Hours reversed"),
    "revoke_certificate": pgettext_lazy("act", "Certificate revoked"),
    "roster.receive": pgettext_lazy("act", "Roster uploaded"),
    "supersede_certificate": pgettext_lazy("act", "Certificate superseded"),
    "verify_qualification": pgettext_lazy("act", "Certificate verified"),
    "view_dossier": pgettext_lazy("act", "Personal file read"),
    "withdraw": pgettext_lazy("act", "Withdrawn from a run"),
}
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
            rows = rows.filter(Q(actor__name__icontains=name) | Q(actor__username=name))
        if chosen["role"]:
            rows = rows.filter(role=chosen["role"])
        if chosen["since"]:
            rows = rows.filter(at__gte=_midnight(chosen["since"]))
        if chosen["until"]:
            rows = rows.filter(at__lt=_midnight(chosen["until"] + timedelta(days=1)))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    chain = auditing.verify(last=CHECKED)
    rows_shown = [(entry, ACTS.get(entry.action, entry.action), _kind_of(entry.subject_kind)) for entry in page]
    context = {"page": page, "rows": rows_shown, "form": form, "chain": chain, "checked": min(chain.count, CHECKED)}
    return render(request, "registry/audit.html", context)


@cache
def _models() -> dict[str, Any]:
    return {model._meta.model_name or "": model for model in apps.get_models()}


def _kind_of(name: str) -> str:
    """The dictionary's word for a kind of subject."""
    model = _models().get(name)
    return str(model._meta.verbose_name) if model else name


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
