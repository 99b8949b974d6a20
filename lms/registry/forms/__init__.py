"""What the pages of this room ask for."""

from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.jobs.errors import DomainError
from lms.registry.models import (
    BanScope,
    DocumentKind,
    Filing,
    Institution,
    InstitutionKind,
    Level,
    PostKind,
    PostState,
    Region,
    Role,
)
from lms.registry.rosters.identity import normalise_id
from lms.registry.rosters.values import parse_name

#: Largest decision document, in bytes: a scan of many pages still fits.
DECISION_MAX = 20 * 1024 * 1024
ANY = ("", _("All"))


def choices(options: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The choices of a filter: everything first."""
    return [ANY, *options]


class IdentityForm(forms.Form):
    """A document number as people write it; `cleaned_data["document"]` is an IdentityNumber."""

    number = forms.CharField(
        label=_("Document number"),
        help_text=_("Spaces and full-width digits do no harm; 15 digits are converted to 18."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind of document"),
        choices=[("", _("Told by the number")), *DocumentKind.choices],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("number"):
            try:
                today = timezone.localdate()
                cleaned["document"] = normalise_id(cleaned["number"], cleaned.get("kind") or None, today=today)
            except DomainError as error:
                self.add_error("number", forms.ValidationError(str(error), code=error.code))
        return cleaned


class LookUpForm(IdentityForm):
    """Finding one person by her document; what for is kept in the audit trail, and she can read it."""

    purpose = forms.CharField(
        label=_("What for"),
        help_text=_("Recorded with your name. The person can read who looked her up, and why."),
        max_length=200,
    )


class BanPersonForm(IdentityForm):
    """Step 1 of a ban: whom. Somebody who was never registered can be banned too."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), help_text=_("As in the decision."), max_length=100)
    field_order = ["name", "number", "kind"]

    def clean_name(self) -> str:
        try:
            return str(parse_name(self.cleaned_data["name"]))
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class BanForm(forms.Form):
    """Step 2 of a ban: what happened, on which basis, with which document."""

    scope = forms.ChoiceField(label=_("Scope of the ban"), choices=BanScope.choices, widget=forms.RadioSelect)
    institution = forms.ModelChoiceField(
        label=_("Institution concerned"),
        queryset=Institution.objects.none(),
        required=False,
        empty_label=_("None, or not in this region"),
    )
    case_number = forms.CharField(
        label=_("Case number"),
        help_text=_("A number already on file is the same case: several people can be banned in one."),
        max_length=60,
    )
    summary = forms.CharField(
        label=_("Summary"),
        help_text=_("What was established, in a few sentences. Names of children don't belong here."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        help_text=_("Law and article. Without one nobody may be listed."),
        max_length=300,
        widget=forms.TextInput(attrs={"list": "legal-bases"}),
    )
    decision = forms.FileField(
        label=_("Decision document"),
        help_text=_("The signed decision as PDF, JPEG or PNG, up to 20 MB."),
        max_length=200,
        validators=[FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("The file must be a PDF, JPEG or PNG."))],
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, institutions: QuerySet[Institution], decided: bool = False, **kwargs: Any) -> None:
        """`decided`: the decision of another ban in the same case holds for this one too."""
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = institutions
        self.fields["decision"].required = not decided

    def clean_decision(self) -> Any:
        upload = self.cleaned_data["decision"]
        if upload and upload.size > DECISION_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload


class BanFilter(forms.Form):
    """Which bans to list."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=choices(
            [
                ("proposed", _("Waiting for the second person")),
                ("standing", _("In effect")),
                ("annulment_proposed", _("Annulment proposed")),
                ("annulled", _("Annulled")),
                ("rejected", _("Turned down")),
            ]
        ),
    )
    q = forms.CharField(label=_("Name or case number"), required=False, max_length=100)


class RegionField(forms.ModelChoiceField):
    """Regions in the order of their tree, each below the one it lies in."""

    def label_from_instance(self, region: Region) -> str:
        return "\u3000" * list(Level).index(Level(region.level)) + region.name


class RegionFilter(forms.Form):
    """A filter whose choice of regions is that of whoever asks."""

    region = RegionField(
        label=_("Region"), queryset=Region.objects.none(), required=False, to_field_name="code", empty_label=ANY[1]
    )

    def __init__(self, *args: Any, regions: QuerySet[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = regions


class InstitutionFilter(RegionFilter):
    """Which institutions to list."""

    q = forms.CharField(label=_("Name, credit code or filing number"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=choices(InstitutionKind.choices))
    filing = forms.ChoiceField(label=_("Filing"), required=False, choices=choices(Filing.choices))
    field_order = ["q", "kind", "filing", "region"]


class PeopleFilter(forms.Form):
    """Which people to list: by a part of the name, the post they are on."""

    q = forms.CharField(label=_("Part of the name"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Post"), required=False, choices=choices(PostKind.choices))


class RegisterFilter(RegionFilter, PeopleFilter):
    """Which people of a bureau's register to list; somebody who left is on no post now."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=choices(PostState.choices))
    field_order = ["q", "kind", "state", "region"]


class StaffFilter(PeopleFilter):
    """Which of an institution's posts to list; those on post now unless told otherwise."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("On post now")), *((state.value, state.label) for state in PostState)],
    )


class AuditFilter(forms.Form):
    """Which acts to list."""

    q = forms.CharField(label=_("Act, or subject"), required=False, max_length=60)
    actor = forms.CharField(label=_("Who"), required=False, max_length=100)
    role = forms.ChoiceField(label=_("In the role"), required=False, choices=choices(Role.choices))
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
