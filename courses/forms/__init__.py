"""What the pages of this room ask for."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Bucket, Course, CourseKind, RunState
from courses.scheduling import SessionPlan

BEIJING = ZoneInfo("Asia/Shanghai")
ANY = ("", _("All"))
CLOCK = {"inputmode": "numeric", "placeholder": "09:00", "autocomplete": "off", "maxlength": "5", "class": "clock"}
#: Sessions one generator may make; a course of a whole term still fits.
MOST_SESSIONS = 60


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def read_clock(text: str) -> time | None:
    """A time of day as people type it: 9:00, 0900, 9：00; None when it is none.

    Plain text instead of a browser's time field: that one shows a.m. and p.m. in some languages, and
    four digits are typed faster than two fields are tabbed through.
    """
    digits = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"(\d{1,2})[:.]?(\d{2})", digits)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


class ClockField(forms.TimeField):
    """A time of day by the 24-hour clock."""

    widget = forms.TimeInput(format="%H:%M", attrs=CLOCK)
    default_error_messages = {"invalid": _("Write the time like 09:00.")}

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value or None
        found = read_clock(str(value))
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


def moment(day: date, clock: time) -> datetime:
    """That time on that day in Beijing."""
    return datetime.combine(day, clock, tzinfo=BEIJING)


def end_moment(day: date, starts: time, ends: time) -> datetime:
    """When a session of `day` ends: 00:00 means the midnight that ends the day, not the one that begins it."""
    midnight = ends == time(0) and starts != time(0)
    return moment(day + timedelta(days=1) if midnight else day, ends)


class CatalogueForm(forms.Form):
    """Filters of the catalogue; their state is the address."""

    q = forms.CharField(label=_("Words"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *CourseKind.choices], required=False)
    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=[ANY, *Bucket.choices], required=False)


class RunFilterForm(forms.Form):
    """Filters of a centre's list of runs."""

    q = forms.CharField(label=_("Title or number"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *RunState.choices], required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *CourseKind.choices], required=False)


class RunForm(forms.Form):
    """What a run is, apart from its sessions."""

    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.none(), empty_label=_("Choose a course"))
    title = forms.CharField(
        label=pgettext_lazy("course", "Title"),
        max_length=120,
        help_text=_("What learners see, for example the month and the place."),
    )
    place = forms.CharField(label=_("Place"), max_length=120, help_text=_("Street, house and room."))
    capacity = forms.IntegerField(label=_("Places"), min_value=1, max_value=10_000, initial=50)
    open = forms.BooleanField(label=_("Open for enrolment at once"), required=False, initial=True)

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = courses  # type: ignore[attr-defined]


class Repeat(forms.Form):
    """One session and how often it comes again: what the rows of a run are made from."""

    REPEATS = [("day", _("Every day")), ("week", _("Every week"))]

    day = forms.DateField(label=_("First day"), widget=day_input())
    starts = ClockField(label=pgettext_lazy("time of day", "From"), initial="09:00")
    ends = ClockField(label=pgettext_lazy("time of day", "To"), initial="11:15")
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=240, initial=0)
    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=Bucket.choices)
    trainer = forms.CharField(label=_("Trainer"), max_length=60, required=False)
    every = forms.ChoiceField(label=_("Repeat"), choices=REPEATS, initial="week")
    times = forms.IntegerField(label=_("Number of sessions"), min_value=1, max_value=MOST_SESSIONS, initial=1)

    def rows(self) -> list[dict[str, Any]]:
        """Initial values for the rows of `SessionFormSet`."""
        given = self.cleaned_data
        step = timedelta(days=1 if given["every"] == "day" else 7)
        kept = {name: given[name] for name in ("starts", "ends", "break_minutes", "bucket", "trainer")}
        return [{"day": given["day"] + step * number, "title": "", **kept} for number in range(given["times"])]


class SessionForm(forms.Form):
    """One session; end and start lie on the same day in Beijing."""

    day = forms.DateField(label=_("Day"), widget=day_input())
    starts = ClockField(label=pgettext_lazy("time of day", "From"))
    ends = ClockField(label=pgettext_lazy("time of day", "To"))
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=240, initial=0)
    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=Bucket.choices)
    title = forms.CharField(label=_("Topic"), max_length=120, required=False)
    trainer = forms.CharField(label=_("Trainer"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, starts, ends = (cleaned.get(name) for name in ("day", "starts", "ends"))
        if day and starts and ends and end_moment(day, starts, ends) <= moment(day, starts):
            self.add_error("ends", ValidationError(_("The end must lie after the start."), code="session_times"))
        return cleaned

    def plan(self) -> SessionPlan:
        given = self.cleaned_data
        return SessionPlan(
            title=given["title"],
            bucket=given["bucket"],
            starts_at=moment(given["day"], given["starts"]),
            ends_at=end_moment(given["day"], given["starts"], given["ends"]),
            break_minutes=given["break_minutes"],
        )


SessionFormSet = forms.formset_factory(SessionForm, extra=0, can_delete=True, max_num=MOST_SESSIONS * 2)


class CorrectionForm(forms.Form):
    """What a corrected attendance should say; both times empty means absent."""

    absent = forms.BooleanField(label=_("Absent"), required=False)
    came = ClockField(label=_("Arrival"), required=False)
    went = ClockField(label=_("Departure"), required=False)
    reason = forms.CharField(
        label=pgettext_lazy("correction", "Reason"),
        max_length=300,
        help_text=_("For example: the paper sign-in sheet says 09:00. The old value is kept beside it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SearchForm(forms.Form):
    """One field of words."""

    q = forms.CharField(label=pgettext_lazy("person", "Name"), required=False, max_length=60)
