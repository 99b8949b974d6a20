"""Reminders of hours at a bureau: which are set, setting one, and whom one would reach today."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, one, only
from lms.registry.models import Membership, Region, Role, User
from reports import access, reminding
from reports.errors import refuse
from reports.forms.hours import ReminderForm
from reports.metrics.outlook import Ending, Outlooks
from reports.metrics.staff import scope_of
from reports.models import HoursReminder
from reports.views import PER_PAGE
from reports.views.bureau.home import DESK
from reports.views.bureau.hours import regions_of


@only(*DESK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_reminders(request: HttpRequest) -> HttpResponse:
    """The reminders that reach the region, and the form to set another."""
    by = acting_of(request)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    form = ReminderForm(posted, regions=regions_of(by))
    refusal, status = None, 200
    if posted is not None:
        status = 422
        if form.is_valid():
            try:
                reminder = reminding.set_reminder(by=by, **form.cleaned_data)
            except DomainError as error:
                refusal, status = error, 409
            else:
                messages.success(request, _("The reminder is set."))
                return redirect("bureau_reminder", pk=reminder.pk)
    today = timezone.localdate()
    reminders = list(access.reminders(by).order_by("-ended_at", "region", "set_at"))
    rows = [
        (row, day, _state(row, day, today))
        for row, day in zip(reminders, reminding.days_of(reminders, today), strict=True)
    ]
    context = {
        "form": form,
        "refusal": refusal,
        "rows": rows,
        "today": today,
        "may_set": by.role == Role.BUREAU_OFFICER,
    }
    return render(request, "reports/reminders.html", context, status=status)


@only(*DESK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_reminder(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Whom it would reach if its day were today; posted, it is ended."""
    by = acting_of(request)
    reminder = one(access.reminders(by), pk=pk)
    if request.method == "POST":
        reminding.end_reminder(by=by, reminder=reminder)
        messages.success(request, _("The reminder is ended."))
        return redirect("bureau_reminders")
    rows = reminding.concerned_by(reminder, Outlooks(scope_of(_seen(by, reminder), None, "institution__")).rows)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    accounts = User.objects.filter(person__in=[row.place.person_id for row in page], is_active=True)
    reachable = set(accounts.values_list("person_id", flat=True))
    today = timezone.localdate()
    context = {
        "reminder": reminder,
        "page": page,
        "rows": [(row, Ending(row.prospect), row.place.person_id in reachable) for row in page],
        "due_on": reminding.days_of([reminder], today)[0],
        "institutions": len({row.place.institution_id for row in rows}),
        "may_end": by.role == Role.BUREAU_OFFICER and reminder.ended_at is None and _own(by, reminder),
        "today": today,
    }
    return render(request, "reports/reminder.html", context)


def _state(reminder: HoursReminder, day: date, today: date) -> str:
    """ended | ahead | told | next: its day lay behind when it was set."""
    if reminder.ended_at is not None:
        return "ended"
    if today < day:
        return "ahead"
    return "told" if timezone.localdate(reminder.set_at) < day + reminding.MADE_UP_FOR else "next"


def _own(by: Membership, reminder: HoursReminder) -> bool:
    return by.region is None or reminder.region.prefix.startswith(by.region.prefix)


def _seen(by: Membership, reminder: HoursReminder) -> Region | None:
    """The part of the reminder's region that one may see: of one from above one's own."""
    return reminder.region if _own(by, reminder) else by.region
