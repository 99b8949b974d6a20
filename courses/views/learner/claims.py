"""Hours a learner earned elsewhere: what she claimed, what became of it, and a new claim."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, recognising
from courses.views import send
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_safe
@only(Role.LEARNER)
def page(request: HttpRequest) -> HttpResponse:
    """Her claims, the newest first, each item with how much counts and why not more."""
    by = acting_of(request)
    claims = list(access.hour_claims(by).prefetch_related("items"))
    counted = recognising.counted([item for claim in claims for item in claim.items.all()])
    rows = [(claim, [(item, counted.get(item.pk, 0)) for item in claim.items.all()]) for claim in claims]
    return render(request, "courses/learner/claims.html", {"rows": rows, "person": by.user.person})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.LEARNER)
def new(request: HttpRequest) -> HttpResponse:
    """Claim hours with a photo of what proves them."""
    by = acting_of(request)
    if by.user.person is None:
        return redirect("my_claims")
    form, rows, refusal, status = send(request, by, by.user.person)
    if form is None:
        messages.success(request, _("Sent. The bureau decides on each item; you will be told."))
        return redirect("my_claims")
    context = {"form": form, "rows": rows, "refusal": refusal}
    return render(request, "courses/learner/claim_new.html", context, status=status)
