"""What a centre's desk and its learners ask for besides planning: rooms, trainers, invitations, excuses, opinions."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.equipping import Position
from courses.models.evaluations import BEST
from lms.jobs.errors import DomainError
from lms.registry.rosters.identity import normalise_id

#: Largest photo or scan that shows why somebody could not come, in bytes.
EVIDENCE_MAX = 10 * 1024 * 1024
MARKS = [(str(mark), str(mark)) for mark in range(1, BEST + 1)]


class RoomForm(forms.Form):
    """A room and, where the centre wants scans from far away to be flagged, its position."""

    name = forms.CharField(label=pgettext_lazy("room", "Name"), max_length=60)
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=10_000)
    address = forms.CharField(label=_("Address"), max_length=120, required=False)
    latitude = forms.DecimalField(
        label=_("Latitude"),
        min_value=-90,
        max_value=90,
        max_digits=9,
        decimal_places=6,
        required=False,
        help_text=_("With its position, a scan from far away is flagged; it is never refused for that alone."),
    )
    longitude = forms.DecimalField(
        label=_("Longitude"), min_value=-180, max_value=180, max_digits=9, decimal_places=6, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None) and not self.errors:
            self.add_error("longitude", ValidationError(_("Give both latitude and longitude, or neither.")))
        return cleaned

    @property
    def position(self) -> Position | None:
        given = self.cleaned_data
        return (given["latitude"], given["longitude"]) if given["latitude"] is not None else None


class TrainerForm(forms.Form):
    """A trainer; a document number links her to her own record."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    subjects = forms.CharField(label=_("What she teaches"), max_length=200, required=False)
    number = forms.CharField(
        label=_("Document number"),
        max_length=60,
        required=False,
        help_text=_(
            "Only if she is on record herself: she then cannot attend what she teaches. Empty changes nothing."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if number:
            try:
                normalise_id(number, None, today=timezone.localdate())
            except DomainError as error:
                raise ValidationError(str(error), code=error.code) from error
        return number


class InviteForm(forms.Form):
    """So many places for each institution, and a few words."""

    places = forms.IntegerField(label=_("Places for each"), min_value=1, max_value=10_000, initial=5)
    words = forms.CharField(
        label=_("Message"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class DeclineForm(forms.Form):
    """Why nobody is sent."""

    reason = forms.CharField(label=_("Why nobody comes"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ExcuseForm(forms.Form):
    """Why she can't come, and what shows it."""

    reason = forms.CharField(label=_("Why you cannot come"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    evidence = forms.FileField(
        label=_("Photo or document"),
        required=False,
        max_length=200,
        help_text=_(
            "For example a doctor's note: a photo or a PDF up to 10 MB. Only the centre and the bureau see it."
        ),
        validators=[FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("The file must be a PDF, JPEG or PNG."))],
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_evidence(self) -> Any:
        upload = self.cleaned_data["evidence"]
        if upload and upload.size > EVIDENCE_MAX:
            raise ValidationError(_("The file is larger than 10 MB."), code="file_too_large")
        return upload


class ExcuseDecisionForm(forms.Form):
    """The centre's answer; a refusal says why."""

    reason = forms.CharField(label=_("Reason, when you refuse"), max_length=300, required=False)


class EvaluationForm(forms.Form):
    """Three marks and a few words."""

    content = forms.ChoiceField(
        label=_("Content"), choices=MARKS, widget=forms.RadioSelect(attrs={"class": "marks-of-5"})
    )
    teaching = forms.ChoiceField(
        label=pgettext_lazy("evaluation", "Teaching"),
        choices=MARKS,
        widget=forms.RadioSelect(attrs={"class": "marks-of-5"}),
    )
    organisation = forms.ChoiceField(
        label=_("Organisation"), choices=MARKS, widget=forms.RadioSelect(attrs={"class": "marks-of-5"})
    )
    words = forms.CharField(
        label=_("What should be better"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
