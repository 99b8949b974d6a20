"""Filters of the pages of hours, and the form of a reminder. Filters live in the address."""

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses.models import Bucket
from lms.registry.models import PostKind, Region
from reports.metrics.outlook import Ending


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
