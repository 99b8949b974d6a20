"""An institution's own people: who is on post, and what of their papers is due."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.registry import access, banning
from lms.registry.access import only
from lms.registry.forms import StaffFilter
from lms.registry.models import PostState, Role
from lms.registry.naming import formerly

PER_PAGE = 50


@require_safe
@only(Role.INSTITUTION_MANAGER)
def roster(request: HttpRequest) -> HttpResponse:
    """The posts of one's own institution; those held now unless a state is chosen."""
    acting = access.acting_of(request)
    today = timezone.localdate()
    rows = access.posts(acting).prefetch_related("person__documents").order_by("person__sort_key", "person_id")
    on_post = rows.filter(ended_on__isnull=True)
    kinds = on_post.order_by("kind").values_list("kind").annotate(n=Count("pk"))
    form = StaffFilter(request.GET)
    listed = on_post
    if form.is_valid():
        chosen = form.cleaned_data
        if chosen["state"]:
            listed = rows.filter(state=chosen["state"])
        if text := chosen["q"].strip():
            listed = listed.filter(Q(person__name__icontains=text) | Q(person__in=formerly(text)))
        if chosen["kind"]:
            listed = listed.filter(kind=chosen["kind"])
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    barred = banning.barred_ids([post.person_id for post in page])
    context = {
        "page": page,
        "rows": [(post, post.person_id in barred) for post in page],
        "form": form,
        "today": today,
        "on_post": sum(n for _, n in kinds),
        "left": PostState.LEFT,
        "any_barred": bool(barred),
    }
    return render(request, "registry/staff.html", context)
