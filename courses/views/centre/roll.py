"""Calling the roll of a session on one page, and correcting single marks afterwards."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from courses import access, attending, closing, correcting
from courses.attending import Mark, moment_at
from courses.forms import CorrectionForm, read_clock
from courses.models import Attendance, CorrectionProposal, Enrollment, Excuse, Scan, Session
from lms.jobs.errors import DomainError
from lms.registry import keeping
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Purpose, Role


@dataclass
class Row:
    """One line of the sheet: what is recorded, or what stands in its fields."""

    enrollment: Enrollment
    attendance: Attendance | None
    came: str
    went: str
    absent: bool
    excused: bool = False
    #: Her scan, which isn't attendance before she scanned out.
    scan: Scan | None = None
    #: A correction of what is recorded awaits its second person.
    proposed: bool = False
    refused: bool = False

    @property
    def key(self) -> str:
        return self.enrollment.pk.hex


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    by = acting_of(request)
    session = access.one(access.sessions(by), pk=pk)
    if key := request.GET.get("correct") or request.POST.get("attendance"):
        return _correct(request, by, session, key)
    if request.POST.get("act") == "close":
        return _close(request, by, session)
    rows = _sheet(session, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, session, rows)
    try:
        written = attending.call_roll(by=by, session=session, marks=_marks(session, rows))
    except DomainError as refusal:
        for row in rows:
            row.refused = row.enrollment.person.name == refusal.context.get("person")
        return _show(request, session, rows, refusal)
    words = ngettext("%(n)s mark has been recorded.", "%(n)s marks have been recorded.", len(written))
    messages.success(request, words % {"n": len(written)})
    return redirect("centre_session", pk=session.pk)


def _sheet(session: Session, typed: Any) -> list[Row]:
    """Everybody on the list: recorded marks as they are, the others prefilled with the session's own times, or with
    the moment she scanned in; whoever was excused as not there."""
    marks = {row.person_id: row for row in session.attendances.prefetch_related("proposals")}
    scans = {scan.person_id: scan for scan in session.scans.all()}
    granted = session.excuses.filter(state=Excuse.State.GRANTED)
    excused = set(granted.values_list("person_id", flat=True))
    starts, ends = (timezone.localtime(at).strftime("%H:%M") for at in (session.starts_at, session.ends_at))
    rows = []
    for enrollment in access.taking_part(session.run):
        mark, scan = marks.get(enrollment.person_id), scans.get(enrollment.person_id)
        row = Row(enrollment, mark, starts, ends, absent=enrollment.barred)  # type: ignore[attr-defined]
        row.scan, row.excused = scan, enrollment.person_id in excused
        if mark is not None:
            row.proposed = any(proposal.state == CorrectionProposal.State.OPEN for proposal in mark.proposals.all())
        elif scan is not None:
            row.came = timezone.localtime(max(scan.came_at, session.starts_at)).strftime("%H:%M")
        else:
            row.absent = row.absent or row.excused
        if typed is not None and row.attendance is None:
            row.came = typed.get(f"came-{row.key}", "").strip()
            row.went = typed.get(f"went-{row.key}", "").strip()
            row.absent = bool(enrollment.barred) or f"absent-{row.key}" in typed  # type: ignore[attr-defined]
        rows.append(row)
    return rows


def _marks(session: Session, rows: list[Row]) -> list[Mark]:
    return [
        Mark(
            row.enrollment.person,
            None if row.absent else moment_at(session, read_clock(row.came)),
            None if row.absent else moment_at(session, read_clock(row.went)),
        )
        for row in rows
        if row.attendance is None
    ]


def _show(request: HttpRequest, session: Session, rows: list[Row], refusal: DomainError | None = None) -> HttpResponse:
    recorded = [row.attendance for row in rows if row.attendance]
    context = {
        "session": session,
        "run": session.run,
        "rows": rows,
        "refusal": refusal,
        "open_rows": sum(1 for row in rows if row.attendance is None),
        "recorded": len(recorded),
        "there": sum(1 for row in recorded if row.minutes),
        "begun": session.starts_at <= timezone.now() and session.cancelled_at is None,
        "may_close": session.ends_at <= timezone.now() and session.closed_at is None and session.cancelled_at is None,
        "starts": timezone.localtime(session.starts_at),
        "ends": timezone.localtime(session.ends_at),
    }
    return render(request, "courses/centre/session.html", context, status=409 if refusal else 200)


def _close(request: HttpRequest, by: Membership, session: Session) -> HttpResponse:
    try:
        closing.close_session(by=by, session=session)
    except DomainError as refusal:
        return _show(request, session, _sheet(session, None), refusal)
    messages.success(request, _("The session is closed. Its attendance is final."))
    return redirect("centre_session", pk=session.pk)


def _correct(request: HttpRequest, by: Membership, session: Session, key: str) -> HttpResponse:
    """The correction of one mark: a page, or the side panel of the sheet."""
    try:
        mark = access.one(access.attendances(by).filter(session=session), pk=UUID(key))
    except ValueError:
        return redirect("centre_session", pk=session.pk)
    given = request.POST if request.method == "POST" else None
    initial = {
        "absent": mark.arrived_at is None,
        "came": timezone.localtime(mark.arrived_at or session.starts_at).strftime("%H:%M"),
        "went": timezone.localtime(mark.left_at or session.ends_at).strftime("%H:%M"),
    }
    form = CorrectionForm(given, request.FILES or None, initial=initial)
    status = 200
    if given is not None and not form.is_valid():
        status = 422
    elif given is not None:
        want = form.cleaned_data
        came, went = (
            (None, None) if want["absent"] else (moment_at(session, want["came"]), moment_at(session, want["went"]))
        )
        try:
            upload = want["evidence"]
            proof = keeping.keep_document(upload, purpose=Purpose.EVIDENCE, owner=by.user) if upload else None
            correcting.propose_correction(
                by=by, attendance=mark, arrived_at=came, left_at=went, reason=want["reason"], evidence=proof
            )
        except DomainError as refusal:
            form.add_error(None, f"{refusal} ({refusal.code})")
            status = 409
        else:
            words = _("The correction for %(name)s is proposed. It counts once a second person has confirmed it.")
            messages.success(request, words % {"name": mark.person.name})
            return redirect("centre_session", pk=session.pk)
    context = {
        "session": session,
        "mark": mark,
        "form": form,
        "waiting": mark.proposals.filter(state=CorrectionProposal.State.OPEN).select_related("proposed_by").first(),
        "corrections": mark.corrections.select_related("proposal__proposed_by", "proposal__decided_by").order_by(
            "-revision"
        ),
    }
    return render(request, "courses/centre/correct.html", context, status=status)
