"""Opening a run: what it is, and its sessions; later its places, and one more session."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import access, rescheduling, scheduling
from courses.forms.planning import Choices, Repeat, RunChangeForm, RunForm, SessionForm, SessionFormSet
from courses.models import Course, RunState
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def new(request: HttpRequest) -> HttpResponse:
    """One page without need of scripts: a generator fills rows of sessions, every row can be changed."""
    by = acting_of(request)
    assert by.centre is not None
    courses = access.courses(by)
    offered = {"choices": Choices(by.centre)}
    if request.method != "POST":
        course = _chosen(courses, request.GET.get("course", ""))
        form = RunForm(courses=courses, initial={"course": course, "title": course.title if course else ""})
        return _show(request, form, Repeat(prefix="repeat", **offered), SessionFormSet(prefix="s", form_kwargs=offered))
    form = RunForm(request.POST, courses=courses)
    rows = SessionFormSet(request.POST, prefix="s", form_kwargs=offered)
    if "generate" in request.POST:
        return _generate(request, RunForm(courses=courses, initial=_typed(form)), rows)
    repeat = Repeat(prefix="repeat", **offered)
    if not (form.is_valid() and rows.is_valid()):
        return _show(request, form, repeat, rows)
    plans = [row.plan() for row in rows if row.cleaned_data and not row.cleaned_data.get("DELETE")]
    try:
        run = scheduling.plan_run(by=by, centre=by.centre, sessions=plans, **form.cleaned_data)
    except DomainError as refusal:
        return _show(request, form, repeat, rows, refusal)
    messages.success(request, _("The run %(code)s has been made.") % {"code": run.code})
    return redirect("centre_run", pk=run.pk)


def _generate(request: HttpRequest, form: RunForm, rows: Any) -> HttpResponse:
    """Add the generated sessions to the rows there are, with all that was typed in them."""
    offered = rows.form_kwargs
    repeat = Repeat(request.POST, prefix="repeat", **offered)
    if not repeat.is_valid():
        return _show(request, form, repeat, rows)
    kept = [_typed(row) for row in rows if not row.data.get(row.add_prefix("DELETE"))]
    return _show(
        request, form, repeat, SessionFormSet(prefix="s", initial=[*kept, *repeat.rows()], form_kwargs=offered)
    )


def _typed(form: Any) -> dict[str, Any]:
    """What stands in the fields, right or wrong, without complaining about it yet."""
    return {name: form[name].value() for name in form.fields if name != "DELETE"}


def _chosen(courses: Any, key: str) -> Course | None:
    try:
        return courses.filter(pk=UUID(key)).first()
    except ValueError:
        return None


def _show(
    request: HttpRequest, form: RunForm, repeat: Repeat, rows: Any, refusal: DomainError | None = None
) -> HttpResponse:
    context = {"form": form, "repeat": repeat, "rows": rows, "refusal": refusal}
    return render(request, "courses/centre/run_new.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Title, place and number of places of a run that stands."""
    by = acting_of(request)
    run = access.one(access.runs(by).filter(state__in=[RunState.PLANNED, RunState.OPEN]), pk=pk)
    initial = {"title": run.title, "place": run.place, "capacity": run.capacity}
    form = RunChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            rescheduling.change_run(by=by, run=run, **form.cleaned_data)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The run has been changed."))
            return redirect("centre_run", pk=run.pk)
    status = 409 if refusal else 422 if request.method == "POST" else 200
    context = {"run": run, "form": form, "refusal": refusal, "heading": _("Change the run")}
    return render(request, "courses/centre/run_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more session of a run."""
    by = acting_of(request)
    run = access.one(access.runs(by).filter(state__in=[RunState.PLANNED, RunState.OPEN]), pk=pk)
    form = SessionForm(request.POST if request.method == "POST" else None, choices=Choices(run.centre))
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            rescheduling.add_session(by=by, run=run, plan=form.plan())
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The session has been added; everybody in the run is told."))
            return redirect("centre_run", pk=run.pk)
    status = 409 if refusal else 422 if request.method == "POST" else 200
    context = {"run": run, "form": form, "refusal": refusal, "heading": _("Add a session")}
    return render(request, "courses/centre/run_form.html", context, status=status)
