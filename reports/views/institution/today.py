"""What an institution has to do today: who is missing what by when, most pressing first, and where each is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from certification.models import EntryReview, EntryState
from reports.metrics import HoldingRate, Hours, Line
from reports.rules import Reason
from reports.waiting import Due, Paper

#: People named per task; the rest stand behind its button.
NAMED = 5
#: States of an entry in which the institution, not the bureau, has something to do.
TO_COMPLETE = (EntryState.COLLECTING, EntryState.RETURNED)


class Item(NamedTuple):
    """One person of a task: what is missing and by when; `href` leads exactly there."""

    name: str
    words: str | Promise
    href: str
    day: date | None = None
    hours: Hours | None = None


@dataclass(frozen=True)
class Task:
    """One thing to do for some people, and the one button for all of them."""

    title: str
    icon: str
    tone: str
    action: str
    href: str
    items: list[Item]

    @property
    def named(self) -> list[Item]:
        return self.items[:NAMED]

    @property
    def more(self) -> int:
        return max(0, len(self.items) - NAMED)


def tasks(
    *, papers: list[Due], rate: HoldingRate, hours: HoldingRate, entries: "QuerySet[EntryReview]", today: date
) -> list[Task]:
    """The tasks there is something to do for; what is over comes before what is soon due."""
    over = [
        _barred(papers),
        _entries(entries.filter(state__in=TO_COMPLETE).order_by("due_on")),
        _checks(papers, "health", _("Health certificates to renew"), (Paper.HEALTH_MISSING, Paper.HEALTH_EXPIRED)),
        _checks(papers, "no_crime", _("No-crime checks to make"), (Paper.CHECK_MISSING, Paper.CHECK_OVERDUE)),
        _certificates(line for line in rate.people if line.lacking),
        _hours([line for line in hours.people if line.lacking], date(today.year, 12, 31)),
    ]
    soon = [
        _checks(papers, "health", _("Health certificates that end soon"), (Paper.HEALTH_SOON,)),
        _checks(papers, "no_crime", _("No-crime checks due soon"), (Paper.CHECK_SOON,)),
    ]
    return [task for task in (*over, *soon) if task.items]


def _barred(papers: list[Due]) -> Task:
    rows = [due.row for due in papers if due.paper == Paper.BARRED]
    return Task(
        _("Barred and still on post"),
        "slash-circle",
        "refused",
        _("End the posts"),
        _act("end", (row.post_id for row in rows)),
        [Item(row.name, Paper.BARRED.label, _act("end", [row.post_id])) for row in rows],
    )


def _entries(entries: "QuerySet[EntryReview]") -> Task:
    items = [
        Item(
            entry.person.name,
            entry.reason if entry.state == EntryState.RETURNED else entry.get_kind_display(),
            reverse("institution_entry", args=[entry.pk]),
            entry.due_on,
        )
        for entry in entries
    ]
    every = reverse("institution_entries")
    return Task(_("Entries to complete"), "clipboard-check", "due", _("See the entries"), every, items)


def _checks(papers: list[Due], kind: str, title: str, which: tuple[Paper, ...]) -> Task:
    """Each leads to the form of checks with her in it; the button to the form with everybody who is due."""
    form = f"{reverse('institution_checks')}?kind={kind}"
    items = [
        Item(due.row.name, due.paper.label, f"{form}&person={due.row.person_id}", due.day)
        for due in papers
        if due.paper in which
    ]
    tone = "due" if which[0].overdue else "info"
    icon = "heart" if kind == "health" else "shield-check"
    return Task(title, icon, tone, _("Enter them together"), form, items)


def _certificates(lines: Iterable[Line]) -> Task:
    """Whoever waits for the bureau comes last: there is nothing to send in for her."""
    rows = sorted(lines, key=lambda line: line.reason == Reason.UNVERIFIED)
    items = [
        Item(line.name, line.sentence, reverse("institution_qualification_new", args=[line.person_id])) for line in rows
    ]
    every = f"{reverse('institution_roster')}?show=certificate"
    return Task(_("Without a certificate that counts"), "patch-question", "due", _("See who"), every, items)


def _hours(lines: list[Line], until: date) -> Task:
    """Without any hours first, then most minutes missing."""
    lines = sorted(
        lines, key=lambda line: -(line.hours.missing_skill + line.hours.missing_ethics) if line.hours else float("-inf")
    )
    items = [Item(line.name, line.sentence, _act("enrol", [line.post_id]), until, line.hours) for line in lines]
    every = f"{reverse('institution_staff_act')}?act=enrol&show=hours"
    return Task(_("Hours still missing this year"), "hourglass-split", "due", _("Enrol all of them"), every, items)


def _act(name: str, posts: Iterable[UUID]) -> str:
    query = urlencode([("act", name), *(("picked", post) for post in posts)])
    return f"{reverse('institution_staff_act')}?{query}"
