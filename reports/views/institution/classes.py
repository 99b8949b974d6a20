"""The classes of one's own institution: which is short of whom, on any day; children and staff set by tapping."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import access as registry
from lms.registry import grouping
from lms.registry.access import acting_of, only
from lms.registry.errors import refuse
from lms.registry.models import ClassDuty, ClassGroup, Membership, Post, Role
from reports import access
from reports.forms import ClassForm, CountForm
from reports.staffing import ClassDay, Staffing
from reports.views import board


@only(Role.INSTITUTION_MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def institution_classes(request: HttpRequest) -> HttpResponse:
    """Every class on a day, and the days ahead on which planned leave leaves one short; a class is opened here."""
    acting = acting_of(request)
    institution = access.institution(acting)
    refused: DomainError | None = None
    form = ClassForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            group = grouping.open_class(by=acting, institution=institution, **form.cleaned_data)
        except DomainError as error:
            refused = error
        else:
            messages.success(request, _("The class is open. Now say how many children it has and who serves there."))
            return redirect("institution_class", pk=group.pk)
    context = {"institution": institution, "form": form, "refused": refused} | board(request, institution=institution)
    status = 409 if refused else 422 if form.is_bound else 200
    return render(request, "reports/classes.html", context, status=status)


@only(Role.INSTITUTION_MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def institution_class(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One class: its children, who serves there, and everybody who could; acts are posted as `act`."""
    acting = acting_of(request)
    group = registry.one(registry.classes(acting), pk=pk)
    form = CountForm(request.POST if request.POST.get("act") == "count" else None)
    refused: DomainError | None = None
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise refuse("not_found")
        verb, said = act
        try:
            if not form.is_bound or form.is_valid():
                verb(acting, group, request.POST, form)
                messages.success(request, str(said))
                return redirect("institution_class", pk=pk)
        except DomainError as error:
            if error.code == "not_found":
                raise
            refused = error
    return _class_page(request, group, form, refused)


def _class_page(request: HttpRequest, group: ClassGroup, form: CountForm, refused: DomainError | None) -> HttpResponse:
    today = timezone.localdate()
    monitor = Staffing(first=today, institution=group.institution)
    rows = {row.group.pk: row for row in monitor.on(today)}
    row: ClassDay | None = rows.get(group.pk)
    serving = {member.duty.post_id for member in row.members} if row else set()
    elsewhere: dict[UUID, list[str]] = {}
    for other in rows.values():
        for member in other.members:
            if other.group.pk != group.pk:
                elsewhere.setdefault(member.duty.post_id, []).append(other.group.name)
    free = Post.objects.on(today).filter(institution=group.institution).exclude(pk__in=serving)
    cares = row.norm.posts if row and row.norm else []
    context = {
        "group": group,
        "row": row,
        "form": form,
        "refused": refused,
        "today": today,
        "others": sorted(
            ((post, elsewhere.get(post.pk, [])) for post in free.select_related("person").order_by("person__sort_key")),
            key=lambda pair: (pair[0].kind not in cares, bool(pair[1])),
        ),
    }
    status = 409 if refused else 422 if form.is_bound else 200
    return render(request, "reports/class.html", context, status=status)


# --- Acts -----------------------------------------------------------------------------------

Verb = Callable[[Membership, ClassGroup, Any, CountForm], object]


def _assign(by: Membership, group: ClassGroup, sent: Any, form: CountForm) -> object:
    post = registry.one(registry.posts(by), pk=sent.get("post", ""))
    return grouping.assign(by=by, group=group, post=post, on=_since(group, post.started_on))


def _since(group: ClassGroup, started_on: date) -> date:
    """Today, or the first day on which both class and post are there."""
    return max(timezone.localdate(), group.opened_on, started_on)


def _release(by: Membership, group: ClassGroup, sent: Any, form: CountForm) -> object:
    number = sent.get("duty", "")
    if not number.isdecimal():
        raise refuse("not_found")
    duty = registry.one(ClassDuty.objects.filter(group=group).select_related("group"), pk=number)
    return grouping.release(by=by, duty=duty, on=timezone.localdate())


def _count(by: Membership, group: ClassGroup, sent: Any, form: CountForm) -> object:
    return grouping.count_children(by=by, group=group, **form.cleaned_data)


def _close(by: Membership, group: ClassGroup, sent: Any, form: CountForm) -> object:
    return grouping.close_class(by=by, group=group, on=timezone.localdate())


ACTS: dict[str, tuple[Verb, str | Promise]] = {
    "assign": (_assign, _("She serves in this class from today on.")),
    "release": (_release, _("She no longer serves in this class.")),
    "count": (_count, _("The number of children is recorded.")),
    "close": (_close, _("The class is closed.")),
}
