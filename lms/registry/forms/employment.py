"""What the page of one post asks for: leave, suspension, terms of work, manager, the employment file."""

from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.registry.forms import DECISION_MAX
from lms.registry.models import Employment, Leave, LeaveKind, NoteKind, Post

LEAVE_KINDS = [(kind.value, kind.label) for kind in LeaveKind if kind != LeaveKind.SUSPENSION]


def day(label: Any, *, required: bool = True, help_text: Any = "", today: bool = False) -> forms.DateField:
    """A day, typed or picked; today unless told otherwise, where `today`."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        initial=timezone.localdate if today else None,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def words(label: Any, *, required: bool = True, limit: int = 300) -> forms.CharField:
    """A sentence or two."""
    return forms.CharField(label=label, required=required, max_length=limit, widget=forms.Textarea(attrs={"rows": 2}))


class Evidence(forms.FileField):
    """A scan that proves it; never asked for, as it may come later on paper."""

    def __init__(self) -> None:
        kinds = FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("The file must be a PDF, JPEG or PNG."))
        super().__init__(
            label=_("Proof"),
            help_text=_("PDF, JPEG or PNG, up to 20 MB."),
            required=False,
            max_length=200,
            validators=[kinds],
            widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if upload and upload.size > DECISION_MAX:
            raise forms.ValidationError(_("The file is larger than 20 MB."), code="file_too_large")
        return upload


class PostForm(forms.Form):
    """A form of one act on `post`; `leave` is the leave that stands, if any."""

    def __init__(self, *args: Any, post: Post, leave: Leave | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.post, self.leave = post, leave
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the post."""


class LeaveForm(PostForm):
    kind = forms.ChoiceField(label=_("Kind of leave"), choices=LEAVE_KINDS)
    on = day(_("First day away"), today=True)
    expected_until = day(_("Expected last day away"), required=False)
    reason = words(_("Reason"), required=False)
    evidence = Evidence()


class SuspendForm(PostForm):
    on = day(_("Suspended from"), today=True)
    until = day(_("Last day of the suspension"), help_text=_("30 days at most; it can be renewed."))
    reason = words(_("Reason"))
    evidence = Evidence()


class RenewForm(PostForm):
    until = day(_("New last day"), help_text=_("At most 30 days after the one before."))
    reason = words(_("Reason"))


class ReturnForm(PostForm):
    on = day(_("First day back at work"), today=True, help_text=_("On a planned leave its first day calls it off."))
    reason = words(_("Reason or remark"), required=False)

    def prepare(self) -> None:
        if self.leave is not None:
            self.fields["on"].initial = max(self.leave.started_on, timezone.localdate())
            self.fields["reason"].required = self.leave.kind == LeaveKind.SUSPENSION


class LeaveChoice(forms.ModelChoiceField):
    """Which leave, told by its kind and first day."""

    def label_from_instance(self, leave: Any) -> str:
        return f"{leave.get_kind_display()} {leave.started_on.isoformat()}"


class CorrectForm(PostForm):
    leave_row = LeaveChoice(Leave.objects.none(), label=_("Which leave"), empty_label=None)
    started_on = day(_("First day away"))
    expected_until = day(_("Expected last day away"), required=False)
    ended_on = day(_("First day back at work"), required=False, help_text=_("Leave empty while it goes on."))
    reason = words(_("Why it is corrected"))

    def prepare(self) -> None:
        chosen = self.fields["leave_row"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = self.post.leaves.all()
        if (last := self.post.leaves.first()) is not None:
            for name in ("started_on", "expected_until", "ended_on"):
                self.fields[name].initial = getattr(last, name)


class TermsForm(PostForm):
    employment = forms.ChoiceField(label=_("Employment"), choices=Employment.choices)
    full_time = forms.BooleanField(label=_("Full time"), required=False)
    probation_until = day(_("On probation until"), required=False)
    contract_until = day(_("Contract until"), required=False, help_text=_("Leave empty for a contract without an end."))
    social_insurance = forms.NullBooleanField(label=_("Social insurance paid"), required=False)
    work_permit_number = forms.CharField(
        label=_("Work permit number"), required=False, max_length=40, help_text=_("For foreign staff.")
    )
    work_permit_until = day(_("Work permit until"), required=False)

    def prepare(self) -> None:
        for name, field in self.fields.items():
            field.initial = getattr(self.post, name)


class Colleague(forms.ModelChoiceField):
    """A colleague, told by name and post."""

    def label_from_instance(self, post: Any) -> str:
        return f"{post.person.name} · {post.get_kind_display()}"


class ManagerForm(PostForm):
    manager = Colleague(
        Post.objects.none(),
        label=_("Direct manager"),
        help_text=_("Whoever leads her work. In a case of abuse a ban can reach the direct manager too."),
        required=False,
        empty_label=_("Nobody"),
    )

    def prepare(self) -> None:
        chosen = self.fields["manager"]
        assert isinstance(chosen, forms.ModelChoiceField)
        rows = Post.objects.filter(institution_id=self.post.institution_id, ended_on__isnull=True)
        rows = rows.exclude(person_id=self.post.person_id).select_related("person")
        chosen.queryset = rows.order_by("person__sort_key", "pk")
        chosen.initial = self.post.manager_id


class NoteForm(PostForm):
    kind = forms.ChoiceField(label=_("What it is"), choices=NoteKind.choices)
    on = day(_("Date"), today=True)
    title = forms.CharField(label=_("Title"), max_length=120)
    text = words(_("Text"), required=False, limit=2000)
    evidence = Evidence()


class EndForm(PostForm):
    on = day(_("First day no longer on post"), today=True)
    reason = words(_("Reason"))
