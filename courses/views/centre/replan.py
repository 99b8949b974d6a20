"""One session of the plan: when, where and by whom it is held, what it counts; moving and cancelling it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import access, rescheduling
from courses.forms.planning import CancelForm, Choices, DescribeForm, MoveForm, ShareFormSet
from courses.models import NOT_THERE, RunState, Session
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Role


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The session and what was done to it; whom its time makes busy twice stands at the top."""
    by = acting_of(request)
    session = access.one(access.sessions(by).select_related("run__centre", "room", "trainer"), pk=pk)
    act = request.POST.get("act", "")
    forms = _forms(session, request.POST if request.method == "POST" else None, act)
    refusal: DomainError | None = None
    if act in forms and all(form.is_valid() for form in forms[act]):
        try:
            said = _do(by, session, act, forms[act])
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, said)
            return redirect("centre_session_plan", pk=session.pk)
    begun = session.attendances.exclude(state__in=NOT_THERE).exists() or session.scans.exists()
    standing = session.cancelled_at is None and session.closed_at is None
    context = {
        "session": session,
        "run": session.run,
        "move": forms["move"][0],
        "describe": forms["describe"][0],
        "shares": forms["describe"][1],
        "cancel": forms["cancel"][0],
        "refusal": refusal,
        "may_change": standing and not begun and session.run.state in (RunState.PLANNED, RunState.OPEN),
        "clashes": rescheduling.clashes(session) if standing else [],
        "acts": session.acts.select_related("by", "was_room"),
        "split": session.shares.all(),
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/centre/session_plan.html", context, status=status)


def _forms(session: Session, data: Any, act: str) -> dict[str, tuple[Any, ...]]:
    """The forms of every act; the one that was sent holds what was typed."""
    offered = Choices(session.run.centre, also=session)
    choices = {"choices": offered}
    about = {name: getattr(session, name) for name in ("title", "break_minutes", "bucket", "category")}
    split = list(session.shares.values("bucket", "category", "parts"))
    described = data if act == "describe" else None
    return {
        "move": (MoveForm.of(session, offered, data if act == "move" else None),),
        "describe": (
            DescribeForm(described, initial=about, prefix="about", **choices),
            ShareFormSet(described, initial=split, prefix="share", form_kwargs=choices),
        ),
        "cancel": (CancelForm(data if act == "cancel" else None, prefix="cancel"),),
    }


def _do(by: Membership, session: Session, act: str, forms: tuple[Any, ...]) -> str:
    given = forms[0].cleaned_data
    if act == "move":
        wanted = {name: given[name] for name in ("starts_at", "ends_at", "room", "trainer", "reason")}
        rescheduling.move_session(by=by, session=session, **wanted)
        return _("The session has been moved; everybody in the run is told.")
    if act == "cancel":
        rescheduling.cancel_session(by=by, session=session, reason=given["reason"])
        return _("The session has been cancelled; everybody in the run is told.")
    rescheduling.describe_session(by=by, session=session, shares=forms[1].shares(), **given)
    return _("Saved.")
