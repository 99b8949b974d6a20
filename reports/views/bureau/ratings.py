"""Rating rounds: the list with the form that opens one, and the table of a round."""

import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lms.jobs.access import job_for
from lms.jobs.errors import DomainError
from lms.jobs.running import enqueue
from lms.jobs.views import panel_context
from lms.registry import access as registry_access
from lms.registry.access import BUREAU, one, only
from lms.registry.models import Level, Membership, Role
from lms.registry.searching import CappedPaginator, named
from reports import access, rating
from reports.appraising import changed_by_bans, participants
from reports.forms import RatingFilter, RoundForm
from reports.models import Grade, Rating, RatingRound
from reports.rules import Outcome

DESK = (*BUREAU, Role.PLATFORM_ADMIN)
PAGE = 50
#: What an outcome is called, and its tone. A grade is called by its own name.
OUTCOMES: dict[str, tuple[str | Promise, str]] = {
    Outcome.GRADED: (gettext_lazy("Graded"), "reached"),
    Outcome.NO_GRADE: (gettext_lazy("No grade reached"), "due"),
    Outcome.INCOMPLETE: (gettext_lazy("Points to be entered"), "quiet"),
    Outcome.WITHHELD: (gettext_lazy("Grade withheld"), "due"),
    Outcome.VETOED: (gettext_lazy("Vetoed"), "refused"),
}


@only(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_ratings(request: HttpRequest) -> HttpResponse:
    """All rounds, newest first; officers open the next one here."""
    by: Membership = request.acting  # type: ignore[attr-defined]
    regions = registry_access.regions(by).exclude(level=Level.STREET)
    initial = {"as_of": timezone.localdate(), "region": by.region}
    form = RoundForm(request.POST or None, regions=regions, initial=initial)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            round = rating.open_round(by=by, **form.cleaned_data)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The round is open. Rate the institutions to see where they stand."))
            return redirect("bureau_rating_round", round.code)
    page = Paginator(access.rounds(by), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(round, *counts) for round, counts in _counted(page.object_list)],
        "form": form,
        "refusal": refusal,
        "may_open": by.role in BUREAU,
    }
    return render(request, "reports/ratings.html", context, status=409 if refusal else 200)


def _counted(rounds: Any) -> list[tuple[RatingRound, tuple[int, int, int]]]:
    """Each round with how many institutions are rated, have a grade, are vetoed."""
    found: Counter[tuple[uuid.UUID, str]] = Counter()
    latest = Rating.objects.filter(round__in=list(rounds)).latest_versions()
    for round_id, grade, vetoed in latest.values_list("round_id", "grade_id", "vetoed"):
        found.update([(round_id, "rated"), (round_id, "graded" if grade else "vetoed" if vetoed else "")])
    return [(round, tuple(found[round.pk, what] for what in ("rated", "graded", "vetoed"))) for round in rounds]  # type: ignore[misc]


@only(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_rating_round(request: HttpRequest, code: str) -> HttpResponse:
    """The institutions of a round with points, grade, gates and vetoes; rate all anew, close the round."""
    by: Membership = request.acting  # type: ignore[attr-defined]
    round = one(access.rounds(by), code=code)
    refusal = None
    if request.method == "POST":
        try:
            return redirect(_act(request, by, round))
        except DomainError as error:
            refusal = error
    everybody = Rating.objects.filter(round=round).latest_versions()
    found = Counter(everybody.values_list("explanation__outcome", "grade__name"))
    grades = list(Grade.objects.filter(scheme=round.scheme_id))
    form = RatingFilter(request.GET, results=_results(grades))
    page = CappedPaginator(_filtered(everybody, form).select_related("institution", "grade"), PAGE).get_page(
        request.GET.get("page")
    )
    now = changed_by_bans(round, page.object_list)
    rated = sum(found.values())
    context: dict[str, Any] = {
        "round": round,
        "form": form,
        "page": page,
        "rows": [_row(kept, now.get(kept.institution_id)) for kept in page],
        "rated": rated,
        "unrated": max(0, participants(round).count() - rated) if round.state == RatingRound.State.OPEN else 0,
        "counts": [(grade.name, found["graded", grade.name], str(grade.order)) for grade in grades],
        "others": [
            (label, count, outcome, tone)
            for outcome, (label, tone) in OUTCOMES.items()
            if (count := sum(n for (kept, _grade), n in found.items() if kept == outcome)) and outcome != Outcome.GRADED
        ],
        "refusal": refusal,
        "may_act": by.role in BUREAU and round.state == RatingRound.State.OPEN,
        **_job(request),
    }
    return render(request, "reports/rating_round.html", context, status=409 if refusal else 200)


def _act(request: HttpRequest, by: Membership, round: RatingRound) -> str:
    """Do what the pressed button says; the address to go to."""
    here = reverse("bureau_rating_round", args=[round.code])
    if request.POST.get("act") == "close":
        rating.close_round(by=by, round=round)
        messages.success(request, _("The round is closed. Its ratings stay as they are."))
        return here
    rating.refuse_unless_bureau_of(by, round.region)
    job = enqueue("rate_institutions", {"round": str(round.pk)}, owner_id=by.user_id)
    return f"{here}?job={job.pk}"


def _job(request: HttpRequest) -> dict[str, Any]:
    """The job that this page has started, if the address names one of one's own."""
    try:
        return panel_context(job_for(request.user, uuid.UUID(request.GET["job"])))
    except (KeyError, ValueError):
        return {}


def _results(grades: list[Grade]) -> list[tuple[str, object]]:
    others = [(outcome, label) for outcome, (label, _tone) in OUTCOMES.items() if outcome != Outcome.GRADED]
    return [*((str(grade.order), grade.name) for grade in grades), *others]


def _filtered(rows: "QuerySet[Rating]", form: RatingFilter) -> "QuerySet[Rating]":
    typed = form.cleaned_data if form.is_valid() else {}
    if typed.get("q"):
        rows = rows.filter(named(typed["q"], "institution__name"))
    result = typed.get("result", "")
    if result.isdigit():
        rows = rows.filter(grade__order=int(result))
    elif result:
        rows = rows.filter(explanation__outcome=result)
    return rows.order_by("-points", "institution__name", "pk")


def _row(kept: Rating, now: Any) -> dict[str, Any]:
    """One line of the table: what is kept, or what a ban has made of it since."""
    told = now.explanation if now else kept.explanation
    label, tone = OUTCOMES[told["outcome"]]
    return {
        "institution": kept.institution,
        "told": told,
        "label": told["grade"] or label,
        "tone": tone,
        "missing": next((gate for gate in reversed(told["gates"]) if not gate["passed"]), None),
        "vetoes": [veto for veto in told["vetoes"] if veto["state"] != "dismissed"],
        "moved": now is not None,
    }
