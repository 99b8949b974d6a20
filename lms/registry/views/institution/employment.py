"""One post at one's own institution: its state, its leave, the employment file, and what can be done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import absenting, access, banning, employing, posting
from lms.registry.access import only
from lms.registry.errors import refuse
from lms.registry.forms import employment as forms
from lms.registry.keeping import keep_document
from lms.registry.models import Leave, LeaveKind, Membership, Post, Purpose, Role

Verb = Callable[[Membership, Post, Leave | None, dict[str, Any]], object]


@dataclass(frozen=True)
class Act:
    """One act: its form, what it does, the words on its button and those said afterwards."""

    form: type[forms.PostForm]
    do: Verb
    label: str | Promise
    said: str | Promise
    icon: str


def _standing(leave: Leave | None) -> Leave:
    if leave is None:
        raise refuse("leave_ended")
    return leave


def _correct(by: Membership, post: Post, leave: Leave | None, typed: dict[str, Any]) -> object:
    return absenting.correct_leave(by=by, leave=typed.pop("leave_row"), **typed)


ACTS: dict[str, Act] = {
    "leave": Act(
        forms.LeaveForm,
        lambda by, post, leave, typed: absenting.begin_leave(by=by, post=post, **typed),
        _("Begin leave"),
        _("The leave is recorded."),
        "calendar-event",
    ),
    "return": Act(
        forms.ReturnForm,
        lambda by, post, leave, typed: absenting.end_leave(by=by, leave=_standing(leave), **typed),
        _("Back at work"),
        _("The leave has ended."),
        "person-check",
    ),
    "suspend": Act(
        forms.SuspendForm,
        lambda by, post, leave, typed: absenting.suspend(by=by, post=post, **typed),
        _("Suspend pending an inquiry"),
        _("The person is suspended. No certificate is issued until the suspension ends."),
        "exclamation-triangle-fill",
    ),
    "renew": Act(
        forms.RenewForm,
        lambda by, post, leave, typed: absenting.renew_suspension(by=by, leave=_standing(leave), **typed),
        _("Renew the suspension"),
        _("The suspension is renewed."),
        "arrow-repeat",
    ),
    "correct": Act(forms.CorrectForm, _correct, _("Correct a leave"), _("The leave is corrected."), "pencil"),
    "terms": Act(
        forms.TermsForm,
        lambda by, post, leave, typed: employing.set_employment(by=by, post=post, **typed),
        _("Change terms of work"),
        _("The terms of work are recorded."),
        "journal-text",
    ),
    "manager": Act(
        forms.ManagerForm,
        lambda by, post, leave, typed: employing.set_manager(by=by, post=post, **typed),
        _("Set the direct manager"),
        _("The direct manager is recorded."),
        "people",
    ),
    "note": Act(
        forms.NoteForm,
        lambda by, post, leave, typed: employing.add_note(by=by, post=post, **typed),
        _("Add to the employment file"),
        _("The entry is in the file."),
        "plus-lg",
    ),
    "end": Act(
        forms.EndForm,
        lambda by, post, leave, typed: posting.end_post(by=by, post=post, **typed),
        _("End the post"),
        _("The post has ended."),
        "door-open",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def post(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one post; what is done is posted here as `act` with the fields of its form."""
    acting = access.acting_of(request)
    row = access.one(access.posts(acting).select_related("manager__person"), pk=pk)
    leave = row.leaves.filter(ended_on__isnull=True).first()
    if request.method != "POST":
        return _page(request, row, leave)
    name = request.POST.get("act", "")
    if name not in ACTS:
        raise refuse("not_found")
    act = ACTS[name]
    form = act.form(request.POST, request.FILES, post=row, leave=leave, auto_id=f"{name}_%s")
    if not form.is_valid():
        return _page(request, row, leave, opened=name, form=form, status=422)
    typed = dict(form.cleaned_data)
    try:
        with transaction.atomic():
            if upload := typed.get("evidence"):
                typed["evidence"] = keep_document(upload, purpose=Purpose.EVIDENCE, owner=acting.user)
            act.do(acting, row, leave, typed)
    except DomainError as error:
        row = access.one(access.posts(acting).select_related("manager__person"), pk=pk)
        return _page(request, row, leave, opened=name, form=form, refused=error, status=409)
    messages.success(request, str(act.said))
    return redirect("institution_post", pk=pk)


def _page(
    request: HttpRequest,
    row: Post,
    leave: Leave | None,
    *,
    opened: str = "",
    form: forms.PostForm | None = None,
    refused: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    offered = [
        (name, act, form if form and name == opened else act.form(post=row, leave=leave, auto_id=f"{name}_%s"))
        for name, act in ACTS.items()
        if name in _possible(row, leave)
    ]
    context = {
        "post": row,
        "leave": leave,
        "leaves": list(row.leaves.select_related("evidence")),
        "notes": list(row.notes.select_related("evidence", "recorded_by")),
        "classes": list(
            row.duties.filter(ended_on__isnull=True, group__closed_on__isnull=True).select_related("group")
        ),
        "others": list(row.person.posts.exclude(pk=row.pk).filter(ended_on__isnull=True, institution=row.institution)),
        "barred": bool(banning.barred_ids([row.person_id])),
        "acts": offered,
        "opened": opened,
        "refused": refused,
    }
    return render(request, "registry/post.html", context, status=status)


def _possible(row: Post, leave: Leave | None) -> set[str]:
    """The acts that can follow from how the post stands."""
    if row.ended_on is not None:
        return set()
    possible = {"terms", "manager", "note", "end"}
    if leave is None:
        possible |= {"leave", "suspend"}
    else:
        possible |= {"return", "renew"} if leave.kind == LeaveKind.SUSPENSION else {"return"}
    if row.leaves.exists():
        possible.add("correct")
    return possible
