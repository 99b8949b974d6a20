"""What the pages of this room ask for."""

import re
import unicodedata
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Bucket, CourseKind, RunState
from lms.registry.forms.employment import Evidence

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
    evidence = Evidence()


class SearchForm(forms.Form):
    """One field of words."""

    q = forms.CharField(label=pgettext_lazy("person", "Name"), required=False, max_length=60)
