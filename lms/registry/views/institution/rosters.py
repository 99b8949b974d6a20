"""An institution's manager sends the roster of her own institution."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.registry.access import only
from lms.registry.models import Role
from lms.registry.views.bureau.rosters import Desk, refused_file, template_file, upload_page, uploads_page

INSTITUTION = Desk(
    "institution_import",
    "institution_import_preview",
    "institution_import_refused",
    "institution_roster_template",
    "institution_roster",
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def rosters(request: HttpRequest) -> HttpResponse:
    """Rosters of one's own institution, and the form to send one."""
    return uploads_page(request, INSTITUTION)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def roster(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One roster of one's own institution, from preview to result."""
    return upload_page(request, pk, INSTITUTION)


@require_safe
@never_cache
@only(Role.INSTITUTION_MANAGER)
def refused(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The refused rows of one's own roster as a file to be corrected."""
    return refused_file(request, pk)


@require_safe
@only(Role.INSTITUTION_MANAGER)
def template(request: HttpRequest) -> HttpResponse:
    """The empty roster to fill in."""
    return template_file()
