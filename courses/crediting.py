"""Writing earned minutes into the ledger, and taking them back.

The ledger only grows; `TrainingYear` is its sum per person, year and bucket, kept in the same
transaction. Whoever calls these verbs has locked the people (`enrolling.lock_people`), so that two
sources of the same time can't both be credited.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from courses import news, rules
from courses.enrolling import lock_people
from courses.errors import refuse
from courses.models import (
    Attendance,
    Bucket,
    CourseKind,
    HourClaimItem,
    HourEntry,
    Session,
    Source,
    TrainingYear,
)
from courses.rules import Part, Span
from lms.registry import auditing
from lms.registry.errors import guarded
from lms.registry.inserting import insert_all
from lms.registry.models import Leave, LeaveKind, Membership, User

Actor = Membership | User | None
#: School years begin in September: hours of the months before also belong to the year named before.
SCHOOL_YEAR_BEGINS = 9


@dataclass(frozen=True)
class Beside:
    """What of a time can't count for a person: what counts for something else already, and days of suspension."""

    taken: list[Span] = field(default_factory=list)
    suspended: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class Share:
    """Where minutes go, and how many parts of them."""

    bucket: str
    category: str
    parts: int = 1


# --- What stands in the way -----------------------------------------------------------------


def beside(span: Span, people: Iterable[uuid.UUID], *, but: Session | None = None) -> dict[uuid.UUID, Beside]:
    """Per person what of `span` can't count: minutes of every source that stand in the ledger (those of the session
    `but` left out), and days of suspension from any post. Who isn't named has nothing."""
    people = list(people)
    found: dict[uuid.UUID, Beside] = {}
    if not people:
        return found
    first, last = rules.day_of(span.starts), rules.day_of(span.ends)
    standing = HourEntry.objects.filter(
        person_id__in=people,
        year__in={first.year, last.year},
        starts_at__lt=span.ends,
        ends_at__gt=span.starts,
        reverses__isnull=True,
        reversal__isnull=True,
    )
    if but is not None:
        standing = standing.exclude(session=but)
    for person, starts, ends in standing.order_by().values_list("person_id", "starts_at", "ends_at").distinct():
        if starts and ends:
            found.setdefault(person, Beside()).taken.append(Span(starts, ends))
    suspensions = Leave.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=first),
        kind=LeaveKind.SUSPENSION,
        post__person_id__in=people,
        started_on__lte=last,
    )
    for person, since, until in suspensions.order_by().values_list("post__person_id", "started_on", "ended_on"):
        ends = rules.whole_day(until).starts if until else span.ends
        found.setdefault(person, Beside()).suspended.append(Span(rules.whole_day(since).starts, ends))
    return found


# --- Sessions -------------------------------------------------------------------------------


@transaction.atomic
def credit(*, by: Actor, attendance: Attendance) -> list[HourEntry]:
    """The entries for one attendance, in order; those that stand already when there are some, none for no minutes."""
    lock_people([attendance.person_id])
    session = attendance.session
    if stands := list(standing(session, [attendance.person_id]).order_by("part")):
        return stands
    here = beside(Span(session.starts_at, session.ends_at), [attendance.person_id], but=session)
    entries = credit_all(by=by, session=session, attendances=[attendance], beside=here)
    for entry in entries:
        auditing.record(by, "credit", entry, after=_words(entry))
    return entries


def credit_all(
    *,
    by: Actor,
    session: Session,
    attendances: Iterable[Attendance],
    beside: Mapping[uuid.UUID, Beside],
) -> list[HourEntry]:
    """Entries for the attendances of one session, of which nothing stands yet: one per day in Beijing and share of
    the session, which add up to the attendance's minutes.

    Hours of a pre-service course are written down without moving the training year. The audit row is
    the caller's: a roll call or a correction is one act. Refuses `person_barred` (by trigger) if a ban
    stands on any of them.
    """
    due = [attendance for attendance in attendances if attendance.minutes > 0]
    if not due:
        return []
    source = Source.PRE_SERVICE if session.run.course.kind == CourseKind.PRE_SERVICE else Source.SESSION
    shares = shares_of(session)
    entries = []
    for row in due:
        if row.arrived_at is None or row.left_at is None:
            continue
        here = beside.get(row.person_id, Beside())
        present = Span(row.arrived_at, row.left_at).within(Span(session.starts_at, session.ends_at))
        away = [*here.suspended, *here.taken]
        for number, part in enumerate(rules.parts_of(row.minutes, present, away, [share.parts for share in shares])):
            entry = _entry(part, shares[part.share], number, source, by)
            entry.person_id, entry.session, entry.revision = row.person_id, session, row.revision
            entry.note = _overlap_note(session, row) if number == 0 else ""
            entries.append(entry)
    return _write(entries)


def shares_of(session: Session) -> list[Share]:
    """Where a session's minutes go: as its shares say, else all to its own bucket and category."""
    shares = [Share(row.bucket, row.category, row.parts) for row in session.shares.all()]
    return shares or [Share(session.bucket, session.category)]


def standing(session: Session, people: Iterable[uuid.UUID]) -> "QuerySet[HourEntry]":
    """The entries of these people for a session that no reversal has taken back."""
    return HourEntry.objects.filter(
        session=session, person_id__in=list(people), reverses__isnull=True, reversal__isnull=True
    )


# --- Claims ---------------------------------------------------------------------------------


@transaction.atomic
def credit_item(*, by: Actor, item: HourClaimItem) -> list[HourEntry]:
    """The entries for a granted item of a claim; those that stand already when there are some.

    With clock times, granted minutes that meet others of hers, or days of suspension, don't count: of an hour's
    claim half of which is taken, half of what was granted. None at all is an empty list. Refuses
    `item_not_granted`, `person_barred` (by trigger).
    """
    claim = item.claim
    lock_people([claim.person_id])
    if item.state != HourClaimItem.State.GRANTED:
        raise refuse("item_not_granted")
    stands = HourEntry.objects.filter(item=item, reverses__isnull=True, reversal__isnull=True).order_by("part")
    if stands:
        return list(stands)
    earlier = HourEntry.objects.filter(item=item).aggregate(last=Max("revision"))["last"] or 0
    entries = []
    for number, part in enumerate(_parts_of_item(item)):
        entry = _entry(part, Share(item.bucket, item.category), number, Source(claim.source), by)
        entry.person_id, entry.item, entry.online, entry.revision = claim.person_id, item, item.online, earlier + 1
        if item.starts_at is None:
            entry.starts_at = entry.ends_at = None
        entries.append(entry)
    for entry in _write(entries):
        auditing.record(by, "credit", entry, after=_words(entry))
    return entries


def _parts_of_item(item: HourClaimItem) -> list[Part]:
    person = item.claim.person_id
    clocked = item.starts_at is not None and item.ends_at is not None
    span = Span(item.starts_at, item.ends_at) if clocked else rules.whole_day(item.day)  # type: ignore[arg-type]
    here = beside(span, [person]).get(person, Beside())
    away = [*here.suspended, *(here.taken if clocked else [])]
    micro = timedelta(microseconds=1)
    minutes = item.granted_minutes * (rules.uncovered(span, away) // micro) // (span.length // micro)
    return rules.parts_of(minutes, span, away, [1])


# --- Taking back ----------------------------------------------------------------------------


@transaction.atomic
def reverse(*, by: Actor, entries: Sequence[HourEntry], note: str) -> list[HourEntry]:
    """Entries of the opposite sign, with the reason: all of them or none.

    Refuses `reason_missing`, `nothing_changed` when one is reversed already or is itself a reversal,
    `entry_spent` (by trigger) when the hours stand on a certificate.
    """
    if not note.strip():
        raise refuse("reason_missing")
    lock_people({entry.person_id for entry in entries})
    gone = HourEntry.objects.filter(reverses__in=[entry.pk for entry in entries])
    if gone.exists() or any(entry.reverses_id for entry in entries):
        raise refuse("nothing_changed")
    reversals = _write([_mirror(entry, note.strip(), by) for entry in entries])
    for reversal in reversals:
        auditing.record(by, "reverse_credit", reversal, after=_words(reversal))
    return reversals


@transaction.atomic
def reverse_item(*, by: Actor, item: HourClaimItem, note: str) -> list[HourEntry]:
    """Take back what stands in the ledger for an item; nothing when nothing does. Refuses as `reverse` does."""
    lock_people([item.claim.person_id])
    stands = HourEntry.objects.filter(item=item, reverses__isnull=True, reversal__isnull=True)
    return reverse(by=by, entries=list(stands.order_by("part")), note=note)


@transaction.atomic
def reverse_attendance(*, by: Actor, attendance: Attendance, note: str) -> list[HourEntry]:
    """Take back everything an attendance gave, for it was false: it gives no minutes any more and can't be corrected.

    Done again it does nothing. A closed session is no hindrance. Refuses `reason_missing`, `entry_spent` (by
    trigger) when the hours stand on a certificate.
    """
    if not note.strip():
        raise refuse("reason_missing")
    lock_people([attendance.person_id])
    row = Attendance.objects.select_for_update(of=("self",)).select_related("session").get(pk=attendance.pk)
    if row.less == rules.FALSE:
        return []
    stands = standing(row.session, [row.person_id]).order_by("part")
    reversals = reverse(by=by, entries=list(stands), note=note)
    before = {"minutes": row.minutes, "less": row.less}
    row.minutes, row.less, row.revision = 0, rules.FALSE, row.revision + 1
    row.save(update_fields=["minutes", "less", "revision"])
    after = {"minutes": 0, "less": row.less, "reason": note.strip()}
    auditing.record(by, "reject_attendance", row, before=before, after=after)
    return reversals


# --- The ledger -----------------------------------------------------------------------------


def _entry(part: Part, share: Share, number: int, source: Source, by: Actor) -> HourEntry:
    return HourEntry(
        bucket=share.bucket,
        category=share.category,
        minutes=part.minutes,
        day=part.day,
        year=part.day.year,
        source=source,
        starts_at=part.span.starts,
        ends_at=part.span.ends,
        part=number,
        rule_version=rules.RULE_VERSION,
        created_by=_account(by),
    )


#: What a reversal says as its entry did.
MIRRORED = (
    "person_id",
    "bucket",
    "category",
    "day",
    "year",
    "source",
    "session_id",
    "item_id",
    "online",
    "starts_at",
    "ends_at",
    "part",
    "revision",
)


def _mirror(entry: HourEntry, note: str, by: Actor) -> HourEntry:
    same = {name: getattr(entry, name) for name in MIRRORED}
    return HourEntry(
        **same,
        minutes=-entry.minutes,
        reverses=entry,
        rule_version=rules.RULE_VERSION,
        note=note,
        created_by=_account(by),
    )


def _write(entries: list[HourEntry]) -> list[HourEntry]:
    """Into the ledger, its sums, and the news."""
    if entries:
        with guarded():
            insert_all(entries)
        _move_years(entries)
        news.tell()
    return entries


def _overlap_note(session: Session, attendance: Attendance) -> str:
    """Why an entry has fewer minutes than the person was there; empty for almost everybody."""
    if attendance.less != rules.OVERLAP or attendance.arrived_at is None or attendance.left_at is None:
        return ""
    whole = rules.minutes_present(
        Span(session.starts_at, session.ends_at),
        session.break_minutes,
        Span(attendance.arrived_at, attendance.left_at),
    )
    return _("%(minutes)s minutes at the same time count for another session already.") % {
        "minutes": whole - attendance.minutes
    }


def _move_years(entries: Iterable[HourEntry]) -> None:
    """Add the entries to the training years they belong to; a changed year waits to be assessed, and so does the one
    before whose school year the day may belong to."""
    moved = [entry for entry in entries if entry.source != Source.PRE_SERVICE]
    if not moved:
        return
    keys = {(entry.person_id, entry.year) for entry in moved}
    touched = {(entry.person_id, entry.year - 1) for entry in moved if entry.day.month < SCHOOL_YEAR_BEGINS}
    missing = [TrainingYear(person_id=person, year=year) for person, year in sorted(keys)]
    insert_all(missing, skip_known=True)
    people, years = {person for person, _year in keys}, {year for _person, year in keys | touched}
    rows = TrainingYear.objects.filter(person_id__in=people, year__in=years).order_by("person_id", "year")
    totals = {(row.person_id, row.year): row for row in rows.select_for_update()}
    for entry in moved:
        total = totals[entry.person_id, entry.year]
        if entry.bucket == Bucket.SKILL:
            total.skill_minutes += entry.minutes
        else:
            total.ethics_minutes += entry.minutes
    now, changed = timezone.now(), [totals[key] for key in sorted(keys | touched & totals.keys())]
    for total in changed:
        total.changed_at = now
    TrainingYear.objects.bulk_update(changed, ["skill_minutes", "ethics_minutes", "changed_at"], batch_size=500)


def _words(entry: HourEntry) -> dict[str, object]:
    return {
        "person": str(entry.person_id),
        "session": str(entry.session_id) if entry.session_id else None,
        "item": str(entry.item_id) if entry.item_id else None,
        "source": str(entry.source),
        "bucket": str(entry.bucket),
        "minutes": entry.minutes,
        "day": entry.day.isoformat(),
    }


def _account(by: Actor) -> User | None:
    return by.user if isinstance(by, Membership) else by
