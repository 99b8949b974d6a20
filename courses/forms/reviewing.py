"""Findings and samples: filters, decisions, what is drawn."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.forms import ANY
from courses.models import Anomaly, Pattern
from lms.registry.forms import DECISION_MAX
from lms.registry.models import Region

#: Most sessions of one sample: what an officer can compare with paper in a quarter.
MOST_DRAWN = 200


class ReviewFilter(forms.Form):
    """Filters of the queue; their state is the address."""

    pattern = forms.ChoiceField(label=_("Pattern"), choices=[ANY, *Pattern.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("To be looked at")), ("all", _("All"))], required=False)
    q = forms.CharField(label=_("Person or training centre"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decided = [choice for choice in Anomaly.State.choices if choice[0] != Anomaly.State.OPEN]
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)
        state.choices = [("", _("To be looked at")), *decided, ("all", _("All"))]


class ReviewForm(forms.Form):
    """Why a finding is accepted or rejected; a case number opens a conduct case."""

    reason = forms.CharField(
        label=pgettext_lazy("anomaly", "Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever's hours are rejected reads it."),
    )
    case_number = forms.CharField(
        label=_("Number of a conduct case"),
        max_length=60,
        required=False,
        help_text=_("Only to open a case with the rejection."),
    )


class DrawForm(forms.Form):
    """What to draw: where, of which quarter, how many, by which seed."""

    region = forms.ModelChoiceField(Region.objects.none(), to_field_name="code", label=_("Region"), empty_label=None)
    quarter = forms.CharField(
        label=_("Quarter"),
        max_length=6,
        validators=[RegexValidator(r"^20[0-9]{2}Q[1-4]$", _("Write it like 2026Q3."))],
        help_text=_("Like 2026Q3; it must be over."),
    )
    size = forms.IntegerField(label=_("Sessions"), min_value=1, max_value=MOST_DRAWN, initial=10)
    seed = forms.CharField(
        label=_("Seed"),
        max_length=40,
        help_text=_("For example a number drawn by lot in public. With it anybody draws the same sessions again."),
    )

    def __init__(self, *args: Any, regions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields["region"]
        assert isinstance(region, forms.ModelChoiceField)
        region.queryset = regions
        self.fields["quarter"].initial = _last_quarter()


class SheetForm(forms.Form):
    """The photo or scan of a signed sheet."""

    sheet = forms.FileField(
        label=_("Signed sheet"),
        help_text=_("Photo or PDF, up to 20 MB."),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_sheet(self) -> Any:
        upload = self.cleaned_data["sheet"]
        if upload.size > DECISION_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload


class VerdictForm(forms.Form):
    """What comparing sheet and record showed."""

    note = forms.CharField(
        label=_("What differs"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


def _last_quarter() -> str:
    today = timezone.localdate()
    passed = (today.month - 1) // 3
    return f"{today.year}Q{passed}" if passed else f"{today.year - 1}Q4"
