"""Filters of the pages of hours, and the form of a reminder. Filters live in the address."""

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses.models import Bucket
from lms.registry.models import PostKind, Region
from reports.metrics.outlook import Ending
from reports.models import HoursReminder


class HoursFilter(forms.Form):
    """Whose training year to list."""

    #: The tabs above the filter.
    show = forms.ChoiceField(choices=[("", ""), *Ending.choices], required=False, widget=forms.HiddenInput)
    bucket = forms.ChoiceField(label=_("Missing in"), choices=[("", _("All")), *Bucket.choices], required=False)
    post = forms.ChoiceField(label=_("Post"), choices=[("", _("All")), *PostKind.choices], required=False)
    q = forms.CharField(label=_("Name or institution"), max_length=60, required=False)


class RegionHoursFilter(HoursFilter):
    """The same at a bureau."""

    region = forms.ModelChoiceField(
        Region.objects.none(), to_field_name="code", label=_("Region"), required=False, empty_label=_("Whole region")
    )

    def __init__(self, data: QueryDict, *, regions: "QuerySet[Region]") -> None:
        super().__init__(data)
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = regions


class ReminderForm(forms.Form):
    """A reminder to set: its day, who is told, and in which tone."""

    region = forms.ModelChoiceField(Region.objects.none(), to_field_name="code", label=_("Region"), empty_label=None)
    days_before = forms.IntegerField(
        label=_("Days before the end of the year"),
        help_text=_("Or leave this empty and name a month and a day."),
        min_value=0,
        max_value=364,
        required=False,
    )
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12, required=False)
    day = forms.IntegerField(label=_("Day of the month"), min_value=1, max_value=31, required=False)
    whom = forms.ChoiceField(label=_("Who is told"), choices=HoursReminder.Whom.choices)
    tone = forms.ChoiceField(label=_("Tone of the message"), choices=HoursReminder.Tone.choices)

    def __init__(self, *args: object, regions: "QuerySet[Region]", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = regions
