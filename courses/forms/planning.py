"""What planning a run and its sessions asks for."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from courses.forms import MOST_SESSIONS, ClockField, day_input, moment
from courses.models import Bucket, Course, HourCategory, Room, Session, Trainer
from courses.scheduling import SessionPlan, Share
from lms.registry.models import TrainingCentre

NONE = ("", "—")
#: Parts a session's minutes may be split into.
MOST_SHARES = 4


class Choices:
    """What a centre has to choose from, read once for all rows of a page; `also` keeps what it has already."""

    def __init__(self, centre: TrainingCentre, also: Session | None = None) -> None:
        room, trainer = (also.room_id, also.trainer_id) if also else (None, None)
        self.rooms = {str(row.pk): row for row in centre.rooms.filter(Q(active=True) | Q(pk=room))}
        self.trainers = {str(row.pk): row for row in centre.trainers.filter(Q(active=True) | Q(pk=trainer))}
        groups: dict[str, list[tuple[str, str]]] = {bucket: [] for bucket in Bucket.values}
        for name, bucket in HourCategory.objects.values_list("name", "bucket"):
            groups[bucket].append((name, name))
        self.categories = [NONE, *((Bucket(bucket).label, rows) for bucket, rows in groups.items() if rows)]

    @property
    def of_rooms(self) -> list[tuple[str, str]]:
        seats = gettext("%(name)s (%(n)s seats)")
        return [NONE, *((key, seats % {"name": room.name, "n": room.seats}) for key, room in self.rooms.items())]

    @property
    def of_trainers(self) -> list[tuple[str, str]]:
        return [NONE, *((key, trainer.name) for key, trainer in self.trainers.items())]


class Choosing(forms.Form):
    """A form that lets one choose of a centre's rooms, trainers and the categories of hours, as far as it asks."""

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        for name, offered in (
            ("room", choices.of_rooms),
            ("trainer", choices.of_trainers),
            ("category", choices.categories),
        ):
            if isinstance(field := self.fields.get(name), forms.ChoiceField):
                field.choices = offered


class OfCentre(Choosing):
    """Where and with whom; `cleaned_data` holds the rows."""

    room = forms.ChoiceField(label=_("Room"), required=False)
    trainer = forms.ChoiceField(label=_("Trainer"), required=False)

    def clean_room(self) -> Room | None:
        return self.choices.rooms.get(self.cleaned_data["room"])

    def clean_trainer(self) -> Trainer | None:
        return self.choices.trainers.get(self.cleaned_data["trainer"])


class RunForm(forms.Form):
    """What a run is, apart from its sessions."""

    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.none(), empty_label=_("Choose a course"))
    title = forms.CharField(
        label=pgettext_lazy("course", "Title"),
        max_length=120,
        help_text=_("What learners see, for example the month and the place."),
    )
    place = forms.CharField(label=_("Place"), max_length=120, help_text=_("Street, house and room."))
    capacity = forms.IntegerField(label=_("Places"), min_value=1, max_value=10_000, initial=50)
    open = forms.BooleanField(label=_("Open for enrolment at once"), required=False, initial=True)

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = courses  # type: ignore[attr-defined]


class RunChangeForm(forms.Form):
    """What may change of a run that stands."""

    title = forms.CharField(label=pgettext_lazy("course", "Title"), max_length=120)
    place = forms.CharField(label=_("Place"), max_length=120, help_text=_("Street, house and room."))
    capacity = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=10_000,
        help_text=_("New places go to whoever waits longest; she is told."),
    )


class Times(forms.Form):
    """When a session takes place; one that ends after midnight says so."""

    day = forms.DateField(label=_("Day"), widget=day_input())
    starts = ClockField(label=pgettext_lazy("time of day", "From"))
    ends = ClockField(label=pgettext_lazy("time of day", "To"))
    overnight = forms.BooleanField(label=_("Ends the next day"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if all(name in cleaned for name in ("day", "starts", "ends")):
            cleaned["starts_at"], cleaned["ends_at"] = starts_at, ends_at = _span(cleaned)
            if not starts_at < ends_at <= starts_at + timedelta(hours=24):
                message = _("The end must lie after the start, within 24 hours.")
                self.add_error("ends", ValidationError(message, code="session_times"))
        return cleaned


def _span(given: dict[str, Any]) -> tuple[datetime, datetime]:
    """Beginning and end; 00:00 means the midnight that ends the day, not the one that begins it."""
    midnight = given["ends"] == time(0) and given["starts"] != time(0)
    last = given["day"] + timedelta(days=1 if given.get("overnight") or midnight else 0)
    return moment(given["day"], given["starts"]), moment(last, given["ends"])


class Repeat(OfCentre):
    """One session and how often it comes again: what the rows of a run are made from."""

    REPEATS = [("day", _("Every day")), ("week", _("Every week"))]

    day = forms.DateField(label=_("First day"), widget=day_input())
    starts = ClockField(label=pgettext_lazy("time of day", "From"), initial="09:00")
    ends = ClockField(label=pgettext_lazy("time of day", "To"), initial="11:15")
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=240, initial=0)
    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=Bucket.choices)
    every = forms.ChoiceField(label=_("Repeat"), choices=REPEATS, initial="week")
    times = forms.IntegerField(label=_("Number of sessions"), min_value=1, max_value=MOST_SESSIONS, initial=1)
    field_order = ["day", "starts", "ends", "break_minutes", "bucket", "room", "trainer", "every", "times"]

    def rows(self) -> list[dict[str, Any]]:
        """Initial values for the rows of `SessionFormSet`."""
        given = self.cleaned_data
        step = timedelta(days=1 if given["every"] == "day" else 7)
        kept = {name: given[name] for name in ("starts", "ends", "break_minutes", "bucket")}
        kept |= {name: given[name].pk if given[name] else None for name in ("room", "trainer")}
        return [{"day": given["day"] + step * number, "title": "", **kept} for number in range(given["times"])]


class SessionForm(Times, OfCentre):
    """One session of a run that is being planned, or one more of a run that stands."""

    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=240, initial=0)
    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=Bucket.choices)
    category = forms.ChoiceField(label=_("Category"), required=False)
    title = forms.CharField(label=_("Topic"), max_length=120, required=False)
    field_order = [
        "day",
        "starts",
        "ends",
        "overnight",
        "break_minutes",
        "room",
        "trainer",
        "bucket",
        "category",
        "title",
    ]

    def plan(self) -> SessionPlan:
        given = self.cleaned_data
        return SessionPlan(
            title=given["title"],
            bucket=given["bucket"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            break_minutes=given["break_minutes"],
            trainer=given["trainer"],
            room=given["room"],
            category=given["category"],
        )


SessionFormSet = forms.formset_factory(SessionForm, extra=0, can_delete=True, max_num=MOST_SESSIONS * 2)


class MoveForm(Times, OfCentre):
    """Another time, room or trainer for a session, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Everybody who is told of it reads it."))
    field_order = ["day", "starts", "ends", "overnight", "room", "trainer", "reason"]

    @classmethod
    def of(cls, session: Session, choices: Choices, data: Any = None) -> "MoveForm":
        """The form of a session, filled with how it stands."""
        starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        initial = {
            "day": starts.date(),
            "starts": starts.time(),
            "ends": ends.time(),
            "overnight": ends.date() > starts.date() and ends.time() != time(0),
            "room": session.room_id,
            "trainer": session.trainer_id,
        }
        return cls(data, choices=choices, initial=initial, prefix="move")


class DescribeForm(Choosing):
    """What a session is about, and for which hours it counts."""

    title = forms.CharField(label=_("Topic"), max_length=120, required=False)
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=240)
    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=Bucket.choices)
    category = forms.ChoiceField(label=_("Category"), required=False)


class ShareForm(Choosing):
    """One part of a session's minutes; without parts the row is left out."""

    bucket = forms.ChoiceField(label=_("Kind of hours"), choices=Bucket.choices)
    category = forms.ChoiceField(label=_("Category"), required=False)
    parts = forms.IntegerField(label=_("Parts"), min_value=1, max_value=100, required=False)


class _Shares(forms.BaseFormSet):
    def shares(self) -> list[Share]:
        """The shares that have parts; one alone splits nothing, so it is none."""
        given = [row.cleaned_data for row in self.forms if row.cleaned_data.get("parts")]
        rows = [Share(row["bucket"], row["parts"], row["category"]) for row in given]
        return rows if len(rows) > 1 else []


ShareFormSet = forms.formset_factory(ShareForm, formset=_Shares, extra=MOST_SHARES, max_num=MOST_SHARES)


class CancelForm(forms.Form):
    """Why a session doesn't take place."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Everybody who is told of it reads it."))
