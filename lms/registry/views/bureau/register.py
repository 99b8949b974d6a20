"""The register as a bureau reads it: institutions and people."""

from collections.abc import Mapping
from hashlib import sha256

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs import running
from lms.registry import access, auditing, banning, exporting, listing, remembering
from lms.registry.access import only
from lms.registry.finding import look_up
from lms.registry.forms import InstitutionFilter, LookUpForm, RegisterFilter
from lms.registry.models import Filing, Institution, Membership, Person, Region, Role
from lms.registry.searching import CappedPaginator, is_number, named

PER_PAGE = 30
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)


@require_safe
@only(*READERS)
def institutions(request: HttpRequest) -> HttpResponse:
    """Institutions of the region, tree and all, with how many people are on post."""
    acting = access.acting_of(request)
    form, rows = chosen_institutions(acting, request.GET)
    page = CappedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = exporting.on_post(row.pk for row in page)
    place = "bureau_institutions"
    saved = remembering.filters_of(acting.user, place)
    views = [
        (_("All"), ""),
        *((Filing(state).label, f"filing={state}") for state in (Filing.PENDING, Filing.SUSPENDED, Filing.CLOSED)),
        *((row.name, row.query) for row in saved),
    ]
    context = {
        "page": page,
        "rows": [(row, counts.get(row.pk, 0)) for row in page],
        "form": form,
        "views": views,
        "saved": saved,
        "place": place,
        "query": remembering.filter_in(request.GET),
    }
    return render(request, "registry/institutions.html", context)


@require_safe
@never_cache
@only(*READERS)
def institutions_export(request: HttpRequest) -> HttpResponseBase:
    """The institutions that the address chooses, as xlsx.

    Long lists are made by a worker; who asks again within the minute finds the same job.
    """
    acting = access.acting_of(request)
    _form, rows = chosen_institutions(acting, request.GET)
    with transaction.atomic():
        number = rows.count()
        auditing.record(acting, "export_institutions", whole_region(acting), after={"rows": number})
        if number > exporting.AT_ONCE:
            query = request.GET.urlencode()
            key = sha256(f"{acting.pk} {query} {timezone.now():%Y%m%d%H%M}".encode()).hexdigest()
            args = {"membership": acting.pk, "query": query}
            return redirect(running.enqueue(exporting.KIND, args, owner_id=acting.user_id, key=f"institutions:{key}"))
    name = exporting.file_name(whole_region(acting))
    book = exporting.institutions_book(rows)
    return FileResponse(book, as_attachment=True, filename=name, content_type=exporting.XLSX)


def whole_region(acting: Membership) -> Region:
    """The region somebody acts in; for the platform the country."""
    return acting.region or access.one(access.regions(acting), prefix="")


def chosen_institutions(
    acting: Membership, query: Mapping[str, str]
) -> tuple[InstitutionFilter, "QuerySet[Institution]"]:
    """The filter in an address, and the institutions it lets through."""
    rows = access.institutions(acting)
    form = InstitutionFilter(query, regions=_tree(acting, query.get("region", "")))
    if form.is_valid():
        chosen = form.cleaned_data
        if text := chosen["q"].strip():
            rows = rows.filter(_bearing(text))
        if chosen["region"]:
            rows = rows.filter(region__prefix__startswith=chosen["region"].prefix)
        rows = rows.filter(**{name: chosen[name] for name in ("kind", "filing") if chosen[name]})
    return form, rows


def _bearing(text: str) -> Q:
    """Institutions by a part of the name; what has digits is looked for in their codes and numbers as well."""
    if not is_number(text):
        return named(text)
    # People know the last digits of a filing number; it begins with the words of its place.
    numbers = Q(uscc__startswith=text.upper()) | Q(filing_number__contains=text)
    return numbers | Q(pk__in=Institution.objects.filter(named(text)).values("pk"))


def _tree(acting: Membership, code: str) -> "QuerySet[Region]":
    """The regions to choose from: the way down to the one chosen, those beside it, and those right below it."""
    within = access.regions(acting)
    # A code is digits; PostgreSQL knows no NUL in a text, and would answer with an error of its own.
    chosen = within.filter(code=code).first() if code.isdecimal() else None
    chosen = chosen or whole_region(acting)
    beside = Q(parent=chosen.parent_id) if chosen.parent_id else Q()
    return within.filter(Q(prefix__in=chosen.lineage) | beside | Q(parent=chosen)).order_by("prefix")


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
    form = RegisterFilter(request.GET, regions=_tree(acting, request.GET.get("region", "")))
    everybody = listing.People(acting, form.cleaned_data if form.is_valid() else {}, PER_PAGE)
    paginator = Paginator[Person]([found] if found else [], PER_PAGE) if asked else everybody
    page = paginator.get_page(request.GET.get("page"))
    in_scope = listing.posts_in(everybody.reach).filter(listing.now()).select_related("institution__region")
    shown = list(page)
    prefetch_related_objects(
        shown, "documents", Prefetch("posts", queryset=in_scope.order_by("started_on"), to_attr="posts_now")
    )
    barred = banning.barred_ids([person.pk for person in shown])
    context = {
        "page": page,
        "rows": [(person, person.pk in barred) for person in shown],
        "form": form,
        "looking": looking,
        "asked": asked,
        "open": request.method == "POST",
        "found": found,
        "may_propose": acting.role in banning.OFFICER,
    }
    return render(request, "registry/people.html", context, status=status or 200)
