"""What the pages of this room ask for. Filters live in the address."""

from datetime import date
from decimal import Decimal

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import CourseRun
from lms.registry.forms import DECISION_MAX, StaffFilter
from lms.registry.models import ClassType, PostKind, Region
from reports import metrics
from reports.metrics.figures import SENTENCES
from reports.models import Duty, Indicator, Veto

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


# --- Duties of the organiser ----------------------------------------------------------------

#: The oldest of the five papers begins with this year.
FIRST_YEAR = 2021


class YearFilter(forms.Form):
    """Which year, this one unless the address says otherwise, and for a bureau which region."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False)
    region = forms.ModelChoiceField(
        Region.objects.none(), to_field_name="code", label=_("Region"), required=False, empty_label=_("Whole region")
    )

    def __init__(self, data: QueryDict, *, regions: "QuerySet[Region] | None" = None) -> None:
        super().__init__(data)
        this_year = timezone.localdate().year
        years = self.fields["year"]
        assert isinstance(years, forms.TypedChoiceField)
        years.choices = [(year, str(year)) for year in range(this_year, FIRST_YEAR - 1, -1)]
        chosen = self.fields["region"]
        assert isinstance(chosen, forms.ModelChoiceField)
        if regions is None:
            del self.fields["region"]
        else:
            chosen.queryset = regions
        self.is_valid()

    def asked_year(self) -> int:
        """The year asked for, or this one."""
        return self.cleaned_data.get("year") or timezone.localdate().year


class ActForm(forms.Form):
    """One time a duty was done: what, when, by whom, for how many, and the proof."""

    on = forms.DateField(
        label=_("Day"),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    audience = forms.ChoiceField(label=pgettext_lazy("duty", "For whom"), required=False)
    title = forms.CharField(label=pgettext_lazy("duty", "What was done"), max_length=120)
    organiser = forms.CharField(label=_("By whom"), max_length=120, help_text=_("The body or hospital that did it."))
    headcount = forms.IntegerField(label=_("People reached"), min_value=0, max_value=30000)
    run = forms.ModelChoiceField(
        CourseRun.objects.none(),
        label=_("Run held here"),
        required=False,
        empty_label=_("None, a document proves it"),
        help_text=_("A run that was held here is proof enough."),
    )
    evidence = forms.FileField(
        label=_("Proof"),
        help_text=_("Photo or PDF of the sign-in sheet, the notice or the report, up to 20 MB."),
        max_length=200,
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(
        self, *args: object, duty: Duty, runs: "QuerySet[CourseRun] | None", year: int, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        audience, run = self.fields["audience"], self.fields["run"]
        assert isinstance(audience, forms.ChoiceField)
        assert isinstance(run, forms.ModelChoiceField)
        audience.choices = [("", _("Not said")), *((name, name) for name in duty.audiences)]
        if not duty.audiences:
            del self.fields["audience"]
        if runs is None:
            del self.fields["run"]
            self.fields["evidence"].required = True
        else:
            run.queryset = runs

    def clean_evidence(self) -> object:
        upload = self.cleaned_data["evidence"]
        if upload and upload.size > DECISION_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload


class TakeBackForm(forms.Form):
    """Why an entry was a mistake."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
