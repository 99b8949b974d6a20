"""Reminding of hours that are missing, on the days a bureau sets: people of their own, managers of their staff's.

Each reminder is told once a training year to each account: the key of a notice is the reminder and the year.
A run that was missed is made up for within a week; a second run, or one at the same time, tells nothing twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.policies import Standards
from certification.rules import CALENDAR, SCHOOL, Span, covers, year_span
from lms.registry import auditing, noticing
from lms.registry.models import Institution, Membership, Region, Role, User
from lms.registry.noticing import News, Wording
from reports.errors import refuse
from reports.metrics.outlook import Outlook, Outlooks
from reports.models import HoursReminder
from reports.rules import Prospect

#: Institutions worked on at once, so that memory stays flat.
CHUNK = 100
#: For so many days after its day a reminder is still told to whom it has not reached.
MADE_UP_FOR = timedelta(days=7)
WORDINGS = {
    "hours_remind": Wording(
        _("You still lack %(skill)s lesson hours of skills and %(ethics)s of ethics. The year ends on %(until)s."),
        days=("until",),
    ),
    "hours_urge": Wording(
        _(
            "Last call: you lack %(skill)s lesson hours of skills and %(ethics)s of ethics. "
            "Enrol now; the year ends on %(until)s."
        ),
        days=("until",),
    ),
    "hours_remind_staff": Wording(
        _("%(n)s of your staff still lack hours of the year. It ends on %(until)s."), days=("until",)
    ),
    "hours_urge_staff": Wording(
        _("Last call: %(n)s of your staff lack hours. Enrol them now; the year ends on %(until)s."), days=("until",)
    ),
}


def set_reminder(
    *,
    by: Membership,
    region: Region,
    whom: str,
    tone: str,
    days_before: int | None = None,
    month: int | None = None,
    day: int | None = None,
) -> HoursReminder:
    """Set a reminder for a region of one's bureau, from its next day on.

    Refuses `not_allowed` for anybody but an officer of the region or of one above it, `reminder_day` unless
    either the days before the end or month and day are given, `reminder_exists`.
    """
    if by.role != Role.BUREAU_OFFICER or by.region is None or not region.prefix.startswith(by.region.prefix):
        raise refuse("not_allowed")
    if (days_before is None) == (month is None) or (month is None) != (day is None):
        raise refuse("reminder_day")
    reminder = HoursReminder(
        region=region, whom=whom, tone=tone, days_before=days_before, month=month, day=day, set_by=by.user
    )
    try:
        with transaction.atomic():
            reminder.save(force_insert=True)
            auditing.record(by, "set_reminder", reminder, after=_words(reminder))
    except IntegrityError as error:
        raise refuse("reminder_exists") from error
    return reminder


@transaction.atomic
def end_reminder(*, by: Membership, reminder: HoursReminder) -> HoursReminder:
    """From now on nobody is told by it. Refuses `not_allowed` as `set_reminder` does, `reminder_ended`."""
    reminder = HoursReminder.objects.select_for_update(of=("self",)).select_related("region").get(pk=reminder.pk)
    if by.role != Role.BUREAU_OFFICER or by.region is None or not reminder.region.prefix.startswith(by.region.prefix):
        raise refuse("not_allowed")
    if reminder.ended_at is not None:
        raise refuse("reminder_ended")
    reminder.ended_at, reminder.ended_by = timezone.now(), by.user
    reminder.save(update_fields=["ended_at", "ended_by"])
    auditing.record(by, "end_reminder", reminder, before=_words(reminder))
    return reminder


def years_around(today: date) -> dict[str, Span]:
    """The training years that `today` lies in, by kind: the calendar's, and the school year."""
    years = ((kind, year_span(year, kind)) for year in (today.year - 1, today.year) for kind in (CALENDAR, SCHOOL))
    return {kind: span for kind, span in years if covers(span, today)}


def days_of(reminders: Sequence[HoursReminder], today: date) -> list[date]:
    """The day of each in the training year around `today`, as its region reckons years; two queries."""
    standards = Standards({one.region.prefix for one in reminders})
    years = years_around(today)
    found = (standards.at(one.region.prefix, today.year) for one in reminders)
    kinds = [standard.year_kind if standard else CALENDAR for standard in found]
    return [one.due_on(years[kind]) for one, kind in zip(reminders, kinds, strict=True)]


def is_due(reminder: HoursReminder, year: Span, today: date) -> bool:
    """Whether its day in that year has come, and not longer ago than is made up for."""
    return reminder.due_on(year) <= today < reminder.due_on(year) + MADE_UP_FOR


def reminders_due(today: date) -> list[HoursReminder]:
    """Those whose day has come in any training year around `today`."""
    standing = HoursReminder.objects.filter(ended_at__isnull=True).select_related("region")
    return [one for one in standing if any(is_due(one, year, today) for year in years_around(today).values())]


def remind_sites(today: date, after: UUID | None = None) -> tuple[int, UUID | None]:
    """Tell what is due on `today` at the next CHUNK institutions behind `after`.

    Gives how many notices were new, and the last institution's key; None behind the last one.
    """
    due = reminders_due(today)
    reached = Q(pk__in=[])
    for reminder in due:
        reached |= Q(region__prefix__startswith=reminder.region.prefix)
    sites = Institution.objects.filter(reached)
    sites = sites.filter(pk__gt=after) if after else sites
    chunk = list(sites.order_by("pk")[:CHUNK])
    if not chunk:
        return 0, None
    rows = Outlooks(Q(institution__in=chunk), on=today).rows
    told = 0
    for reminder in due:
        concerned = [row for row in concerned_by(reminder, rows) if is_due(reminder, row.year, today)]
        told += noticing.tell_all(_news(reminder, concerned, chunk))
    return told, chunk[-1].pk


def concerned_by(reminder: HoursReminder, rows: Iterable[Outlook]) -> list[Outlook]:
    """Whom of these people the reminder is meant for, whatever the day."""
    return [
        row
        for row in rows
        if row.place.prefix.startswith(reminder.region.prefix) and not row.reached and _meant(reminder.whom, row)
    ]


def _meant(whom: str, row: Outlook) -> bool:
    if whom == HoursReminder.Whom.WILL_MISS:
        return row.prospect is Prospect.WILL_MISS
    if whom == HoursReminder.Whom.UNBOOKED:
        return bool(row.lacking)
    return bool(row.missing)


def _news(reminder: HoursReminder, rows: Sequence[Outlook], sites: Sequence[Institution]) -> Iterator[News]:
    """To the people of what they lack, and to their managers of how many."""
    accounts = {
        user.person_id: user
        for user in User.objects.filter(person__in=[row.place.person_id for row in rows], is_active=True)
    }
    lacking: Counter[tuple[UUID, Span]] = Counter()
    for row in rows:
        lacking[row.place.institution_id, row.year] += 1
        if user := accounts.get(row.place.person_id):
            context = {"skill": _tenths(row.hours.skill_short), "ethics": _tenths(row.hours.ethics_short)}
            context["until"] = _last_day(row.year)
            yield News(user, f"hours_{reminder.tone}", _key(reminder, row.year), context, reverse("my_record"))
    managers = noticing.managers(sites)
    path = f"{reverse('institution_hours')}?show=will_miss"
    for (site, year), n in lacking.items():
        for user in managers.get(site, ()):
            told: dict[str, str | int] = {"n": n, "until": _last_day(year)}
            yield News(user, f"hours_{reminder.tone}_staff", f"{_key(reminder, year)}:{site}", told, path)


def _key(reminder: HoursReminder, year: Span) -> str:
    return f"{reminder.pk}:{year.start}"


def _last_day(year: Span) -> str:
    return (year.end - timedelta(days=1)).isoformat()


def _tenths(hours: Fraction) -> str:
    """Lesson hours that are whole tenths: 12, 12.5."""
    whole, tenth = divmod(int(hours * 10), 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def _words(reminder: HoursReminder) -> dict[str, object]:
    return {
        "region": reminder.region.code,
        "days_before": reminder.days_before,
        "month": reminder.month,
        "day": reminder.day,
        "whom": str(reminder.whom),
        "tone": str(reminder.tone),
    }
