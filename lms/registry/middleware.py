"""Who acts in this request, and the page for a refusal nobody caught."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from lms.jobs.errors import DomainError
from lms.registry import noticing
from lms.registry.models import Membership

Respond = Callable[[HttpRequest], HttpResponse]
ACTING = "acting_membership"


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The current memberships of whoever is signed in; none for visitors and closed accounts.

    Each carries `unread`, the number of notices its account has not read.
    """
    if not request.user.is_authenticated:
        return []
    return list(Membership.objects.current().filter(user_id=request.user.pk).annotate(unread=noticing.unread()))


def address_of(request: HttpRequest) -> str:
    """The caller's address. Behind our proxy it is what the proxy added last; the rest anybody could have written."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


class ActingMiddleware:
    """Sets `request.memberships` and `request.acting`, the chosen one of them, else the first.

    Read from the database on every request, so that an ended role stops working at once.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        memberships = memberships_of(request)
        chosen = request.session.get(ACTING) if memberships else None
        acting = next((row for row in memberships if row.pk == chosen), None)
        request.memberships = memberships  # type: ignore[attr-defined]
        request.acting = acting or next(iter(memberships), None)  # type: ignore[attr-defined]
        return self.get_response(request)


STATUS = {"not_found": 404, "not_allowed": 403, "too_many_tries": 429, "too_many_queries": 429}


class DomainErrorMiddleware:
    """A refusal that no view caught becomes a page, or JSON where JSON was asked for."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        status = STATUS.get(exception.code, 409)
        if request.accepts("text/html"):
            return render(request, "web/refusal.html", {"refusal": exception}, status=status)
        return JsonResponse({"code": exception.code, "message": str(exception)}, status=status)
