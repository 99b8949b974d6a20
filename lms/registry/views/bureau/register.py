"""The register as a bureau reads it: institutions, one institution, people."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.registry import access, banning
from lms.registry.access import only
from lms.registry.finding import look_up
from lms.registry.forms import InstitutionFilter, LookUpForm, PeopleFilter
from lms.registry.models import Institution, Person, Post, Role
from lms.registry.naming import formerly

PER_PAGE = 30
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)


@require_safe
@only(*READERS)
def institutions(request: HttpRequest) -> HttpResponse:
    """Institutions of the region with how many people are on post."""
    acting = access.acting_of(request)
    rows = access.institutions(acting)
    regions = access.regions(acting).filter(pk__in=rows.values("region_id"))
    form = InstitutionFilter(request.GET, regions=regions)
    if form.is_valid():
        chosen = form.cleaned_data
        if text := chosen["q"].strip():
            rows = rows.filter(Q(name__icontains=text) | Q(uscc__icontains=text))
        if chosen["region"]:
            rows = rows.filter(region__prefix__startswith=chosen["region"].prefix)
        rows = rows.filter(**{name: chosen[name] for name in ("kind", "filing") if chosen[name]})
    on_post = Count("posts", filter=_now("posts__"), distinct=True)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = dict(
        Institution.objects.filter(pk__in=[row.pk for row in page]).annotate(n=on_post).values_list("pk", "n")
    )
    listed = [(row, counts[row.pk]) for row in page]
    return render(request, "registry/institutions.html", {"page": page, "rows": listed, "form": form})


@require_safe
@only(*READERS)
def institution(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One institution and the people on post there."""
    acting = access.acting_of(request)
    row = access.one(access.institutions(acting), pk=pk)
    page = Paginator(staff(row, timezone.localdate()), PER_PAGE).get_page(request.GET.get("page"))
    context = {"institution": row, "page": page, "rows": with_bans(page), "today": timezone.localdate()}
    return render(request, "registry/institution.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def people(request: HttpRequest) -> HttpResponse:
    """People of the region by a part of the name; one person by her document, posted and recorded."""
    acting = access.acting_of(request)
    reachable = access.people(acting)
    looking = LookUpForm(request.POST) if request.method == "POST" else LookUpForm()
    found: Person | None = None
    asked = status = 0
    if request.method == "POST":
        if looking.is_valid():
            typed = looking.cleaned_data
            person = look_up(by=acting, document=typed["document"], purpose=typed["purpose"])
            found = reachable.filter(pk=person.pk).first() if person else None
            asked = 1
            looking = LookUpForm(initial={"purpose": typed["purpose"]})  # the number is not shown again
        else:
            status = 422
    form = PeopleFilter(request.GET)
    rows = reachable.filter(pk=found.pk) if found else reachable.filter(merged_into__isnull=True)
    if form.is_valid() and not asked:
        if text := form.cleaned_data["q"].strip():
            rows = rows.filter(Q(name__icontains=text) | Q(pk__in=formerly(text)))
        if kind := form.cleaned_data["kind"]:
            rows = rows.filter(Exists(Post.objects.filter(_now(), person=OuterRef("pk"), kind=kind)))
    if asked and not found:
        rows = rows.none()
    in_scope = access.posts(acting).filter(_now()).order_by("started_on")
    rows = rows.prefetch_related("documents", Prefetch("posts", queryset=in_scope, to_attr="posts_now"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    barred = banning.barred_ids([person.pk for person in page])
    context = {
        "page": page,
        "rows": [(person, person.pk in barred) for person in page],
        "form": form,
        "looking": looking,
        "asked": asked,
        "open": request.method == "POST",
        "found": found,
        "may_propose": acting.role in banning.OFFICER,
    }
    return render(request, "registry/people.html", context, status=status or 200)


def staff(institution: Institution, day: date) -> "QuerySet[Post]":
    """The posts held at `institution` on `day`, by name, with people and documents at hand."""
    rows = Post.objects.on(day).filter(institution=institution)
    return rows.select_related("person").prefetch_related("person__documents").order_by("person__sort_key", "person_id")


def with_bans(posts: "Page[Post]") -> list[tuple[Post, bool]]:
    """Each post with whether its person is barred, in one query."""
    barred = banning.barred_ids([post.person_id for post in posts])
    return [(post, post.person_id in barred) for post in posts]


def _now(prefix: str = "") -> Q:
    """Posts held today, for a filter across a relation."""
    today = timezone.localdate()
    values: dict[str, Any] = {f"{prefix}started_on__lte": today}
    return Q(**values) & (Q(**{f"{prefix}ended_on__isnull": True}) | Q(**{f"{prefix}ended_on__gt": today}))
