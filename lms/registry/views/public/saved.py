"""Keeping and dropping filters of lists; both lead back to the list."""

from django.contrib import messages
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lms.jobs.errors import DomainError
from lms.registry import access, remembering
from lms.registry.access import only
from lms.registry.models import Role, User

KEEPERS = (*access.BUREAU, Role.PLATFORM_ADMIN, Role.INSTITUTION_MANAGER)


@require_POST
@only(*KEEPERS)
def saved_filters(request: HttpRequest) -> HttpResponse:
    """Keep the filter that the list `place` shows."""
    place, query = request.POST.get("place", ""), request.POST.get("query", "")
    if place not in remembering.PLACES:
        place = "home_of_role"
    try:
        row = remembering.remember_filter(
            user=_user(request), place=place, name=request.POST.get("name", ""), query=query
        )
    except DomainError as refusal:
        messages.error(request, f"{refusal} ({refusal.code})")
        return redirect(f"{reverse(place)}?{query}" if query else place)
    messages.success(request, _("“%(name)s” is kept above the list.") % {"name": row.name})
    return redirect(f"{reverse(place)}?{row.query}")


@require_POST
@only(*KEEPERS)
def saved_filter_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop one of one's own filters."""
    row = remembering.forget_filter(user=_user(request), pk=pk)
    messages.success(request, _("“%(name)s” is no longer kept.") % {"name": row.name})
    return redirect(row.place)


def _user(request: HttpRequest) -> User:
    user = get_user(request)
    assert isinstance(user, User)
    return user
