"""Corrections of attendance in the bureau's region, for an officer to be the second person."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.views.centre.corrections import answer
from lms.registry.access import BUREAU, only


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*BUREAU)
def page(request: HttpRequest) -> HttpResponse:
    return answer(request, "bureau_attendance_corrections")
