"""Response headers that neither Django nor django-csp sets by themselves."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# The camera is for scanning a check-in code, the position for a centre that asks for it at check-in.
# Everything else a page could ask a phone for is off, so that an injected script can't ask either.
PERMISSIONS_POLICY = ", ".join(
    [
        "camera=(self)",
        "geolocation=(self)",
        "accelerometer=()",
        "browsing-topics=()",
        "display-capture=()",
        "gyroscope=()",
        "magnetometer=()",
        "microphone=()",
        "payment=()",
        "usb=()",
    ]
)


class PermissionsPolicyMiddleware:
    """Adds ``Permissions-Policy`` to every answer that doesn't carry its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


#: Wagtail's editing screens carry inline scripts and styles without a nonce, show uploads before they
#: are saved, and preview a page in a frame of their own.
EDITING = {
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "frame-ancestors": [SELF],
}


class EditingPolicyMiddleware:
    """Loosens the Content-Security-Policy below /cms/, and nowhere else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.loosened = csp_replace(EDITING)(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/cms/"):
            return self.loosened(request)
        return self.get_response(request)
