"""A whole number of one person, shown once for a purpose; the institution's desk has the same page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import access, unmasking
from lms.registry.access import only
from lms.registry.forms.privacy import UnmaskForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*access.BUREAU)
def unmask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """For a bureau: people of its region."""
    return unmask_page(request, pk, "bureau_person")


def unmask_page(request: HttpRequest, pk: UUID, person_page: str) -> HttpResponse:
    """Which number and what for; by POST, the number. Only in this one answer, which nothing may keep."""
    acting = access.acting_of(request)
    person = access.one(unmasking.people(acting).prefetch_related("documents"), pk=pk)
    shown = unmasking.numbers_of(person)
    form = UnmaskForm(request.POST or None, shown=shown)
    number, refusal = "", None
    if form.is_valid():
        try:
            number = unmasking.unmask(by=acting, person=person, **form.cleaned_data)
        except DomainError as error:
            refusal = error
    context = {
        "person": person,
        "person_page": person_page,
        "form": form,
        "any": bool(shown),
        "number": number,
        "label": dict(shown).get(form.cleaned_data.get("what", ""), "") if number else "",
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if request.method == "POST" and not number else 200
    return render(request, "registry/unmask.html", context, status=status)
