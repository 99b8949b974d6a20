"""One's own data: who looked it up, a copy of it, and what is wrong about it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry import access, correcting, disclosing
from lms.registry.access import only
from lms.registry.forms.privacy import CorrectionForm
from lms.registry.middleware import STATUS
from lms.registry.models import Role


@require_safe
@never_cache
@only(Role.LEARNER)
def lookups(request: HttpRequest) -> HttpResponse:
    """Who looked her up: which institution or bureau, when, what for."""
    person = access.acting_of(request).user.person
    looks = disclosing.looks_at(person) if person else []
    return render(request, "registry/my_lookups.html", {"person": person, "looks": looks, "most": disclosing.MOST})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.LEARNER)
def data(request: HttpRequest) -> HttpResponse:
    """A copy of everything kept about her, and her requests for correction."""
    acting = access.acting_of(request)
    form = CorrectionForm()
    refusal: DomainError | None = None
    try:
        if request.POST.get("act") == "copy":
            return redirect(disclosing.ask_for_copy(by=acting))
        if request.method == "POST":
            form = CorrectionForm(request.POST, request.FILES)
            if form.is_valid():
                correcting.request_correction(by=acting, **form.cleaned_data)
                messages.success(request, _("Sent. Your bureau answers here."))
                return redirect("my_data")
    except DomainError as error:
        refusal = error
    context: dict[str, Any] = {
        "person": acting.user.person,
        "form": form,
        "form_open": form.is_bound,
        "refusal": refusal,
        "copies": disclosing.copies_of(acting)[:5],
        "working": Job.objects.owned_by(acting.user_id).filter(kind=disclosing.KIND, finished_at=None).first(),
        "requests": access.corrections(acting),
    }
    status = STATUS.get(refusal.code, 409) if refusal else 422 if request.method == "POST" else 200
    return render(request, "registry/my_data.html", context, status=status)
