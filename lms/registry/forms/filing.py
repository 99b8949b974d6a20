"""What a step of an institution's filing asks for."""

from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.registry.forms import DECISION_MAX
from lms.registry.models import FilingAct

Step = FilingAct.Step


class FilingForm(forms.Form):
    """From when, and what the step rests on."""

    on = forms.DateField(
        label=_("With effect from"),
        help_text=_("Today or earlier."),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    number = forms.CharField(
        label=_("Filing number"), help_text=_("As on the filing receipt."), max_length=60, required=False
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence = forms.FileField(
        label=_("Document"),
        help_text=_("PDF, JPEG or PNG, up to 20 MB."),
        max_length=200,
        required=False,
        validators=[FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("The file must be a PDF, JPEG or PNG."))],
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, step: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].required = step == Step.FILE
        self.fields["reason"].required = step in (Step.SUSPEND, Step.CLOSE)
        if step != Step.FILE:
            del self.fields["number"]

    def clean_evidence(self) -> Any:
        upload = self.cleaned_data["evidence"]
        if upload and upload.size > DECISION_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload
