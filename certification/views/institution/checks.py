"""The yearly checks of staff: who is due, and entering dates for many people in one form."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from certification import checking
from certification.checking import Due, Result, Standing
from certification.errors import Refusal
from certification.forms import RecheckForm
from certification.models import CheckKind
from certification.views.institution.entries import CHANNELS
from lms.registry import access
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def checks(request: HttpRequest) -> HttpResponse:
    """No-crime checks or health certificates (`kind`) of everybody on post; those in order with `show=all`.

    `person` picks one of them. Posted: `picked` (posts), and per post `on_`, `until_`, `number_` and its key.
    """
    acting = acting_of(request)
    assert acting.institution is not None
    today = timezone.localdate()
    posts = access.posts(acting).filter(ended_on__isnull=True)
    due = checking.due_checks(posts, today)
    kind = request.GET.get("kind", "")
    kind = kind if kind in checking.YEARLY else CheckKind.NO_CRIME.value
    form = RecheckForm(request.POST or None)
    refused: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        results, refused = _results(request, [row for row in due if row.kind == kind], kind, form)
        if not results and not refused:
            form.add_error(None, _("Pick the people whose dates you enter."))
        elif results and _common_is_there(form, kind):
            answer = checking.record_many(
                by=acting,
                institution=acting.institution,
                kind=kind,
                results=results,
                channel=form.cleaned_data["channel"],
                consent=form.cleaned_data["consent"],
            )
            refused += [(person.name, str(error)) for person, error in answer.refused]
            if answer.done:
                _say(request, answer.done)
            if not refused:
                return redirect(request.get_full_path())
            due = checking.due_checks(posts.all(), today)
    shown = _shown(request, due, kind)
    context = {
        "kind": CheckKind(kind),
        "kinds": [
            (CheckKind(value), sum(_pressing(row) for row in due if row.kind == value)) for value in checking.YEARLY
        ],
        "rows": [(row, _typed(request, row)) for row in shown],
        "all": request.GET.get("show") == "all",
        "in_order": sum(not _pressing(row) for row in due if row.kind == kind),
        "form": form,
        "refused": refused,
        "today": today,
        "channels": CHANNELS,
    }
    failed = request.method == "POST"
    return render(request, "certification/institution/checks.html", context, status=409 if failed else 200)


def _pressing(row: Due) -> bool:
    return row.standing != Standing.DONE


def _shown(request: HttpRequest, due: list[Due], kind: str) -> list[Due]:
    rows = [row for row in due if row.kind == kind]
    if person := request.GET.get("person"):
        return [row for row in rows if str(row.post.person_id) == person]
    return rows if request.GET.get("show") == "all" else [row for row in rows if _pressing(row)]


def _typed(request: HttpRequest, row: Due) -> dict[str, Any]:
    """What stands in the fields of a row: what was typed, else nothing."""
    key = str(row.post.pk)
    values = {name: request.POST.get(f"{name}_{key}", "") for name in ("on", "until", "number")}
    picked = request.POST.getlist("picked") if request.method == "POST" else [key] if request.GET.get("person") else []
    return values | {"picked": key in picked}


def _results(
    request: HttpRequest, due: list[Due], kind: str, form: forms.Form
) -> tuple[list[Result], list[tuple[str, str]]]:
    """What was entered for whom, and whose dates couldn't be read. A row with a date of its own needs no tick."""
    results, refused = [], []
    picked = set(request.POST.getlist("picked"))
    common: date | None = form.cleaned_data["done_on"]
    for row in due:
        key = str(row.post.pk)
        on, until = request.POST.get(f"on_{key}", "").strip(), request.POST.get(f"until_{key}", "").strip()
        if key not in picked and not on and not until:
            continue
        try:
            done_on = parse_date(on) if on else common
            valid_until = parse_date(until) if until else None
        except ValueError:
            done_on = None
        if done_on is None or (until and valid_until is None):
            refused.append((row.post.person.name, _("This is no day of the calendar.")))
            continue
        results.append(Result(row.post.person, done_on, valid_until, request.POST.get(f"number_{key}", "")[:40]))
    return results, refused


def _common_is_there(form: forms.Form, kind: str) -> bool:
    """Whether what holds for everybody was said; if not it is asked for once, at its field, not at every person."""
    if kind == CheckKind.NO_CRIME:
        for name in ("channel", "consent"):
            if not form.cleaned_data[name]:
                form.add_error(name, Refusal(f"{name}_missing").label)
    return form.is_valid()


def _say(request: HttpRequest, done: int) -> None:
    sentence = ngettext("%(n)d check is recorded.", "%(n)d checks are recorded.", done)
    messages.success(request, sentence % {"n": done})
