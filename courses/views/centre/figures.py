"""What a centre's year comes to: runs, seats, participation, hours given, what learners think."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import access, evaluating, measuring
from courses.models import Evaluation
from lms.registry.access import acting_of, only
from lms.registry.models import Role

#: Years one may look back on.
YEARS_BACK = 5


class YearForm(forms.Form):
    """The year, as the address says it."""

    year = forms.IntegerField(min_value=2000, max_value=2100, required=False)


@require_safe
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest) -> HttpResponse:
    """One year of the centre."""
    form = YearForm(request.GET)
    form.is_valid()
    this_year = timezone.localdate().year
    year = form.cleaned_data.get("year") or this_year
    by = acting_of(request)
    runs = list(measuring.runs_of_year(access.runs(by), year))
    opinions, parts = evaluating.opinions(runs), measuring.participations(runs)
    rows: list[dict[str, Any]] = [{"run": run, "opinion": opinions.get(run.pk), "part": parts[run.pk]} for run in runs]
    context = {
        "year": year,
        "years": [this_year - back for back in range(YEARS_BACK)],
        "rows": rows,
        "figures": measuring.figures(runs, parts),
        "months": measuring.hours_by_month(access.runs(by), year),
    }
    return render(request, "courses/centre/figures.html", context)


@require_safe
@only(Role.CENTRE_STAFF)
def evaluation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What learners think of one run, without their names."""
    run = access.one(access.runs(acting_of(request)), pk=pk)
    context = {
        "run": run,
        "opinion": evaluating.opinions([run]).get(run.pk),
        "words": evaluating.words_of(run),
        "answers": Evaluation.objects.filter(enrollment__run=run).count(),
        "least": evaluating.LEAST,
    }
    return render(request, "courses/centre/evaluation.html", context)
