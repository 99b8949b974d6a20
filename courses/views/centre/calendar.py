"""A centre's sessions by month or week; which of them is the address."""

from calendar import Calendar
from collections import defaultdict
from datetime import date, time, timedelta
from typing import NamedTuple

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from courses import access
from courses.forms import moment
from courses.models import RunState, Session
from lms.registry.access import acting_of, only
from lms.registry.models import Role

WEEK = timedelta(days=7)
MIDNIGHT = time(0)
#: Days the calendar can be turned to; at the ends of time there is no month before or after.
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)


class Day(NamedTuple):
    """One day of the calendar; one of a neighbouring month is `outside`."""

    date: date
    sessions: list[Session]
    outside: bool


class CalendarForm(forms.Form):
    """What the address says: `view` is week or month, `on` any day of it."""

    view = forms.ChoiceField(choices=[("month", "month"), ("week", "week")], required=False)
    on = forms.DateField(required=False, validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)])


@require_safe
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest) -> HttpResponse:
    """The weeks that hold the month, or one week; a session stands on the day it begins."""
    form = CalendarForm(request.GET)
    form.is_valid()
    today = timezone.localdate()
    on = form.cleaned_data.get("on") or today
    weekly = form.cleaned_data.get("view") == "week"
    if weekly:
        monday = on - timedelta(days=on.weekday())
        days = [[monday + timedelta(days=number) for number in range(7)]]
        before, after = on - WEEK, on + WEEK
    else:
        days = Calendar().monthdatescalendar(on.year, on.month)
        first = on.replace(day=1)
        before, after = first - timedelta(days=1), (first + timedelta(days=31)).replace(day=1)
    found = _by_day(request, days[0][0], days[-1][-1])
    weeks = [[Day(day, found.get(day, []), not weekly and day.month != on.month) for day in week] for week in days]
    view = "week" if weekly else "month"
    context = {
        "weeks": weeks,
        "weekly": weekly,
        "on": on,
        "today": today,
        "first": days[0][0],
        "last": days[-1][-1],
        "total": sum(len(day.sessions) for week in weeks for day in week if not day.outside),
        "before": _address(view, before),
        "after": _address(view, after),
        "now_address": _address(view, today),
        "as_month": _address("month", on),
        "as_week": _address("week", on),
    }
    return render(request, "courses/centre/calendar.html", context)


def _by_day(request: HttpRequest, first: date, last: date) -> dict[date, list[Session]]:
    rows = (
        access.sessions(acting_of(request))
        .filter(starts_at__gte=moment(first, MIDNIGHT), starts_at__lt=moment(last + timedelta(days=1), MIDNIGHT))
        .exclude(run__state=RunState.CANCELLED)
        .select_related("room", "trainer")
        .order_by("starts_at")
    )
    found: dict[date, list[Session]] = defaultdict(list)
    for session in rows:
        found[timezone.localdate(session.starts_at)].append(session)
    return found


def _address(view: str, on: date) -> str:
    return f"{reverse('centre_calendar')}?{urlencode({'view': view, 'on': on.isoformat()})}"
