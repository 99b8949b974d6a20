"""Doubtful attendance: the queue of findings, and one finding with its evidence on one screen."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import access, reviewing, tasks
from courses.forms.reviewing import ReviewFilter, ReviewForm
from courses.models import Anomaly, Pattern, Scan, SessionPaper
from lms.jobs.errors import DomainError
from lms.registry.access import BUREAU, acting_of, only
from lms.registry.models import LeaveKind, Membership, Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 50
#: What was seen, in a sentence, from the facts of the evidence.
SEEN: Mapping[str, str | Promise] = {
    Pattern.TWO_PLACES: gettext_lazy("Marked as there at two sessions for the same %(minutes)s minutes."),
    Pattern.ON_LEAVE: gettext_lazy("On leave (%(kind)s) since %(since)s, and marked as there."),
    Pattern.ON_DUTY: gettext_lazy(
        "All %(people)s people who serve in the class %(group)s were at training at the same time on %(day)s."
    ),
    Pattern.BURST: gettext_lazy("%(people)s check-ins within %(seconds)s seconds."),
    Pattern.SHARED_DEVICE: gettext_lazy("One phone (%(device)s…) checked in %(people)s different people."),
    Pattern.FAR_AWAY: gettext_lazy("Scanned %(metres)s metres away from the room."),
    Pattern.IDENTICAL_TIMES: gettext_lazy(
        "All %(people)s people enrolled were there, from the same minute to the same minute."
    ),
    Pattern.LONG_DAY: gettext_lazy("%(minutes)s minutes credited on %(day)s."),
    Pattern.TRAINER_TWICE: gettext_lazy("%(trainer)s taught two sessions at once for %(minutes)s minutes."),
    Pattern.OUTLIER: gettext_lazy(
        "%(per_cent)s %% of all attendance is flawless; half the centres stay below %(median)s %%."
    ),
}


@require_safe
@only(*BUREAU)
def page(request: HttpRequest) -> HttpResponse:
    """The newest first; what waits unless the address says otherwise."""
    by = acting_of(request)
    form = ReviewFilter(request.GET)
    rows = access.anomalies(by)
    wanted = form.cleaned_data if form.is_valid() else {}
    state = wanted.get("state") or Anomaly.State.OPEN
    if state != "all":
        rows = rows.filter(state=state)
    if pattern := wanted.get("pattern"):
        rows = rows.filter(pattern=pattern)
    if text := wanted.get("q", "").strip():
        rows = rows.filter(Q(person__name__icontains=text) | Q(centre__name__icontains=text))
    page = CappedPaginator(rows.order_by("-found_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        row.seen = seen(row)
    context = {"form": form, "page": page, "may_look": by.role == Role.BUREAU_OFFICER}
    return render(request, "courses/bureau/reviews.html", context)


@require_POST
@only(Role.BUREAU_OFFICER)
def look(request: HttpRequest) -> HttpResponse:
    """Look through the last weeks again, in the background."""
    by = acting_of(request)
    assert by.region is not None
    return redirect(tasks.look_again(by=by, region=by.region))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The evidence, and the two answers for an officer."""
    by = acting_of(request)
    anomaly = access.one(access.anomalies(by), pk=pk)
    form = ReviewForm(request.POST or None)
    picked = request.POST.getlist("false")
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, by, anomaly, form.cleaned_data, picked)
        except DomainError as error:
            refusal = error
        else:
            return redirect("bureau_reviews")
    rows = list(reviewing.attendances_of(anomaly))
    scans = {
        (scan.session_id, scan.person_id): scan
        for scan in Scan.objects.filter(
            session__in={row.session_id for row in rows}, person__in={row.person_id for row in rows}
        )
    }
    for row in rows:
        row.scan = scans.get((row.session_id, row.person_id))  # type: ignore[attr-defined]
    sessions = {row.session_id: row.session for row in rows}
    papers = SessionPaper.objects.filter(session__in=sessions).select_related("session__run", "file")
    context = {
        "anomaly": anomaly,
        "seen": seen(anomaly),
        "rows": rows,
        "sessions": sessions.values(),
        "papers": papers,
        "form": form,
        "picked": picked or [str(row.pk) for row in rows],
        "refusal": refusal,
        "may_decide": by.role == Role.BUREAU_OFFICER and anomaly.state == Anomaly.State.OPEN,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/bureau/review.html", context, status=status)


def seen(anomaly: Anomaly) -> str:
    """What was seen, in the reader's language."""
    facts: dict[str, Any] = dict(anomaly.evidence.get("facts", {}))
    if "kind" in facts:
        facts["kind"] = LeaveKind(facts["kind"]).label
    return str(SEEN[anomaly.pattern]) % facts


def _decide(request: HttpRequest, by: Membership, anomaly: Anomaly, given: dict[str, Any], picked: list[str]) -> None:
    if request.POST.get("act") == "accept":
        reviewing.accept(by=by, anomaly=anomaly, reason=given["reason"])
        messages.success(request, _("Accepted. The hours stay."))
        return
    false = [UUID(key) for key in picked if key in anomaly.evidence.get("attendances", ())]
    reviewing.reject(by=by, anomaly=anomaly, reason=given["reason"], false=false, case_number=given["case_number"])
    messages.success(request, _("Rejected. The hours are reversed, and whoever is concerned is told."))
