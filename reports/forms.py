"""What the pages of this room ask for. Filters live in the address."""

from datetime import date
from decimal import Decimal

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.registry.forms import StaffFilter
from lms.registry.models import ClassType, PostKind, Region
from reports import metrics
from reports.metrics.figures import SENTENCES
from reports.models import Indicator, Veto

METRICS = (
    ("", _("Holding rate (official)")),
    ("holding.n2_d1", _("Holding rate of all staff")),
    ("holding.n1_d2", _("Any listed certificate")),
    ("holding.n3_d2", _("With health certificate and no-crime check")),
    (metrics.HOURS, _("Yearly hours reached")),
)
SHOW = ("", "lacking", "holds", "outside")


class RateFilter(forms.Form):
    """Which figure, on which day; the day is today unless the address says otherwise."""

    on = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    metric = forms.ChoiceField(label=_("Figure"), choices=METRICS, required=False)

    def __init__(self, data: QueryDict, **kwargs: object) -> None:
        data = data.copy()
        data.setdefault("on", timezone.localdate().isoformat())
        # Links name the official figure; the list of choices has it as the one for "nothing chosen".
        if data.get("metric") == metrics.OFFICIAL:
            data["metric"] = ""
        super().__init__(data, **kwargs)  # type: ignore[arg-type]


class RegionRateFilter(RateFilter):
    """The same, for a region of the bureau's own."""

    region = forms.ModelChoiceField(
        Region.objects.none(), to_field_name="code", label=_("Region"), required=False, empty_label=_("Whole region")
    )

    def __init__(self, data: QueryDict, *, regions: "QuerySet[Region]") -> None:
        super().__init__(data)
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = regions


class PeopleFilter(RateFilter):
    """The people behind a figure."""

    #: The tabs above the filter.
    show = forms.ChoiceField(choices=[(show, show) for show in SHOW], required=False, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("All")), *((reason.value, sentence) for reason, sentence in SENTENCES.items())],
        required=False,
    )
    post = forms.ChoiceField(label=_("Post"), choices=[("", _("All")), *PostKind.choices], required=False)
    q = forms.CharField(label=_("Name or institution"), max_length=60, required=False)
    region = forms.CharField(required=False, max_length=9, widget=forms.HiddenInput)
    institution = forms.CharField(required=False, max_length=18, widget=forms.HiddenInput)


# --- Ratings --------------------------------------------------------------------------------


class RoundForm(forms.Form):
    """A round to open: where, and as of which day."""

    region = forms.ModelChoiceField(
        Region.objects.none(),
        to_field_name="code",
        label=_("Region"),
        empty_label=None,
        help_text=_("The scheme of this region, or of the nearest one above it, applies."),
    )
    as_of = forms.DateField(
        label=_("As of"),
        help_text=_("Rates and checks are read as they stood on this day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: object, regions: "QuerySet[Region]", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = regions


class RatingFilter(forms.Form):
    """Which institutions of a round are shown; a result is a grade's place or an outcome."""

    q = forms.CharField(label=_("Institution"), max_length=60, required=False)
    result = forms.ChoiceField(label=_("Result"), required=False)

    def __init__(self, *args: object, results: list[tuple[str, object]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chosen = self.fields["result"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("All")), *results]


class ScoresForm(forms.Form):
    """Points and a note for each indicator that is not counted by itself; an empty field takes points back."""

    def __init__(self, *args: object, indicators: list[Indicator], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.indicators = indicators
        for indicator in indicators:
            most = indicator.points.normalize()
            self.fields[f"points_{indicator.code}"] = forms.DecimalField(
                label=_("%(name)s, at most %(points)s") % {"name": indicator.name, "points": f"{most:f}"},
                required=False,
                min_value=0,
                max_value=indicator.points,
                decimal_places=1,
            )
            self.fields[f"note_{indicator.code}"] = forms.CharField(
                label=_("Grounds for %(name)s") % {"name": indicator.name}, required=False, max_length=300
            )

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each indicator's two fields."""
        return [(self[f"points_{row.code}"], self[f"note_{row.code}"]) for row in self.indicators]

    @property
    def scores(self) -> dict[str, tuple[Decimal | None, str]]:
        """As `rating.enter_scores` takes them."""
        typed = self.cleaned_data
        return {row.code: (typed[f"points_{row.code}"], typed[f"note_{row.code}"]) for row in self.indicators}


class ReasonForm(forms.Form):
    """Why: kept with the decision."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ReportForm(forms.Form):
    """A veto that an officer reports."""

    veto = forms.ModelChoiceField(Veto.objects.none(), to_field_name="code", label=_("Veto"), empty_label=None)
    note = forms.CharField(
        label=_("What was found"),
        help_text=_("Case number, day and what was established."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: object, vetoes: "QuerySet[Veto]", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chosen = self.fields["veto"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = vetoes


def picked_day(label: object, **kwargs: object) -> forms.DateField:
    """A day, typed or picked."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)  # type: ignore[arg-type]


class DayFilter(forms.Form):
    """Which day's classes; today unless the address says otherwise."""

    on = picked_day(_("Day"), required=False)

    def __init__(self, data: QueryDict, **kwargs: object) -> None:
        data = data.copy()
        data.setdefault("on", timezone.localdate().isoformat())
        super().__init__(data, **kwargs)  # type: ignore[arg-type]

    def day(self) -> date:
        """The day asked for; one that can't be read falls back to today, and the field says so."""
        self.is_valid()
        return self.cleaned_data.get("on") or timezone.localdate()


class RatioFilter(DayFilter):
    """Which institutions' classes."""

    #: The tabs above the filter.
    show = forms.ChoiceField(choices=[("", ""), ("breach", "")], required=False, widget=forms.HiddenInput)
    region = forms.ModelChoiceField(
        Region.objects.none(), to_field_name="code", label=_("Region"), required=False, empty_label=_("Whole region")
    )

    def __init__(self, data: QueryDict, *, regions: "QuerySet[Region]") -> None:
        super().__init__(data)
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = regions


class ClassForm(forms.Form):
    """A class that is opened."""

    name = forms.CharField(label=_("Name of the class"), max_length=60)
    kind = forms.ChoiceField(label=_("Type of class"), choices=ClassType.choices)
    opened_on = picked_day(_("Opened on"), initial=timezone.localdate)


class CountForm(forms.Form):
    """How many children a class has from a day on."""

    children = forms.IntegerField(label=_("Children"), min_value=0, max_value=100)
    since = picked_day(_("From this day on"), initial=timezone.localdate)


# --- Staff of an institution ----------------------------------------------------------------

#: What of somebody is not in order: the quick filters of the staff list.
NOT_IN_ORDER = ("", "papers", "certificate", "hours")


class RosterFilter(StaffFilter):
    """Which of one's own people to list."""

    show = forms.ChoiceField(choices=[(show, show) for show in NOT_IN_ORDER], required=False, widget=forms.HiddenInput)


class EndPostsForm(forms.Form):
    """From when these people no longer work here, and why."""

    on = forms.DateField(
        label=_("First day no longer on post"),
        help_text=_("Today or earlier."),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."), code="day_ahead")
        return day


class NoCrimeForm(forms.Form):
    """One no-crime check that is the same for everybody picked."""

    done_on = forms.DateField(
        label=_("Checked on"),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    channel = forms.CharField(label=_("Channel"), max_length=80, widget=forms.TextInput(attrs={"list": "channels"}))
    consent = forms.BooleanField(label=_("Everybody picked has consented in writing"))

    def clean_done_on(self) -> date:
        day: date = self.cleaned_data["done_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."), code="day_ahead")
        return day
