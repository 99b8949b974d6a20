"""Anybody: does this certificate hold? No session, no identity numbers, and the same answer to every near miss."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_safe

from certification import limiting, numbering, verifying
from certification.errors import Refusal
from certification.forms import FileForm, SerialForm
from certification.verifying import Status, Verification
from lms.registry.middleware import address_of
from lms.web.statuses import Tone

JSON = "application/json"
TONES: dict[Status, Tone] = {
    Status.VALID: "reached",
    Status.EXPIRED: "due",
    Status.SUPERSEDED: "due",
    Status.REVOKED: "refused",
    Status.BARRED: "refused",
    Status.TAMPERED: "refused",
    Status.UNKNOWN: "quiet",
}


@require_http_methods(["GET", "HEAD", "POST"])
def verify_form(request: HttpRequest) -> HttpResponse:
    """A number to type, or the PDF itself to compare."""
    if request.method == "POST":
        return _verify_file(request)
    form = SerialForm(request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("verify", serial=numbering.normalise(form.cleaned_data["number"]) or "-")
    return render(request, "certification/verify_form.html", {"form": form, "file_form": FileForm()})


@require_safe
def verify(request: HttpRequest, serial: str) -> HttpResponse:
    """What the QR code leads to."""
    if wait := limiting.seconds_to_wait(address_of(request)):
        return _too_many(request, wait)
    return _answer(request, verifying.verify(serial))


def _verify_file(request: HttpRequest) -> HttpResponse:
    if wait := limiting.seconds_to_wait(address_of(request)):
        return _too_many(request, wait)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"form": SerialForm(), "file_form": form}
        return render(request, "certification/verify_form.html", context, status=422)
    return _answer(request, verifying.verify_pdf(form.cleaned_data["file"].read()))


def _answer(request: HttpRequest, found: Verification) -> HttpResponse:
    if found.status in (Status.UNKNOWN, Status.TAMPERED) and (wait := limiting.count_failure(address_of(request))):
        return _too_many(request, wait)
    status = 404 if found.status == Status.UNKNOWN else 200
    response: HttpResponse
    if _wants_json(request):
        response = JsonResponse(found.as_json(), status=status, json_dumps_params={"ensure_ascii": False})
    else:
        context = {"found": found, "certificate": found.certificate, "tone": TONES[found.status]}
        response = render(request, "certification/verify.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response: HttpResponse
    if _wants_json(request):
        refusal = Refusal.TOO_MANY_TRIES
        response = JsonResponse({"code": refusal.value, "message": str(refusal.label)}, status=429)
    else:
        response = render(request, "429.html", status=429)
    response["Retry-After"] = str(wait)
    add_never_cache_headers(response)
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", JSON]) == JSON
