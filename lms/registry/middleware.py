"""Who acts in this request, and the page for a refusal nobody caught."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse

from lms.jobs.errors import DomainError
from lms.registry import noticing
from lms.registry.models import Membership, User
from lms.registry.securing import FACTOR, PASSED, WANTED, has_factor, needs_factor

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


#: Where one may go before the second factor was given: to give it, to set one up, to change the language, out.
BEFORE_FACTOR = {
    *("second_factor", "second_factor_setup", "factor_totp", "factor_passkey", "recovery_codes"),
    *("sign_out", "set_language", "healthz", "readyz"),
}


class SecondFactorMiddleware:
    """Sends a session to its second factor before anything else, Wagtail's screens included.

    Asked for where the account has one, or one of its roles needs one; who has none yet sets one up first.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = self.wanted(request)
        if name is None or self.open(request.path_info):
            return self.get_response(request)
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": reverse(name)})
        return redirect(name)

    def open(self, path: str) -> bool:
        """Whether one may go there all the same."""
        try:
            return resolve(path).url_name in BEFORE_FACTOR
        except Resolver404:
            return False

    def wanted(self, request: HttpRequest) -> str | None:
        """The address to go to first; None when nothing is missing."""
        memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
        if not isinstance(request.user, User) or request.session.get(FACTOR) == PASSED:
            return None
        if request.session.get(FACTOR) == WANTED:
            return "second_factor"
        if needs_factor(memberships):
            return "second_factor" if has_factor(request.user) else "second_factor_setup"
        return None


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
