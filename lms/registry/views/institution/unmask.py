"""A whole number of one of one's own staff, shown once for a purpose."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.registry.access import only
from lms.registry.models import Role
from lms.registry.views.bureau.unmask import unmask_page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def unmask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """For a manager: people on post with her today."""
    return unmask_page(request, pk, "institution_person")
