"""Requests to be excused that wait for the centre, and those decided."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access, excusing
from courses.models import Excuse
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from lms.registry.searching import CappedPaginator

PAGE_SIZE = 30


class ExcuseFilter(forms.Form):
    """Which requests to list; those that wait unless the address says `state=all`."""

    state = forms.ChoiceField(choices=[("all", "all")], required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest) -> HttpResponse:
    """The oldest first, each with its evidence and the two answers; a refused decision keeps its words."""
    by = acting_of(request)
    rows = access.excuses(by)
    refusal: DomainError | None = None
    typed, key = request.POST.get("reason", "")[:300], request.POST.get("excuse", "")
    if request.method == "POST":
        try:
            excuse = access.one(rows, pk=key)
            grant = request.POST.get("act") == "grant"
            excusing.decide(by=by, excuse=excuse, grant=grant, reason="" if grant else typed)
        except DomainError as error:
            if error.code == "not_found":
                raise
            refusal = error
        else:
            messages.success(request, _("Decided. She is told."))
            return redirect("centre_excuses")
    form = ExcuseFilter(request.GET)
    every = form.is_valid() and form.cleaned_data["state"] == "all"
    shown = rows.order_by("-asked_at") if every else rows.filter(state=Excuse.State.OPEN).order_by("asked_at")
    page = CappedPaginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "every": every, "refusal": refusal, "typed": typed, "key": key}
    return render(request, "courses/centre/excuses.html", context, status=409 if refusal else 200)
