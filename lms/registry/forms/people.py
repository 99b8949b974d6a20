"""What the pages about who a person is ask for."""

from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.jobs.errors import DomainError
from lms.registry.forms import IdentityForm
from lms.registry.rosters.values import parse_name, parse_phone

#: Largest scan, in bytes.
SCAN_MAX = 20 * 1024 * 1024


def day(**kw: Any) -> forms.DateField:
    """A day, picked or typed."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kw)


def clean_name(name: str) -> str:
    """A person's name as the register writes it; an error with the parser's code."""
    try:
        return str(parse_name(name))
    except DomainError as error:
        raise forms.ValidationError(str(error), code=error.code) from error


class DocumentForm(IdentityForm):
    """One more document of a person."""

    valid_from = day(label=_("Valid from"), required=False)
    valid_until = day(label=_("Valid until"), required=False)


class DocumentEndForm(forms.Form):
    """A document that is valid no longer."""

    on = day(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class NameForm(forms.Form):
    """A new name with its evidence."""

    name = forms.CharField(label=_("New name"), help_text=_("As on the document."), max_length=100)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    evidence = forms.FileField(
        label=_("Scan of the evidence"),
        help_text=_("The household register, or the new document: PDF, JPEG or PNG, up to 20 MB."),
        max_length=200,
        validators=[FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("The file must be a PDF, JPEG or PNG."))],
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_evidence(self) -> Any:
        upload = self.cleaned_data["evidence"]
        if upload.size > SCAN_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload


class LearnerForm(IdentityForm):
    """Somebody who learns without being employed anywhere."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), help_text=_("As on the document."), max_length=100)
    phone = forms.CharField(
        label=_("Mobile phone"),
        help_text=_("With it she opens her account. Of somebody registered already it is not changed."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    consent = forms.BooleanField(
        label=_("The person has agreed to be registered for training."),
        error_messages={"required": _("The person must consent first.")},
    )
    field_order = ["name", "number", "kind", "phone", "consent"]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        if not self.cleaned_data["phone"]:
            return ""
        try:
            return parse_phone(self.cleaned_data["phone"])
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error
