"""What claims of hours ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.forms import ANY, ClockField, day_input, moment
from courses.models import CLAIMED, Bucket, HourCategory, HourClaimItem
from courses.recognising import Stretch
from lms.registry.forms.employment import Evidence

#: Items a page offers; a longer training is two claims.
ROWS = 6


class ClaimForm(forms.Form):
    """What it was, who held it, and the paper that shows it."""

    source = forms.ChoiceField(
        label=_("What kind of hours"), choices=[("", _("Choose")), *((one.value, one.label) for one in CLAIMED)]
    )
    title = forms.CharField(label=_("What it was"), max_length=120)
    organiser = forms.CharField(
        label=_("Who held it"),
        max_length=120,
        help_text=_("For practice under a mentor: the mentor's name, who signs on the paper below."),
    )
    evidence = Evidence()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proof = self.fields["evidence"]
        proof.required, proof.label = True, _("Photo or scan that proves it")
        proof.help_text = _("A certificate, a signed sheet or a notice, as a photo or PDF.")
        proof.validators = [
            FileExtensionValidator(
                ["pdf", "jpg", "jpeg", "png", "heic", "heif"], _("The file must be a photo or a PDF.")
            )
        ]
        proof.widget.attrs["accept"] = "image/*,.pdf"


class ItemForm(forms.Form):
    """One stretch: its day, from when to when or how many minutes, and what it was about."""

    day = forms.DateField(label=_("Day"), widget=day_input())
    starts = ClockField(label=pgettext_lazy("time", "From"), required=False)
    ends = ClockField(label=pgettext_lazy("time", "Until"), required=False)
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=1, max_value=1440, required=False, help_text=_("Only if there were no times.")
    )
    bucket = forms.ChoiceField(label=_("Counts for"), choices=Bucket.choices, initial=Bucket.SKILL.value)
    category = forms.ChoiceField(label=_("Category"), required=False)
    online = forms.BooleanField(label=_("It was online"), required=False)

    def __init__(self, *args: Any, categories: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        category.choices = [("", _("None in particular")), *categories]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        times = given.get("starts"), given.get("ends")
        if not self.errors:
            if (times[0] is None) != (times[1] is None):
                self.add_error("ends", ValidationError(_("Give both times, or only minutes.")))
            elif times[0] is None and not given.get("minutes"):
                self.add_error("minutes", ValidationError(_("Give the times or the minutes.")))
            elif times[0] and times[1] and times[1] <= times[0]:
                self.add_error("ends", ValidationError(_("It must end after it begins.")))
        return given

    @property
    def stretch(self) -> Stretch:
        """Without minutes said otherwise, all of the time from beginning to end."""
        given = self.cleaned_data
        starts = moment(given["day"], given["starts"]) if given["starts"] else None
        ends = moment(given["day"], given["ends"]) if given["ends"] else None
        minutes = given["minutes"] or (int((ends - starts).total_seconds()) // 60 if starts and ends else 0)
        return Stretch(given["day"], minutes, given["bucket"], given["category"], given["online"], starts, ends)


ItemFormSet = forms.formset_factory(ItemForm, extra=ROWS - 1, min_num=1, validate_min=True, max_num=ROWS)


def categories() -> list[tuple[str, str]]:
    """Every category, with the kind of hours it belongs to."""
    words = dict(Bucket.choices)
    return [(row.name, f"{row.name}（{words[row.bucket]}）") for row in HourCategory.objects.all()]


class ClaimFilter(forms.Form):
    """Filters of the bureau's queue; their state is the address."""

    q = forms.CharField(label=pgettext_lazy("person", "Name"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *HourClaimItem.State.choices], required=False)
    source = forms.ChoiceField(
        label=_("What kind of hours"),
        choices=[ANY, *((one.value, one.label) for one in CLAIMED)],
        required=False,
    )


class DecisionForm(forms.Form):
    """How many minutes of one item are granted, and why not all."""

    item = forms.UUIDField(widget=forms.HiddenInput)
    minutes = forms.IntegerField(label=_("Minutes granted"), min_value=0, required=False)
    reason = forms.CharField(label=_("Reason, as she will read it"), max_length=300, required=False)
