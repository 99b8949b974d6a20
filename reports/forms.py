"""What the pages of this room ask for. Filters live in the address."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lms.registry.models import PostKind, Region
from reports import metrics
from reports.metrics.figures import SENTENCES

METRICS = (
    ("", _("Holding rate (official)")),
    ("holding.n2_d1", _("Holding rate of all staff")),
    ("holding.n1_d2", _("Any listed certificate")),
    ("holding.n3_d2", _("With health certificate and no-crime check")),
    (metrics.HOURS, _("Yearly hours reached")),
)
SHOW = (
    ("", _("Everybody on post")),
    ("lacking", _("Not counted yet")),
    ("holds", _("Counted")),
    ("outside", _("Outside the rate")),
)


class RateFilter(forms.Form):
    """Which figure, on which day."""

    on = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    metric = forms.ChoiceField(label=_("Figure"), choices=METRICS, required=False)


class RegionRateFilter(RateFilter):
    """The same, for a region of the bureau's own."""

    region = forms.ModelChoiceField(
        Region.objects.none(), to_field_name="code", label=_("Region"), required=False, empty_label=_("Whole region")
    )

    def __init__(self, *args: object, regions: "QuerySet[Region]", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = regions


class PeopleFilter(RateFilter):
    """The people behind a figure."""

    show = forms.ChoiceField(label=_("People"), choices=SHOW, required=False)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("All")), *((reason.value, sentence) for reason, sentence in SENTENCES.items())],
        required=False,
    )
    post = forms.ChoiceField(label=_("Post"), choices=[("", _("All")), *PostKind.choices], required=False)
    q = forms.CharField(label=_("Name or institution"), max_length=60, required=False)
    region = forms.CharField(required=False, max_length=9, widget=forms.HiddenInput)
    institution = forms.CharField(required=False, max_length=18, widget=forms.HiddenInput)
