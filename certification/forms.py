"""Forms of this room's pages. They say what may be typed; the verbs decide."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification.models import (
    EXPIRED,
    CertificateKind,
    EntryState,
    QualificationState,
    TrainingStandard,
    Variant,
    YearKind,
)
from certification.numbering import LONGEST
from certification.standardising import COLUMNS
from certification.verifying import LARGEST_PDF, Status
from courses.models import HourCategory
from lms.jobs.errors import DomainError
from lms.registry.forms import IdentityForm
from lms.registry.models import PolicyStatus, PostKind, Region
from lms.registry.rosters.values import parse_name, parse_phone

#: Largest scan, in bytes: a phone's photo in full size fits.
SCAN_MAX = 20 * 1024 * 1024
ALL = [("", _("All"))]


class SerialForm(forms.Form):
    """The number of a certificate, as typed or pasted."""

    number = forms.CharField(
        label=_("Certificate number"),
        help_text=_("It stands below the QR code, for example 310117-2026-000123-KT. Spaces and dashes do not matter."),
        max_length=LONGEST * 2,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class FileForm(forms.Form):
    """A PDF that somebody handed in."""

    file = forms.FileField(
        label=_("PDF file"),
        help_text=_("We compare it with the file that was issued. It is not kept."),
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_PDF:
            raise forms.ValidationError(_("This file is larger than any certificate of ours (5 MB at most)."))
        return file


class CertificateFilter(forms.Form):
    """Which certificates a bureau's list shows."""

    q = forms.CharField(label=_("Name or number"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            *ALL,
            *(
                (state.value, state.label)
                for state in (Status.VALID, Status.EXPIRED, Status.SUPERSEDED, Status.REVOKED, Status.BARRED)
            ),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = CertificateKind.objects.filter(origin="own").values_list("code", "name")
        self.fields["kind"].choices = [*ALL, *kinds]  # type: ignore[attr-defined]


class QualificationFilter(forms.Form):
    """Which outside certificates a bureau's list shows."""

    q = forms.CharField(label=_("Name or number"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*ALL, *QualificationState.choices, (EXPIRED, _("Expired"))]
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    #: By a part of its name: a list of all institutions of a country is none to choose from.
    institution = forms.CharField(label=_("Institution"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = CertificateKind.objects.filter(origin="outside").values_list("code", "name")
        self.fields["kind"].choices = [*ALL, *kinds]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why; kept with the act for good."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), strip=True)


class CorrectionForm(ReasonForm):
    """A corrected certificate in place of another."""

    name = forms.CharField(label=_("Name to be printed"), max_length=100)

    field_order = ("name", "reason")


# --- Entry review and certificates from outside ----------------------------------------------


def day_field(label: Any, **kw: Any) -> forms.DateField:
    """A day, typed or picked."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kw)


def scan_field(label: Any, **kw: Any) -> forms.FileField:
    """A photo or PDF; on a phone the camera is offered."""
    return forms.FileField(
        label=label,
        help_text=_("A photo from the phone or a PDF, up to 20 MB. Where and when it was taken is not kept."),
        max_length=200,
        validators=[_not_too_large],
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
        **kw,
    )


def _not_too_large(upload: Any) -> None:
    if upload.size > SCAN_MAX:
        raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")


class EntryForm(IdentityForm):
    """Whom an institution wants on which post, and from when."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), help_text=_("As on the document."), max_length=100)
    phone = forms.CharField(label=_("Mobile number"), required=False, max_length=30)
    post = forms.ChoiceField(label=_("Post"), choices=PostKind.choices)
    full_time = forms.BooleanField(label=_("Full time"), required=False, initial=True)
    planned_on = day_field(_("To begin on"), help_text=_("Never before the bureau has approved."))
    field_order = ("name", "number", "kind", "phone", "post", "full_time", "planned_on")

    def clean_name(self) -> str:
        try:
            return str(parse_name(self.cleaned_data["name"]))
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean_phone(self) -> str:
        try:
            return parse_phone(self.cleaned_data["phone"])
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class IdentityCheckForm(forms.Form):
    """The original document was seen, and the face and name agree."""

    done_on = day_field(_("Seen on"), initial=timezone.localdate)
    evidence = scan_field(_("Copy of the document"), required=False)


class NoCrimeForm(forms.Form):
    """The no-crime query: when, where, with her consent, and whether it is clear. Never the offence."""

    done_on = day_field(_("Queried on"), initial=timezone.localdate)
    channel = forms.CharField(
        label=_("Channel"),
        help_text=_("Where it was queried, for example at the police station."),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "channels"}),
    )
    passed = forms.TypedChoiceField(
        label=_("Result"),
        help_text=_("What was found is never kept here."),
        choices=[("yes", _("Nothing that bars her")), ("no", _("She may not be employed"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(label=_("She has consented to this query in writing"))
    evidence = scan_field(_("Answer to the query"), required=False)


class HealthForm(forms.Form):
    """The health certificate."""

    number = forms.CharField(label=_("Number of the health certificate"), required=False, max_length=40)
    done_on = day_field(_("Examined on"), initial=timezone.localdate)
    valid_until = day_field(_("Valid until"))
    evidence = scan_field(_("Photo of the certificate"), required=False)


CHECK_FORMS: dict[str, type[forms.Form]] = {
    "identity": IdentityCheckForm,
    "no_crime": NoCrimeForm,
    "health": HealthForm,
}


class RecheckForm(forms.Form):
    """What is the same for everybody when a yearly check is entered for many."""

    done_on = day_field(_("Date for everybody"), initial=timezone.localdate, required=False)
    channel = forms.CharField(
        label=_("Channel"), required=False, max_length=80, widget=forms.TextInput(attrs={"list": "channels"})
    )
    consent = forms.BooleanField(label=_("Everybody picked has consented in writing"), required=False)


class QualificationForm(forms.Form):
    """A certificate from outside, as it is sent in."""

    kind = forms.ModelChoiceField(
        label=_("Kind"), queryset=CertificateKind.objects.none(), empty_label=_("Please choose")
    )
    number = forms.CharField(
        label=_("Certificate number"),
        help_text=_("As printed on it. Spaces and dashes do not matter."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=[("", _("None"))] + [(str(n), str(n)) for n in range(1, 6)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    issuer = forms.CharField(label=pgettext_lazy("outside", "Issued by"), max_length=120, required=False)
    issued_on = day_field(pgettext_lazy("outside", "Issued on"), required=False)
    expires_on = day_field(_("Valid until"), help_text=_("Leave it empty when it is valid for good."), required=False)
    scan = scan_field(_("Photo or scan"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = CertificateKind.objects.filter(origin="outside").order_by("name")
        self.fields["kind"].queryset = kinds  # type: ignore[attr-defined]


class RecogniseForm(forms.Form):
    """As which kind a certificate is recognised."""

    kind = forms.ModelChoiceField(
        label=_("Counts as"), queryset=CertificateKind.objects.none(), empty_label=_("Please choose")
    )

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = CertificateKind.objects.filter(origin="outside").exclude(pk__in=("other", own)).order_by("name")
        self.fields["kind"].queryset = kinds  # type: ignore[attr-defined]


class EntryFilter(forms.Form):
    """Which entries to list."""

    q = forms.CharField(label=_("Part of the name"), required=False, max_length=100)
    # Without a state the list shows what waits, so that "all" has to be said in the address.
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[*ALL, *EntryState.choices],
        widget=forms.Select(attrs={"data-keep": ""}),
    )
    kind = forms.ChoiceField(label=_("Post"), required=False, choices=[*ALL, *PostKind.choices])


class StaffQualificationFilter(forms.Form):
    """Which certificates from outside an institution's list shows."""

    q = forms.CharField(label=_("Name or number"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*ALL, *QualificationState.choices, (EXPIRED, _("Expired"))]
    )


# --- Drafts of standards --------------------------------------------------------------------

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
            self.add_error("year_to", forms.ValidationError(_("The last year cannot lie before the first.")))
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
