"""An institution's own people: the list with its filters, the list as a file, and acts on many of them at once."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Min, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification.views.institution.entries import CHANNELS
from courses import access as taught
from courses.models import CourseRun
from lms.jobs.models import Job
from lms.registry import access as registry_access
from lms.registry import auditing, banning, remembering
from lms.registry.access import acting_of, one, only
from lms.registry.models import Membership, Post, PostState, Role
from reports import access, managing, picking
from reports.exporting import TYPES
from reports.forms import EndPostsForm, NoCrimeForm, RosterFilter
from reports.views.institution import staff_file

PER_PAGE = 50
PLACE = "institution_roster"
VIEWS = (
    (gettext_lazy("All on post"), ""),
    (gettext_lazy("Papers due"), "show=papers"),
    (gettext_lazy("Without a certificate"), "show=certificate"),
    (gettext_lazy("Hours missing"), "show=hours"),
)
ACTS: dict[str, tuple[Any, type[forms.Form] | None]] = {
    "end": (gettext_lazy("End posts"), EndPostsForm),
    "check": (gettext_lazy("Record no-crime checks"), NoCrimeForm),
    "enrol": (gettext_lazy("Enrol in a run"), None),
}
#: Runs offered at once, those that begin first.
RUNS = 20


@require_safe
@never_cache
@only(Role.INSTITUTION_MANAGER)
def roster(request: HttpRequest) -> HttpResponse:
    """The posts of one's own institution; those held now unless the filter says otherwise."""
    acting = acting_of(request)
    form = RosterFilter(request.GET)
    rows, notes = _listed(acting, form)
    page = Paginator(rows.prefetch_related("person__documents"), PER_PAGE).get_page(request.GET.get("page"))
    barred = banning.barred_ids([post.person_id for post in page])
    saved = remembering.filters_of(acting.user, PLACE)
    context = {
        "page": page,
        "rows": [(post, post.person_id in barred, notes.get(post.pk)) for post in page],
        "form": form,
        "today": timezone.localdate(),
        "on_post": registry_access.posts(acting).filter(ended_on__isnull=True).count(),
        "left": PostState.LEFT,
        "any_barred": bool(barred),
        "noted": bool(notes),
        "views": [*VIEWS, *((row.name, row.query) for row in saved)],
        "saved": saved,
        "place": PLACE,
        "query": remembering.filter_in(request.GET),
    }
    return render(request, "reports/staff.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """The list as the address filters it, or (posted) the people picked; xlsx, or csv with `form=csv`."""
    acting = acting_of(request)
    notes: dict[UUID, picking.Note]
    if request.method == "POST":
        posts, notes = picking.by_hand(acting, request.POST.getlist("picked")), {}
    else:
        posts, notes = _listed(acting, RosterFilter(request.GET))
    kind = "csv" if (request.POST.get("form") or request.GET.get("form")) == "csv" else "xlsx"
    site = access.institution(acting)
    with transaction.atomic():
        auditing.record(acting, "export_staff", site, after={"rows": posts.count(), "form": kind})
    name = f"{_('Staff list')}_{site}_{timezone.localdate()}.{kind}"
    if kind == "xlsx":
        book = staff_file.staff_xlsx(posts, notes)
        return FileResponse(book, as_attachment=True, filename=name, content_type=TYPES[kind])
    answer = HttpResponse(staff_file.staff_csv(posts, notes), content_type=TYPES[kind])
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def act(request: HttpRequest) -> HttpResponse:
    """One act on many: who is picked and what it needs; with `confirm` it becomes a job.

    Picked are the posts of `picked`, or whoever has something of `show` not in order.
    """
    acting = acting_of(request)
    told = request.POST if request.method == "POST" else request.GET
    name = told.get("act", "")
    posts = list(_picked(acting, told.getlist("picked"), told.get("show", "")))
    if name not in ACTS or not posts:
        messages.warning(request, _("Pick people first, then what to do."))
        return redirect(PLACE)
    label, form_class = ACTS[name]
    confirmed = request.method == "POST" and "confirm" in request.POST
    form = form_class(request.POST if confirmed else None) if form_class else None
    if confirmed and (form is None or form.is_valid()):
        return redirect(_start(acting, name, posts, request.POST.get("run", ""), form))
    context = {
        "act": name,
        "label": label,
        "posts": posts,
        "form": form,
        "runs": list(_runs(acting)) if name == "enrol" else [],
        "channels": CHANNELS,
    }
    return render(request, "reports/staff_act.html", context, status=422 if confirmed else 200)


def _listed(acting: Membership, form: RosterFilter) -> tuple["QuerySet[Post]", dict[UUID, picking.Note]]:
    form.is_valid()
    chosen = form.cleaned_data
    rows = picking.posts_picked(acting, chosen)
    notes = {}
    if show := chosen.get("show"):
        notes = picking.notes_of(access.institution(acting), show, timezone.localdate())
        rows = rows.filter(pk__in=notes)
    return rows, notes


def _picked(acting: Membership, keys: list[str], show: str) -> "QuerySet[Post]":
    if keys:
        return picking.by_hand(acting, keys)
    if show in ("papers", "certificate", "hours"):
        notes = picking.notes_of(access.institution(acting), show, timezone.localdate())
        return picking.by_hand(acting, map(str, notes))
    return Post.objects.none()


def _runs(acting: Membership) -> "QuerySet[Any]":
    """Open runs of the city with places left, the next to begin first."""
    runs = taught.open_to_staff(acting).with_places()  # type: ignore[attr-defined]
    found: QuerySet[CourseRun] = runs.annotate(begins=Min("sessions__starts_at")).order_by("begins", "code")
    return found.prefetch_related("sessions")[:RUNS]


def _start(acting: Membership, name: str, posts: list[Post], run: str, form: forms.Form | None) -> Job:
    if name == "enrol":
        return managing.enrol_staff(by=acting, posts=posts, run=one(taught.open_to_staff(acting), pk=run))
    assert form is not None
    typed = form.cleaned_data
    if name == "end":
        return managing.end_posts(by=acting, posts=posts, on=typed["on"], reason=typed["reason"])
    return managing.record_checks(by=acting, posts=posts, **typed)
