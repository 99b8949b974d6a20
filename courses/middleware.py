"""A browser that is a kiosk stays one: whatever address is asked for, it gets the kiosk back."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

#: In the browser's session: the key of the session whose kiosk it is.
KIOSK = "kiosk"
#: What a kiosk may open besides its own page.
OPEN = {"set_language", "healthz", "readyz"}


class KioskMiddleware:
    """Ends with the password of whoever opened the kiosk, or with her session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session.get(KIOSK)
        if not session or not request.user.is_authenticated or self.open(request.path_info, session):
            return self.get_response(request)
        return redirect("centre_kiosk", pk=session)

    def open(self, path: str, session: str) -> bool:
        """Whether a kiosk may go there: to its own page, and to what its page is made of."""
        if path.startswith(settings.STATIC_URL) or path == reverse("centre_kiosk", args=[session]):
            return True
        try:
            return resolve(path).url_name in OPEN
        except Resolver404:
            return False
