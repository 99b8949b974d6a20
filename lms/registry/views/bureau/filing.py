"""One step of an institution's filing; closing names everybody whose post ends before it is done."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import access, filing
from lms.registry.access import only
from lms.registry.errors import refuse
from lms.registry.filing import Step
from lms.registry.forms.filing import FilingForm
from lms.registry.models import Role

#: People named on one page of the preview.
PER_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.BUREAU_OFFICER)
def step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """Take a step; `leaving` carries how many posts the preview said would end."""
    acting = access.acting_of(request)
    row = access.one(access.institutions(acting), pk=pk)
    if step not in Step.values:
        raise refuse("not_found")
    if step not in filing.steps_from(row.filing):
        raise refuse("filing_state")
    leaving = filing.leaving_with(row) if step == Step.CLOSE else filing.leaving_with(row).none()
    page = Paginator(leaving.prefetch_related("person__documents"), PER_PAGE).get_page(request.GET.get("page"))
    form = FilingForm(request.POST or None, request.FILES or None, step=step)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        if step == Step.CLOSE and request.POST.get("leaving") != str(page.paginator.count):
            form.add_error(None, _("The people on post have changed meanwhile. Look at the list again."))
        else:
            try:
                filing.decide_filing(by=acting, institution=row, step=step, **form.cleaned_data)
            except DomainError as error:
                refusal = error
            else:
                messages.success(request, _("Recorded. The page below shows where the institution stands now."))
                return redirect("bureau_institution", pk=row.pk)
    context = {
        "institution": row,
        "step": Step(step),
        "form": form,
        "page": page,
        "leaving": page.paginator.count,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "registry/filing.html", context, status=status)
