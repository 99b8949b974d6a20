"""What the page of a draft asks for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.models import TrainingStandard, Variant, YearKind
from certification.standardising import COLUMNS
from courses.models import HourCategory
from lms.registry.models import PolicyStatus, Region

FIRST, LAST = 2000, 2100
#: Prefix of the field that asks for the least hours of a category.
LEAST = "least-"


class StandardForm(forms.Form):
    """A standard: where and from when, how much, on which conditions, and where that is written."""

    region = forms.ModelChoiceField(Region.objects.none(), label=_("Region"), to_field_name="code")
    year_from = forms.IntegerField(label=_("From year"), min_value=FIRST, max_value=LAST)
    year_to = forms.IntegerField(
        label=_("To year"),
        min_value=FIRST,
        max_value=LAST,
        required=False,
        help_text=_("Empty: until a later one."),
    )
    year_kind = forms.ChoiceField(label=_("Training year"), choices=YearKind.choices)
    skill_hours = forms.IntegerField(label=_("Skill hours"), min_value=0, max_value=1000)
    ethics_hours = forms.IntegerField(label=_("Ethics hours"), min_value=0, max_value=1000)
    lesson_minutes = forms.IntegerField(label=_("Minutes in a lesson hour"), min_value=1, max_value=120)
    variant = forms.ChoiceField(label=_("Part of a year on post"), choices=Variant.choices)
    onsite_percent = forms.IntegerField(label=_("At least on site, per cent"), min_value=0, max_value=100)
    day_ceiling = forms.IntegerField(
        label=_("Lesson hours a day at most"),
        min_value=1,
        max_value=24,
        required=False,
        help_text=_("Empty: no limit."),
    )
    categories = forms.MultipleChoiceField(
        label=_("Mandatory content"), required=False, widget=forms.CheckboxSelectMultiple
    )
    paper = forms.CharField(label=_("Paper"), max_length=120)
    line = forms.CharField(label=_("Place in the paper"), max_length=20)
    status = forms.ChoiceField(label=_("Status of the paper"), choices=PolicyStatus.choices)

    def __init__(self, *args: Any, within: Region, standard: TrainingStandard | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"initial": _initial(within, standard)})
        names = list(HourCategory.objects.values_list("name", flat=True))
        region, categories = self.fields["region"], self.fields["categories"]
        assert isinstance(region, forms.ModelChoiceField)
        assert isinstance(categories, forms.MultipleChoiceField)
        # A bureau drafts for itself and for the parts right below it; their parts ask theirs.
        rows = Region.objects.filter(pk=within.pk) | Region.objects.filter(parent=within)
        region.queryset = Region.objects.filter(pk=standard.region_id) if standard else rows.order_by("code")
        categories.choices = [(name, name) for name in names]
        least = standard.category_hours if standard else {}
        for name in names:
            self.fields[f"{LEAST}{name}"] = forms.IntegerField(
                label=_("Least hours: %(name)s") % {"name": name},
                min_value=1,
                max_value=1000,
                required=False,
                initial=least.get(name),
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("year_from"), given.get("year_to")
        if first and last and last < first:
            self.add_error("year_to", ValidationError(_("The last year cannot lie before the first.")))
        return given

    @property
    def values(self) -> dict[str, Any]:
        """The columns of a draft."""
        given = self.cleaned_data
        least = {name.removeprefix(LEAST): hours for name, hours in given.items() if name.startswith(LEAST) and hours}
        return {name: given[name] for name in COLUMNS if name in given} | {"category_hours": least}

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith(LEAST)]

    @property
    def least_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith(LEAST)]


def _initial(within: Region, standard: TrainingStandard | None) -> dict[str, Any]:
    if standard is not None:
        return {name: getattr(standard, name) for name in COLUMNS} | {"region": standard.region.code}
    return {
        "region": within.code,
        "year_from": timezone.localdate().year + 1,
        "year_kind": YearKind.CALENDAR,
        "lesson_minutes": 45,
        "variant": Variant.PRORATA,
        "onsite_percent": 0,
        "status": PolicyStatus.IN_FORCE,
    }


class TrialForm(forms.Form):
    """The year a draft is tried on."""

    year = forms.IntegerField(label=_("Year to try it on"), min_value=FIRST, max_value=LAST)
