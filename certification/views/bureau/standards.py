"""Drafts of hour standards: written by one officer, tried out, published by a second person."""

import csv
import io
import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification import access, standardising
from certification.forms import StandardForm, TrialForm
from certification.models import TrainingStandard
from lms.jobs.access import jobs_for
from lms.jobs.errors import DomainError
from lms.jobs.models import Job, JobState
from lms.jobs.running import enqueue
from lms.registry.access import BUREAU, acting_of, one, only
from lms.registry.models import Membership, Person

#: Changes shown on the page; the file has all that the run names.
SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def new(request: HttpRequest) -> HttpResponse:
    """Draft a standard for the bureau's region or a part of it."""
    by = acting_of(request)
    assert by.region is not None
    form = StandardForm(request.POST if request.method == "POST" else None, within=by.region)
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            row = standardising.draft(by=by, region=form.cleaned_data["region"], values=form.values)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The draft is kept. Try it out; somebody else publishes it."))
            return redirect("bureau_standard", pk=row.pk)
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "certification/standard_form.html", {"form": form, "refusal": refusal}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say something else in a draft."""
    by = acting_of(request)
    assert by.region is not None
    row = one(access.standards(by).filter(published_at__isnull=True), pk=pk)
    form = StandardForm(request.POST if request.method == "POST" else None, within=by.region, standard=row)
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            standardising.change(by=by, standard=row, values=form.values)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The draft is kept."))
            return redirect("bureau_standard", pk=row.pk)
    context = {"form": form, "refusal": refusal, "standard": row}
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "certification/standard_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One standard: what it says; while it is a draft, what it would do, and putting it in force."""
    by = acting_of(request)
    row = one(access.standards(by), pk=pk)
    refusal: DomainError | None = None
    form = TrialForm(request.POST if "year" in request.POST else None, initial={"year": timezone.localdate().year})
    if request.method == "POST":
        try:
            if answer := _act(request, by, row, form):
                return answer
        except DomainError as error:
            refusal = error
    run = _run(request, row)
    context: dict[str, Any] = {
        "standard": row,
        "refusal": refusal,
        "form": form,
        "run": run,
        "own": row.drafted_by_id == by.user_id,
    }
    if run is not None:
        changes = _changes(row, run)
        sites = Counter(site for *_who, site in changes)
        context |= {"changes": changes[:SHOWN], "named": len(changes), "sites": sites.most_common(SHOWN)}
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "certification/standard.html", context, status=status)


def _act(request: HttpRequest, by: Membership, row: TrainingStandard, form: TrialForm) -> HttpResponse | None:
    """Try, publish or discard; None where nothing was asked for."""
    act = request.POST.get("act")
    if act == "try" and form.is_valid() and row.published_at is None:
        args = {"standard": str(row.pk), "year": form.cleaned_data["year"]}
        return redirect("job", job_id=enqueue("try_standard", args, owner_id=by.user_id).pk)
    if act == "publish":
        standardising.publish(by=by, standard=row)
        messages.success(request, _("Published. Everybody's year under it is judged anew."))
        return redirect("bureau_standard", pk=row.pk)
    if act == "discard":
        standardising.discard(by=by, standard=row)
        messages.success(request, _("The draft is gone."))
        return redirect("bureau_standards")
    return None


@require_safe
@only(*BUREAU)
def people(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Whose outcome a draft would change, as a file for spreadsheets."""
    row = one(access.standards(acting_of(request)), pk=pk)
    run = _run(request, row)
    out = io.StringIO()
    out.write("\ufeff")
    sheet = csv.writer(out)
    sheet.writerow([pgettext("person", "Name"), _("Institution"), _("Before"), _("After"), _("Minutes missing")])
    for person, before, after, missing, site in _changes(row, run) if run else []:
        sheet.writerow([person.name, site, _word(before), _word(after), missing])
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.code}.csv"'
    return answer


def _run(request: HttpRequest, row: TrainingStandard) -> Job | None:
    """The dry run asked for by its key, else this account's last one of the draft."""
    rows = jobs_for(request.user).filter(kind="try_standard", state=JobState.DONE, args__standard=str(row.pk))
    try:
        wanted = uuid.UUID(request.GET["run"]) if "run" in request.GET else None
    except ValueError:
        wanted = None
    return (rows.filter(pk=wanted) if wanted else rows.order_by("-created_at")).first()


def _changes(row: TrainingStandard, run: Job) -> list[tuple[Person, bool | None, bool | None, int, str]]:
    """Person, outcome before and after, minutes missing after, and where she works."""
    found = {uuid.UUID(key): rest for key, *rest in run.result.get("changes", ())}
    sites = standardising.institution_names(list(found), row.region)
    people = Person.objects.filter(pk__in=list(found)).order_by("sort_key", "name")
    return [(person, *found[person.pk], sites.get(person.pk, "")) for person in people]


def _word(outcome: bool | None) -> str:
    return _("Nothing asked") if outcome is None else _("Reached") if outcome else _("Not reached")
