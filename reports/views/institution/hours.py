"""The year's hours of an institution's staff: who will miss them, and one tap to enrol whoever needs more."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access as taught
from courses import enrolling, suggesting
from courses.models import Bucket, CourseRun, Enrollment, EnrollmentSource, EnrollmentState
from lms.registry.access import acting_of, one, only
from lms.registry.models import Membership, Post, Role
from reports import access, managing, picking
from reports.metrics.outlook import Outlook, Outlooks
from reports.metrics.staff import scope_of
from reports.views.bureau.hours import form_of, outlooks_of, page_of_hours

#: Runs offered at once.
RUNS = 12
#: Minutes per bucket, and to how many people.
Gift = tuple[list[tuple[Bucket, int]], int]
#: More people than this are enrolled by a worker, not while somebody waits.
AT_ONCE = 50


@only(Role.INSTITUTION_MANAGER)
@never_cache
@require_safe
def institution_hours(request: HttpRequest) -> HttpResponse:
    """Everybody on post of whom hours are asked this year, whoever will miss them first."""
    by = acting_of(request)
    context = page_of_hours(request, form_of(by, request.GET), by)
    context |= {"audience": "institution", "today": timezone.localdate(), "scope": access.institution(by)}
    return render(request, "reports/hours.html", context)


@only(Role.INSTITUTION_MANAGER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def institution_hours_enrol(request: HttpRequest) -> HttpResponse:
    """The runs with free places that give the people picked what they lack; with `run` they are enrolled in it.

    Picked are the posts of `picked`, or whoever the filter of the address lets through.
    """
    by = acting_of(request)
    told = request.POST if request.method == "POST" else request.GET
    rows = _picked(by, told)
    if not rows:
        messages.warning(request, _("Pick people first, then what to do."))
        return redirect("institution_hours")
    posts = list(picking.by_hand(by, [str(row.place.post_id) for row in rows]))
    if request.method == "POST" and (key := request.POST.get("run")):
        run = one(taught.open_to_staff(by), pk=key)
        if len(posts) > AT_ONCE:
            return redirect(managing.enrol_staff(by=by, posts=posts, run=run))
        return render(request, "reports/hours_enrolled.html", _enrol(by, posts, run))
    lacking = {bucket: sum(bucket in row.lacking for row in rows) for bucket in Bucket.values}
    offers = suggesting.offers(
        taught.open_to_staff(by), buckets=[bucket for bucket, n in lacking.items() if n], limit=RUNS
    )
    context = {
        "rows": rows,
        "posts": posts,
        "lacking": [(Bucket(bucket), n) for bucket, n in lacking.items() if n],
        "offers": _useful(offers, rows),
    }
    return render(request, "reports/hours_enrol.html", context)


def _picked(by: Membership, told: dict[str, str]) -> list[Outlook]:
    """Everybody picked who is asked for hours, by name."""
    keys = set(told.getlist("picked"))  # type: ignore[attr-defined]
    if not keys:
        form = form_of(by, told)
        # Without a choice nobody is meant, rather than everybody.
        return outlooks_of(by, form)[1] if told.get("show") else []
    mine = scope_of(None, access.institution(by), "institution__")
    return [row for row in Outlooks(mine).rows if str(row.place.post_id) in keys]


def _useful(offers: Sequence[suggesting.Offer], rows: Sequence[Outlook]) -> list[tuple[suggesting.Offer, Gift]]:
    """The runs that give something to somebody, with what they give per bucket and to how many of the people.

    Who is in a run already gets nothing more from it.
    """
    taken = Enrollment.objects.filter(run__in=[offer.run for offer in offers])
    taken = taken.filter(person__in=[row.place.person_id for row in rows]).exclude(state=EnrollmentState.WITHDRAWN)
    inside = set(taken.values_list("run_id", "person_id"))
    found = []
    for offer in offers:
        helped = sum(
            (offer.run.pk, row.place.person_id) not in inside
            and any(offer.minutes.get(bucket) for bucket in row.lacking)
            for row in rows
        )
        if helped:
            gives = [(bucket, offer.minutes[bucket]) for bucket in Bucket if offer.minutes.get(bucket)]
            found.append((offer, (gives, helped)))
    return found


def _enrol(by: Membership, posts: list[Post], run: CourseRun) -> dict[str, object]:
    report = enrolling.enrol_many(
        by=by,
        run=run,
        people=[post.person for post in posts],
        institutions={post.person_id: post.institution_id for post in posts},
        source=EnrollmentSource.INSTITUTION,
    )
    refused = [(person, code, managing.sentence(code)) for person, code in report.refused]
    return {"run": run, "enrolled": len(report.enrolled), "kept": len(report.kept), "refused": refused}
