"""Enrolling the staff of institutions, or single people, in a run: pick, look, confirm."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from courses import access, enrolling, tasks
from courses.errors import Refusal
from courses.forms import SearchForm
from courses.models import CourseRun, EnrollmentState
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, institutions, only
from lms.registry.errors import sentence_of
from lms.registry.models import Institution, Membership, Post, Role
from lms.registry.naming import called
from lms.registry.searching import CappedPaginator, named

PAGE_SIZE = 30
#: Above this many people the work is a job, so that the page answers at once.
AT_ONCE = 200
#: People shown when one is looked for by name.
FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    by = acting_of(request)
    run = access.one(access.runs(by), pk=pk)
    if request.method != "POST":
        return _pick(request, by, run)
    posts = _picked(request, by)
    if not posts.exists():
        messages.warning(request, _("Pick at least one institution or person first."))
        return redirect("centre_enrol", pk=run.pk)
    if request.POST.get("act") == "enrol":
        return _enrol(request, by, run, posts)
    if request.POST.get("act") == "wait":
        return _wait(request, by, run, posts)
    return _preview(request, run, posts)


def _pick(request: HttpRequest, by: Membership, run: CourseRun) -> HttpResponse:
    """Institutions of the city with their staff on post; people by name when one is looked for."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = _with_counts(institutions(by), run).filter(staff__gt=0).order_by("name", "pk")
    people: QuerySet[Post] = Post.objects.none()
    if words:
        people = access.staff(by).filter(person__in=called(words)).prefetch_related("person__documents")
        rows = rows.filter(named(words))
    context = {
        "run": run,
        "form": form,
        "q": words,
        "people": people.order_by("person__sort_key", "person__name")[:FOUND],
        "page": CappedPaginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "free": _free(run),
    }
    return render(request, "courses/centre/enrol.html", context)


def _with_counts(rows: "QuerySet[Institution]", run: CourseRun) -> "QuerySet[Any]":
    """Institutions with `staff` on post today and `here`, how many of those are in the run already."""
    today = timezone.localdate()
    on_post = Q(posts__started_on__lte=today) & (Q(posts__ended_on__isnull=True) | Q(posts__ended_on__gt=today))
    taking_part = run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).values("person_id")
    return rows.annotate(
        staff=Count("posts__person", filter=on_post, distinct=True),
        here=Count("posts__person", filter=on_post & Q(posts__person__in=taking_part), distinct=True),
    )


def _free(run: CourseRun) -> int:
    taken = run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).count()
    return max(0, run.capacity - taken)


def _picked(request: HttpRequest, by: Membership) -> "QuerySet[Post]":
    """The posts behind the ticked institutions and people, as far as this centre may invite them."""
    sites, people = keys_of(request, "institution"), keys_of(request, "person")
    return access.staff(by).filter(Q(institution__in=sites) | Q(person__in=people)).order_by("person_id", "pk")


def keys_of(request: HttpRequest, name: str) -> list[UUID]:
    """The keys sent under `name`; what is none is passed over."""
    keys = []
    for text in request.POST.getlist(name):
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys


def _preview(request: HttpRequest, run: CourseRun, posts: "QuerySet[Post]") -> HttpResponse:
    people = list({post.person_id: post.person for post in posts}.values())
    report = enrolling.foresee(run=run, people=people)
    context = {
        "run": run,
        "sites": sorted({post.institution for post in posts}, key=lambda site: site.name),
        "institutions": keys_of(request, "institution"),
        "people": keys_of(request, "person"),
        "total": len(people),
        "report": report,
        "refused": said(report.refused),
        "free": _free(run),
        "as_job": len(people) > AT_ONCE,
    }
    return render(request, "courses/centre/enrol_preview.html", context)


def _enrol(request: HttpRequest, by: Membership, run: CourseRun, posts: "QuerySet[Post]") -> HttpResponse:
    sites = keys_of(request, "institution")
    sent_by: dict[UUID, UUID] = {}
    people = {}
    for post in posts:
        people[post.person_id] = post.person
        sent_by.setdefault(post.person_id, post.institution_id)
    if len(people) > AT_ONCE and sites:
        return redirect(tasks.enrol_institutions(by=by, run=run, institutions=sites))
    try:
        report = enrolling.enrol_many(by=by, run=run, people=list(people.values()), institutions=sent_by)
    except DomainError as refusal:
        messages.error(request, f"{refusal} ({refusal.code})")
        return redirect("centre_enrol", pk=run.pk)
    if not report.refused:
        number = len(report.enrolled)
        words = ngettext("%(n)s person has been enrolled.", "%(n)s people have been enrolled.", number)
        messages.success(request, words % {"n": number})
        return redirect("centre_run", pk=run.pk)
    context = {
        "run": run,
        "report": report,
        "refused": said(report.refused),
        "without_place": [person.pk for person, code in report.refused if code == "run_full"],
    }
    return render(request, "courses/centre/enrol_result.html", context)


def _wait(request: HttpRequest, by: Membership, run: CourseRun, posts: "QuerySet[Post]") -> HttpResponse:
    """Those for whom no place was left wait for one."""
    sent_by: dict[UUID, UUID] = {}
    people = {}
    for post in posts:
        people[post.person_id] = post.person
        sent_by.setdefault(post.person_id, post.institution_id)
    try:
        turns, refused = enrolling.wait_many(by=by, run=run, people=list(people.values()), institutions=sent_by)
    except DomainError as refusal:
        messages.error(request, f"{refusal} ({refusal.code})")
    else:
        words = ngettext("%(n)s person waits for a place.", "%(n)s people wait for a place.", len(turns))
        messages.success(request, words % {"n": len(turns)})
        for row in said(refused):
            messages.warning(request, f"{row['person']}: {row['sentence']}")
    return redirect("centre_run", pk=run.pk)


def said(refused: Any) -> list[dict[str, object]]:
    """Refused people with the sentence and the code."""
    sentences = {code: Refusal(code).label if code in Refusal.values else sentence_of(code) for _p, code in refused}
    return [{"person": person, "code": code, "sentence": sentences[code]} for person, code in refused]
