"""Forms of this room's pages. They say what may be typed; the verbs decide."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification.models import EXPIRED, CertificateKind, EntryState, QualificationState
from certification.numbering import LONGEST
from certification.verifying import LARGEST_PDF, Status
from lms.jobs.errors import DomainError
from lms.registry.forms import IdentityForm
from lms.registry.models import PostKind
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
