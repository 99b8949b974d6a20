"""Registering a learner whom nobody employs, and giving her a place in a run at once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access, enrolling
from courses.models import CourseRun, EnrollmentSource, RunState
from lms.jobs.errors import DomainError
from lms.registry import admitting
from lms.registry.access import acting_of, only
from lms.registry.forms.people import LearnerForm
from lms.registry.models import Role


class LearnerOfRunForm(LearnerForm):
    """A learner, and the run she wants to take."""

    run = forms.ModelChoiceField(
        label=gettext_lazy("Course run"),
        queryset=CourseRun.objects.none(),
        required=False,
        empty_label=gettext_lazy("Register only"),
    )

    def __init__(self, *args: Any, runs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["run"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = runs


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest) -> HttpResponse:
    """Register and, where a run is chosen (`run` in the address chooses it beforehand), enrol: both or none."""
    by = acting_of(request)
    runs = access.runs(by).filter(state=RunState.OPEN).order_by("-created_at")
    form = LearnerOfRunForm(request.POST or None, runs=runs, initial={"run": request.GET.get("run")})
    refused: DomainError | None = None
    if form.is_valid():
        typed = dict(form.cleaned_data)
        run: CourseRun | None = typed["run"]
        try:
            with transaction.atomic():
                person = admitting.admit_learner(
                    by=by,
                    name=typed["name"],
                    document=typed["document"],
                    phone=typed["phone"],
                    consent=typed["consent"],
                )
                if run is not None:
                    enrolling.enrol(by=by, run=run, person=person, source=EnrollmentSource.CENTRE)
        except DomainError as error:
            refused = error
        else:
            words = _("She is registered and enrolled.") if run else _("She is registered and can be enrolled.")
            messages.success(request, words)
            return redirect("centre_run", pk=run.pk) if run else redirect("centre_runs")
    status = 409 if refused else 422 if request.method == "POST" else 200
    return render(request, "courses/centre/learner.html", {"form": form, "refused": refused}, status=status)
