"""Opening a run: what it is, and its sessions."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import access, scheduling
from courses.forms import Repeat, RunForm, SessionFormSet
from courses.models import Course
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def new(request: HttpRequest) -> HttpResponse:
    """One page without need of scripts: a generator fills rows of sessions, every row can be changed."""
    by = acting_of(request)
    courses = access.courses(by)
    if request.method != "POST":
        course = _chosen(courses, request.GET.get("course", ""))
        form = RunForm(courses=courses, initial={"course": course, "title": course.title if course else ""})
        return _show(request, form, Repeat(prefix="repeat"), SessionFormSet(prefix="s"))
    form = RunForm(request.POST, courses=courses)
    rows = SessionFormSet(request.POST, prefix="s")
    if "generate" in request.POST:
        return _generate(request, RunForm(courses=courses, initial=_typed(request, form)), rows)
    repeat = Repeat(prefix="repeat")
    if not (form.is_valid() and rows.is_valid()):
        return _show(request, form, repeat, rows)
    plans = [row.plan() for row in rows if row.cleaned_data and not row.cleaned_data.get("DELETE")]
    given = form.cleaned_data
    try:
        run = scheduling.plan_run(
            by=by,
            course=given["course"],
            centre=by.centre,  # type: ignore[arg-type]  # a member of staff always has one
            title=given["title"],
            place=given["place"],
            capacity=given["capacity"],
            sessions=plans,
            open=given["open"],
        )
    except DomainError as refusal:
        return _show(request, form, repeat, rows, refusal)
    messages.success(request, _("The run %(code)s has been made.") % {"code": run.code})
    return redirect("centre_run", pk=run.pk)


def _generate(request: HttpRequest, form: RunForm, rows: Any) -> HttpResponse:
    """Add the generated sessions to the rows there are, with all that was typed in them."""
    repeat = Repeat(request.POST, prefix="repeat")
    if not repeat.is_valid():
        return _show(request, form, repeat, rows)
    kept = [{name: row[name].value() for name in row.fields if name != "DELETE"} for row in rows if not _deleted(row)]
    return _show(request, form, repeat, SessionFormSet(prefix="s", initial=[*kept, *repeat.rows()]))


def _deleted(row: Any) -> bool:
    return bool(row.data.get(row.add_prefix("DELETE")))


def _typed(request: HttpRequest, form: RunForm) -> dict[str, Any]:
    """What stands in the fields, right or wrong, without complaining about it yet."""
    return {name: form[name].value() for name in form.fields}


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
