"""Results of a run in bulk: passed or not, and the score."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from courses import access, passing
from courses.errors import refuse
from courses.models import CourseRun, EnrollmentState
from courses.passing import Result
from courses.views.centre.run import add_hours
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    by = acting_of(request)
    run = access.one(access.runs(by), pk=pk)
    rows = list(access.taking_part(run))
    for row in rows:
        row.choice = {EnrollmentState.PASSED: "pass", EnrollmentState.FAILED: "fail"}.get(row.state, "")  # type: ignore[attr-defined,call-overload]
        row.points = "" if row.score is None else str(row.score)  # type: ignore[attr-defined]
    if request.method != "POST":
        return _show(request, run, rows)
    try:
        changed = passing.record_results(by=by, results=_typed(request, rows))
    except DomainError as refusal:
        return _show(request, run, rows, refusal)
    words = ngettext("%(n)s result has been recorded.", "%(n)s results have been recorded.", changed)
    messages.success(request, words % {"n": changed} if changed else _("Nothing has changed."))
    return redirect("centre_results", pk=run.pk)


def _typed(request: HttpRequest, rows: Any) -> list[Result]:
    """What was chosen; every row keeps what was typed in it, in case it is refused."""
    results: list[Result] = []
    wrong = None
    for row in rows:
        row.choice = request.POST.get(f"result-{row.pk.hex}", "")
        row.points = request.POST.get(f"score-{row.pk.hex}", "").strip()
        if row.choice not in ("pass", "fail"):
            continue
        if row.points and not row.points.isdecimal():
            wrong = wrong or row
            continue
        results.append(Result(row, row.choice == "pass", int(row.points) if row.points else None))
    if wrong is not None:
        raise refuse("score_range", person=wrong.person.name)
    return results


def _show(request: HttpRequest, run: CourseRun, rows: Any, refusal: DomainError | None = None) -> HttpResponse:
    add_hours(run, rows)
    context = {
        "run": run,
        "rows": rows,
        "refusal": refusal,
        "undecided": sum(1 for row in rows if row.state == EnrollmentState.ENROLLED),
        "passed": sum(1 for row in rows if row.state == EnrollmentState.PASSED),
        "planned_minutes": sum(session.net_minutes for session in run.sessions.all()),
    }
    return render(request, "courses/centre/results.html", context, status=409 if refusal else 200)
