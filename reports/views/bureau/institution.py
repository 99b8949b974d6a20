"""One institution as its bureau sees it: where it stands, its figures, its people, what was decided."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.registry import filing
from lms.registry.access import acting_of, institutions, one, only
from lms.registry.models import ClassGroup, FilingAct, Institution, Post, Role
from reports import metrics
from reports.metrics.staff import OnPost
from reports.views.bureau.home import DESK

PER_PAGE = 30
#: How a step of the filing looks in the history.
TONES = {
    FilingAct.Step.FILE: "reached",
    FilingAct.Step.SUSPEND: "due",
    FilingAct.Step.RESUME: "reached",
    FilingAct.Step.CLOSE: "refused",
}


@require_safe
@only(*DESK)
def bureau_institution(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One institution of the region."""
    acting = acting_of(request)
    row = one(institutions(acting), pk=pk)
    today = timezone.localdate()
    staff = metrics.Staff(on=today, institution=row)
    page = Paginator(staff.rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "institution": row,
        "today": today,
        "staff": len(staff.rows),
        "rate": metrics.holding_of(staff),
        "classes": ClassGroup.objects.filter(institution=row, closed_on__isnull=True).count(),
        "page": page,
        "rows": _posts(list(page)),
        "history": _history(row),
        "steps": [FilingAct.Step(step) for step in filing.steps_from(row.filing)]
        if acting.role == Role.BUREAU_OFFICER
        else [],
    }
    return render(request, "reports/bureau_institution.html", context)


def _posts(rows: list[OnPost]) -> list[tuple[Post, bool]]:
    """The posts of these rows, in their order, each with whether its person is barred."""
    found = Post.objects.select_related("person").prefetch_related("person__documents")
    posts = found.in_bulk([row.post_id for row in rows])
    return [(posts[row.post_id], row.barred) for row in rows if row.post_id in posts]


def _history(institution: Institution) -> list[dict[str, Any]]:
    """What was decided about the filing, newest first, for the timeline."""
    acts = institution.filing_acts.select_related("decided_by", "evidence").order_by("-decided_at")
    return [{"act": act, "tone": TONES[FilingAct.Step(act.step)]} for act in acts]
