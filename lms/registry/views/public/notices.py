"""What the system told whoever is signed in."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.registry import access, noticing
from lms.registry.access import acting_of

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """What one was told, newest first. Posted: `notice` opens one and marks it read; without it all are."""
    acting = acting_of(request)
    rows = noticing.notices_of(acting.user)
    if request.method == "POST":
        key = request.POST.get("notice", "")
        picked = access.one(rows, pk=key) if key else None
        noticing.mark_read(acting.user, picked)
        return redirect(picked.path if picked and picked.path else "notices")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(row, noticing.sentence_of(row)) for row in page]}
    return render(request, "registry/notices.html", context)
