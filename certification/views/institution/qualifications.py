"""Certificates from outside of an institution's own people: how each stands, and sending one in."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification import access, claiming
from certification.finding import qualifications_with
from certification.forms import StaffQualificationFilter
from certification.models import OPEN_ENTRY
from certification.views import send
from lms.registry.access import acting_of, one, only
from lms.registry.models import Membership, Person, Role
from lms.registry.searching import CappedPaginator

PER_PAGE = 50


@require_safe
@only(Role.INSTITUTION_MANAGER)
def qualifications(request: HttpRequest) -> HttpResponse:
    """Certificates from outside of everybody on post or about to be, with what became of each."""
    acting = acting_of(request)
    today = timezone.localdate()
    rows = access.qualifications(acting).filter(person__in=_people(acting))
    rows = rows.order_by("person__sort_key", "person__name", "kind", "number")
    form = StaffQualificationFilter(request.GET)
    if form.is_valid():
        if text := form.cleaned_data["q"].strip():
            rows = rows.filter(qualifications_with(text))
        if form.cleaned_data["state"]:
            rows = rows.standing_as(form.cleaned_data["state"], today)  # type: ignore[attr-defined]
    page = CappedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(row, row.standing(today)) for row in page],
        "views": [
            (_("All"), ""),
            (_("Awaiting verification"), "state=unverified"),
            (_("Refused"), "state=refused"),
            (_("Expired"), "state=expired"),
        ],
    }
    return render(request, "certification/institution/qualifications.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def qualification_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send in a certificate of one person; `again` fills in what an earlier sending said."""
    acting = acting_of(request)
    person = one(_people(acting), pk=pk)
    form, refusal, status = send(request, acting, person)
    if form is None:
        messages.success(request, _("Sent. The bureau verifies it; you will be told."))
        entry = access.entries(acting).filter(person=person, state__in=OPEN_ENTRY).first()
        return redirect("institution_entry", pk=entry.pk) if entry else redirect("institution_qualifications")
    context = {"form": form, "refusal": refusal, "person": person, "mine": False}
    return render(request, "certification/institution/qualification_new.html", context, status=status)


def _people(acting: Membership) -> "QuerySet[Person]":
    """Whoever is on post there, or about to be."""
    return Person.objects.filter(pk__in=claiming.people_of(acting))
