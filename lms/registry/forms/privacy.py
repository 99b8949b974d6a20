"""What the pages about checks before hiring and about people's own data ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.jobs.errors import DomainError
from lms.registry.forms import IdentityForm, choices
from lms.registry.models import Answer, CorrectionRequest
from lms.registry.rosters.values import parse_name

#: Largest evidence of a correction, in bytes.
EVIDENCE_MAX = 20 * 1024 * 1024
CONSENT = _("The person has agreed to this check.")
PURPOSE_HELP = _("Recorded with your name. The person can read who asked, and why.")


class QueryForm(IdentityForm):
    """One question before hiring."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), help_text=_("As on the document."), max_length=100)
    purpose = forms.CharField(label=_("What for"), help_text=PURPOSE_HELP, max_length=200)
    consent = forms.BooleanField(label=CONSENT, error_messages={"required": _("The person must consent first.")})
    field_order = ["name", "number", "kind", "purpose", "consent"]

    def clean_name(self) -> str:
        try:
            return str(parse_name(self.cleaned_data["name"]))
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class BatchForm(forms.Form):
    """Questions about everybody in a file."""

    # An empty file is refused by the reader, with the same sentence as everywhere.
    file = forms.FileField(
        label=_("File with names and document numbers"),
        help_text=_("xlsx, xls or csv with the columns 姓名 and 身份证号, at most 500 people."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )
    purpose = forms.CharField(label=_("What for"), help_text=PURPOSE_HELP, max_length=200)
    consent = forms.BooleanField(
        label=_("Everybody in the file has agreed to this check."),
        error_messages={"required": _("The person must consent first.")},
    )


class QueryFilter(forms.Form):
    """Which questions a bureau lists."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=choices([("waiting", _("Waiting for an answer")), ("decided", _("Answered by the bureau"))]),
    )
    answer = forms.ChoiceField(label=_("Answer"), required=False, choices=choices(Answer.choices))
    q = forms.CharField(label=_("Name or institution"), required=False, max_length=100)


class DecisionForm(forms.Form):
    """A bureau's answer to what waited."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[(choice.value, choice.label) for choice in (Answer.MAY, Answer.MAY_NOT)],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Stays with the bureau; the institution reads only the answer."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UnmaskForm(forms.Form):
    """Showing a whole number once."""

    what = forms.ChoiceField(label=_("Which number"), choices=())
    purpose = forms.CharField(
        label=_("What for"),
        help_text=_("Recorded with your name. The person can read who looked her up, and why."),
        max_length=200,
        # Two forms of a page may ask for a purpose.
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, shown: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "unmask_%s", **kwargs})
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = shown


class CorrectionForm(forms.Form):
    """Somebody says what is wrong about her."""

    about = forms.ChoiceField(label=_("What is wrong"), choices=CorrectionRequest.About.choices)
    text = forms.CharField(
        label=_("What is wrong, and what is right"),
        help_text=_("Long numbers are shortened here. Show the document itself as a picture."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    evidence = forms.FileField(
        label=_("Picture or PDF that shows it"),
        required=False,
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_evidence(self) -> Any:
        upload = self.cleaned_data["evidence"]
        if upload and upload.size > EVIDENCE_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload


class CorrectionFilter(forms.Form):
    """Which requests a bureau lists."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=choices(CorrectionRequest.State.choices))
    about = forms.ChoiceField(label=_("About"), required=False, choices=choices(CorrectionRequest.About.choices))
    q = forms.CharField(label=_("Part of the name"), required=False, max_length=100)


class CorrectionDecisionForm(forms.Form):
    """What a bureau answers to a request for correction."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (CorrectionRequest.State.ACCEPTED.value, _("Accept: the correction is made")),
            (CorrectionRequest.State.DECLINED.value, _("Decline")),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer"),
        help_text=_("The person reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ErasureForm(forms.Form):
    """Proposing that somebody's data be erased."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("E.g. her request, with its date. A second person decides."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
