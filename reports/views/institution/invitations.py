"""Invitations of training centres: a manager picks whom to send, those who need the hours first, or declines."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access as taught
from courses import enrolling, inviting
from courses.forms.desk import DeclineForm
from courses.models import Invitation, RunState
from courses.views.centre.enrol import keys_of, said
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Person, Role
from reports import access, metrics
from reports.metrics import Line

#: Invitations shown in a list; older ones say nothing about what to do now.
SHOWN = 100


@require_safe
@only(Role.INSTITUTION_MANAGER)
def invitations(request: HttpRequest) -> HttpResponse:
    """All that were not taken back, those one can still answer first."""
    rows = _listed(taught.invitations(acting_of(request)))
    standing = [row for row in rows if row.run.state == RunState.OPEN]
    over = [row for row in rows if row.run.state != RunState.OPEN]
    return render(request, "reports/invitations.html", {"standing": standing, "over": over})


@require_safe
@only(Role.INSTITUTION_MANAGER)
def invitations_today(request: HttpRequest) -> HttpResponse:
    """Those nobody has answered yet: a part of the desk, fetched after it."""
    open_ones = taught.invitations(acting_of(request)).filter(run__state=RunState.OPEN, declined_at__isnull=True)
    return render(request, "reports/_invitations_today.html", {"rows": _listed(open_ones)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def invitation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everybody on post with what she still misses this year; send some (`act=send`) or nobody (`decline`)."""
    by = acting_of(request)
    row = taught.one(inviting.with_sent(taught.invitations(by)), pk=pk)
    form = DeclineForm(request.POST if request.POST.get("act") == "decline" else None)
    picked = set(keys_of(request, "person"))
    refusal: DomainError | None = None
    try:
        if form.is_valid():
            inviting.decline(by=by, invitation=row, reason=form.cleaned_data["reason"])
            messages.success(request, _("Declined. The training centre is told."))
            return redirect("institution_invitations")
        if request.POST.get("act") == "send" and _send(request, by, row, picked):
            return redirect("institution_invitation", pk=row.pk)
    except DomainError as error:
        refusal = error
    context = {
        "row": row,
        "run": row.run,
        "sessions": row.run.sessions.filter(cancelled_at__isnull=True).order_by("starts_at"),
        "staff": _staff(by, row, picked),
        "left": max(0, row.places - row.sent),
        "form": form,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "reports/invitation.html", context, status=status)


def _listed(rows: "QuerySet[Invitation]") -> list[Any]:
    """With how many were sent and when the run begins, the next to begin first."""
    begins = Min("run__sessions__starts_at", filter=Q(run__sessions__cancelled_at__isnull=True))
    dated = {row.pk: row.begins for row in rows.annotate(begins=begins)}
    found = list(inviting.with_sent(rows).order_by("-invited_at")[:SHOWN])
    for row in found:
        row.begins = dated[row.pk]
    return sorted(found, key=lambda row: (row.begins is None, row.begins, row.run.code))


def _send(request: HttpRequest, by: Membership, row: Invitation, picked: set[UUID]) -> bool:
    """Enrol the picked; whether there was somebody to enrol."""
    if not picked:
        messages.warning(request, _("Pick at least one person first."))
        return False
    people = list(Person.objects.filter(pk__in=picked).order_by("sort_key", "name"))
    report = inviting.send_staff(by=by, invitation=row, people=people)
    number = len(report.enrolled)
    words = ngettext("%(n)s person has been enrolled.", "%(n)s people have been enrolled.", number)
    messages.success(request, words % {"n": number})
    for refused in said(report.refused):
        messages.warning(request, f"{refused['person']}: {refused['sentence']}")
    return True


def _staff(by: Membership, row: Invitation, picked: set[UUID]) -> list[dict[str, Any]]:
    """Everybody on post once: those who miss most first, those who can't be sent last, with why."""
    staff = metrics.Staff(on=timezone.localdate(), institution=access.institution(by))
    lines: dict[UUID, Line] = {line.person_id: line for line in metrics.hours_of(staff).people}
    people = {person.pk: person for person in Person.objects.filter(pk__in=lines)}
    report = enrolling.foresee(run=row.run, people=list(people.values()))
    there = {enrolment.person_id for enrolment in report.kept}
    why = {refused["person"].pk: refused["sentence"] for refused in said(report.refused)}  # type: ignore[attr-defined]
    rows: list[dict[str, Any]] = [
        {"line": line, "there": key in there, "why": why.get(key, ""), "picked": key in picked}
        for key, line in lines.items()
    ]
    rows.sort(key=lambda one: _missing(one["line"]), reverse=True)
    return sorted(rows, key=lambda one: (one["there"], bool(one["why"])))


def _missing(line: Line) -> tuple[bool, int]:
    """How much is still missing this year: whether nothing of it is known to be earned yet, and the minutes."""
    if not line.lacking:
        return False, 0
    return line.hours is None, line.hours.missing_skill + line.hours.missing_ethics if line.hours else 0
