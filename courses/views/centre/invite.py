"""Inviting institutions of the city to a run, and what they answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from courses import access, inviting
from courses.forms import SearchForm
from courses.forms.desk import InviteForm
from courses.models import CourseRun, Invitation
from courses.views.centre.enrol import keys_of
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, institutions, only
from lms.registry.models import Membership, Role
from lms.registry.searching import CappedPaginator, named

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Pick institutions and say how many they may send; those invited stand above with their answer."""
    by = acting_of(request)
    run = access.one(access.runs(by), pk=pk)
    typed = request.POST if request.method == "POST" and "invitation" not in request.POST else None
    form = InviteForm(typed)
    refusal: DomainError | None = None
    try:
        if key := request.POST.get("invitation"):
            invitation = access.one(access.invitations(by).filter(run=run), pk=key)
            inviting.withdraw_invitation(by=by, invitation=invitation)
            messages.success(request, _("The invitation has been taken back."))
            return redirect("centre_invite", pk=run.pk)
        picked = list(institutions(by).filter(pk__in=keys_of(request, "institution"))) if typed else []
        if typed and not picked:
            messages.warning(request, _("Pick at least one institution first."))
        elif form.is_valid():
            rows = inviting.invite(by=by, run=run, institutions=picked, **form.cleaned_data)
            words = ngettext("%(n)s institution has been invited.", "%(n)s institutions have been invited.", len(rows))
            messages.success(request, words % {"n": len(rows)})
            return redirect("centre_invite", pk=run.pk)
    except DomainError as error:
        if error.code == "not_found":
            raise
        refusal = error
    context = {"run": run, "form": form, "refusal": refusal, **_lists(request, by, run)}
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/centre/invite.html", context, status=status)


def _lists(request: HttpRequest, by: Membership, run: CourseRun) -> dict[str, Any]:
    """Who is invited, and whom one can still invite."""
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"].strip() if search.is_valid() else ""
    standing = Invitation.objects.filter(run=run, withdrawn_at__isnull=True)
    others = institutions(by).filter(~Exists(standing.filter(institution=OuterRef("pk")))).order_by("name", "pk")
    if words:
        others = others.filter(named(words))
    return {
        "q": words,
        "page": CappedPaginator(others, PAGE_SIZE).get_page(request.GET.get("page")),
        "invited": inviting.with_sent(access.invitations(by).filter(run=run, withdrawn_at__isnull=True)).order_by(
            "institution__name"
        ),
    }
