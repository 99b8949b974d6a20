"""A person's statement of hours: every entry of her ledger, counted or not and why, year by year and lifelong."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from certification import rules
from certification.drafting import LESSON_MINUTES
from certification.models import Assessment
from courses.models import Attendance, AttendanceState, Bucket, HourClaimItem, HourEntry, Session, Source
from courses.rules import FALSE, LATE, OVERLAP, SUSPENDED
from lms.registry.models import IdentityDocument, Person


@dataclass(frozen=True)
class Line:
    """One entry, or something that gave none. `offered` minutes would have counted, `counted` do."""

    day: date
    begins: datetime | None
    title: str
    place: str
    source: str
    bucket: str
    category: str
    online: bool
    offered: int
    counted: int
    why: str
    #: Moves the training year, and so may fall over its ceiling.
    moves: bool = True

    @property
    def bucket_label(self) -> str | Promise:
        return Bucket(self.bucket).label

    @property
    def full(self) -> bool:
        return bool(self.counted) and self.counted >= self.offered


@dataclass(frozen=True)
class Total:
    """Minutes of one bucket: in the ledger, counted, and (of a year that was assessed) required."""

    bucket: Bucket
    earned: int
    counted: int
    required: int | None = None

    @property
    def missing(self) -> int:
        return max(0, (self.required or 0) - self.counted)


@dataclass(frozen=True)
class Year:
    """One training year; `lines` newest first. `online_over` is what online study gave above the share it may have."""

    year: int
    span: rules.Span
    lines: list[Line]
    totals: list[Total]
    categories: list[tuple[str, int]]
    assessment: Assessment | None
    online_over: int

    @property
    def lesson_minutes(self) -> int:
        return self.assessment.standard.lesson_minutes if self.assessment else LESSON_MINUTES

    @property
    def school(self) -> bool:
        """Whether it runs from September to August."""
        return self.span == rules.year_span(self.year, rules.SCHOOL)


@dataclass(frozen=True)
class Statement:
    """All of a person's years, the newest first, and what they come to."""

    person: Person
    document: IdentityDocument | None
    years: list[Year]
    drawn_at: datetime

    @property
    def totals(self) -> list[Total]:
        """Lifelong, per bucket."""
        every = [total for year in self.years for total in year.totals]
        return [
            Total(
                bucket,
                sum(total.earned for total in every if total.bucket == bucket),
                sum(total.counted for total in every if total.bucket == bucket),
            )
            for bucket in Bucket
        ]

    @property
    def categories(self) -> list[tuple[str, int]]:
        """Lifelong, the largest first."""
        return _sorted((name, minutes) for year in self.years for name, minutes in year.categories)

    def year(self, wanted: str) -> Year | None:
        """The year of that number, else the newest."""
        return next((row for row in self.years if str(row.year) == wanted), self.years[0] if self.years else None)


def statement_of(person: Person) -> Statement:
    """Read with five queries, however much she has learnt."""
    assessments = {row.year: row for row in Assessment.objects.filter(person=person).select_related("standard")}
    spans = {year: rules.year_span(year, row.standard.year_kind) for year, row in assessments.items()}
    lines: dict[int, list[Line]] = defaultdict(list, {year: [] for year in assessments})
    for line in sorted(_lines(person), key=lambda line: (line.day, line.begins is None, line.begins or line.day)):
        lines[_year_of(line.day, spans)].append(line)
    return Statement(
        person=person,
        document=IdentityDocument.objects.filter(person=person).order_by("created_at", "pk").first(),
        years=[
            _year(year, spans.get(year) or rules.year_span(year), lines[year], assessments.get(year))
            for year in sorted(lines, reverse=True)
        ],
        drawn_at=timezone.now(),
    )


def _year_of(day: date, spans: Mapping[int, rules.Span]) -> int:
    """The training year a day lies in: of the years she was assessed in the one around it, else the calendar's."""
    around = [year for year, span in spans.items() if rules.covers(span, day)]
    return max(around, default=day.year)


def _year(year: int, span: rules.Span, lines: list[Line], assessment: Assessment | None) -> Year:
    """Its totals, by the rules that assessing goes by; what falls over the ceiling of a day is said at its line."""
    standard = assessment.standard if assessment else None
    ceiling = standard.day_ceiling * standard.lesson_minutes if standard and standard.day_ceiling else None
    required = {b.value: getattr(assessment, f"required_{b.value}") for b in Bucket} if assessment else {}
    learnt = [
        rules.Learnt(line.day, line.counted, line.bucket, line.category, line.online) for line in lines if line.moves
    ]
    tally = rules.count(learnt, required, ceiling=ceiling, onsite_percent=standard.onsite_percent if standard else 0)
    totals = [
        Total(bucket, tally.earned.get(bucket, 0), tally.counted.get(bucket, 0), required.get(bucket))
        for bucket in Bucket
    ]
    under = list(_below(lines, ceiling, standard.day_ceiling if standard else None))
    return Year(
        year, span, under[::-1], totals, _sorted(tally.categories.items()), assessment, sum(tally.over_online.values())
    )


def _below(lines: Iterable[Line], ceiling: int | None, lessons: int | None) -> Iterator[Line]:
    """The lines in order of time, less what is over the ceiling of their day: the later ones give way."""
    days: dict[date, int] = defaultdict(int)
    for line in lines:
        if ceiling is None or not line.moves:
            yield line
            continue
        counted = min(line.counted, ceiling - days[line.day])
        days[line.day] += counted
        over = _("No more than %(n)s lesson hours of one day count.") % {"n": lessons}
        yield line if counted == line.counted else replace(line, counted=counted, why=over)


def _sorted(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    total: dict[str, int] = defaultdict(int)
    for name, minutes in pairs:
        total[name] += minutes
    return sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))


# --- Reading the ledger, and what gave nothing ----------------------------------------------


def _lines(person: Person) -> Iterator[Line]:
    entries = HourEntry.objects.filter(person=person).select_related("session__run__centre", "item__claim", "reversal")
    presence = {
        row.session_id: row for row in Attendance.objects.filter(person=person).select_related("session__run__centre")
    }
    rows = [entry for entry in entries if not entry.reverses_id]
    parts: dict[uuid.UUID | None, int] = defaultdict(int)
    for entry in rows:
        if _standing(entry):
            parts[entry.session_id] += 1
    for entry in rows:
        alone = entry.session is not None and parts[entry.session_id] == 1
        yield _of_entry(entry, presence.get(entry.session_id) if entry.session_id else None, alone)
    credited = {entry.session_id for entry in rows}
    yield from (_of_nothing(row) for row in presence.values() if row.session_id not in credited)
    items = HourClaimItem.objects.filter(claim__person=person).exclude(state=HourClaimItem.State.GRANTED)
    yield from (_of_item(item) for item in items.select_related("claim"))


def _standing(entry: HourEntry) -> bool:
    return getattr(entry, "reversal", None) is None


def _of_entry(entry: HourEntry, presence: Attendance | None, alone: bool) -> Line:
    """An entry of the ledger; taken back it counts nothing, and before service it counts for no year."""
    session, item = entry.session, entry.item
    offered, counted, why = entry.minutes, entry.minutes, ""
    if not _standing(entry):
        counted, why = 0, _("Taken back: %(why)s") % {"why": entry.reversal.note or _("no reason was given")}
    elif entry.source == Source.PRE_SERVICE:
        counted, why = 0, _("Pre-service: counts for the post certificate, not for the year.")
    elif item is not None:
        offered, why = max(item.asked_minutes, counted), item.reason or entry.note
    elif session is not None and alone and session.net_minutes > counted:
        offered, why = session.net_minutes, _less(presence) or entry.note
    elif presence is not None and presence.less:
        why = _less(presence)
    return Line(
        day=entry.day,
        begins=entry.starts_at or (session.starts_at if session else None),
        title=session.run.title if session else item.claim.title if item else entry.get_source_display(),
        place=session.run.centre.name if session else item.claim.organiser if item else "",
        source=entry.get_source_display(),
        bucket=entry.bucket,
        category=entry.category,
        online=entry.online,
        offered=offered,
        counted=counted,
        why=why,
        moves=entry.source != Source.PRE_SERVICE,
    )


def _of_nothing(presence: Attendance) -> Line:
    """A session that gave nothing: absent, excused, or not counted for a reason."""
    session: Session = presence.session
    return Line(
        day=timezone.localdate(session.starts_at),
        begins=session.starts_at,
        title=session.run.title,
        place=session.run.centre.name,
        source=str(Source.SESSION.label),
        bucket=session.bucket,
        category=session.category,
        online=False,
        offered=session.net_minutes,
        counted=0,
        why=_less(presence),
    )


def _of_item(item: HourClaimItem) -> Line:
    """Hours claimed that were refused, or are not decided yet."""
    waiting = item.state == HourClaimItem.State.OPEN
    return Line(
        day=item.day,
        begins=item.starts_at,
        title=item.claim.title,
        place=item.claim.organiser,
        source=item.claim.get_source_display(),
        bucket=item.bucket,
        category=item.category,
        online=item.online,
        offered=item.asked_minutes,
        counted=0,
        why=_("The bureau has not decided yet.") if waiting else _("Refused: %(why)s") % {"why": item.reason},
    )


def _less(presence: Attendance | None) -> str:
    """Why a presence gave less than the session, or nothing."""
    if presence is None:
        return ""
    said = {
        LATE: _("Came too late or left too early: does not count."),
        SUSPENDED: _("Suspended on that day: does not count."),
        OVERLAP: _("The time counts for something else already."),
        FALSE: _("The bureau found the presence to be false."),
    }
    if presence.less:
        return said.get(presence.less, presence.less)
    if presence.state == AttendanceState.ABSENT:
        return _("Marked absent. If that is wrong, please tell the training centre.")
    if presence.state == AttendanceState.EXCUSED:
        return _("Excused: gives no hours.")
    if presence.state == AttendanceState.PRESENT:
        return ""
    return _("%(state)s: the time present counts.") % {"state": presence.get_state_display()}
