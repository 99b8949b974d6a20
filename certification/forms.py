"""Forms of this room's pages. They say what may be typed; the verbs decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certification.models import EXPIRED, CertificateKind, QualificationState
from certification.numbering import LONGEST
from certification.verifying import LARGEST_PDF, Status
from lms.registry.models import Institution

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
    institution = forms.ChoiceField(label=_("Institution"), required=False)

    def __init__(self, *args: Any, institutions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = CertificateKind.objects.filter(origin="outside").values_list("code", "name")
        self.fields["kind"].choices = [*ALL, *kinds]  # type: ignore[attr-defined]
        rows: list[Institution] = list(institutions.select_related(None).only("pk", "name"))
        self.fields["institution"].choices = [*ALL, *((str(row.pk), row.name) for row in rows)]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why; kept with the act for good."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), strip=True)


class CorrectionForm(ReasonForm):
    """A corrected certificate in place of another."""

    name = forms.CharField(label=_("Name to be printed"), max_length=100)

    field_order = ("name", "reason")
