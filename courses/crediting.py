"""Writing attended minutes into the ledger, and taking them back.

The ledger only grows; `TrainingYear` is its sum per person, year and bucket, kept in the same
transaction. Whoever calls these verbs has locked the people (`enrolling.lock_people`), so that two
sessions at the same time can't both be credited.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses import news, rules
from courses.enrolling import lock_people
from courses.errors import refuse
from courses.models import Attendance, Bucket, CourseKind, HourEntry, Session, Source, TrainingYear
from courses.rules import Span
from lms.registry import auditing
from lms.registry.errors import guarded
from lms.registry.models import Membership, User

Actor = Membership | User | None


@transaction.atomic
def credit(*, by: Actor, attendance: Attendance) -> HourEntry | None:
    """The entry for one attendance; the one that stands already when there is one, None for no minutes."""
    lock_people([attendance.person_id])
    for entry in credit_all(by=by, session=attendance.session, attendances=[attendance]):
        auditing.record(by, "credit", entry, after=_words(entry))
    return standing(attendance.session, [attendance.person_id]).get(attendance.person_id)


def credit_all(*, by: Actor, session: Session, attendances: Iterable[Attendance]) -> list[HourEntry]:
    """Entries for the attendances of one session that have minutes and no standing entry yet.

    Hours of a pre-service course are written down without moving the training year. The audit row is
    the caller's: a roll call or a correction is one act. Refuses `person_barred` (by trigger) if a ban
    stands on any of them.
    """
    due = [attendance for attendance in attendances if attendance.minutes > 0]
    done = standing(session, [attendance.person_id for attendance in due])
    source = Source.PRE_SERVICE if session.run.course.kind == CourseKind.PRE_SERVICE else Source.SESSION
    day = timezone.localdate(session.starts_at)
    entries = [
        HourEntry(
            person_id=attendance.person_id,
            bucket=session.bucket,
            minutes=attendance.minutes,
            day=day,
            year=day.year,
            source=source,
            session=session,
            revision=attendance.revision,
            rule_version=rules.RULE_VERSION,
            note=_overlap_note(session, attendance),
            created_by=_account(by),
        )
        for attendance in due
        if attendance.person_id not in done
    ]
    with guarded():
        HourEntry.objects.bulk_create(entries, batch_size=500)
    _move_years(entries)
    if entries:
        news.tell()
    return entries


@transaction.atomic
def reverse(*, by: Actor, entry: HourEntry, note: str) -> HourEntry:
    """An entry of the opposite sign, with the reason.

    Refuses `reason_missing`, `nothing_changed` when it is reversed already or is itself a reversal,
    `entry_spent` (by trigger) when the hours stand on a certificate.
    """
    if not note.strip():
        raise refuse("reason_missing")
    lock_people([entry.person_id])
    if entry.reverses_id or HourEntry.objects.filter(reverses=entry).exists():
        raise refuse("nothing_changed")
    reversal = HourEntry(
        person_id=entry.person_id,
        bucket=entry.bucket,
        minutes=-entry.minutes,
        day=entry.day,
        year=entry.year,
        source=entry.source,
        session_id=entry.session_id,
        revision=entry.revision,
        reverses=entry,
        rule_version=rules.RULE_VERSION,
        note=note.strip(),
        created_by=_account(by),
    )
    with guarded():
        reversal.save(force_insert=True)
    _move_years([reversal])
    auditing.record(by, "reverse_credit", reversal, after=_words(reversal))
    news.tell()
    return reversal


def standing(session: Session, people: Iterable[uuid.UUID]) -> dict[uuid.UUID, HourEntry]:
    """The entries of these people for a session that no reversal has taken back."""
    rows = HourEntry.objects.filter(
        session=session, person_id__in=list(people), reverses__isnull=True, reversal__isnull=True
    )
    return {entry.person_id: entry for entry in rows}


def taken(session: Session, people: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[Span]]:
    """Per person the time at *other* sessions, meeting this one, that has been credited already."""
    elsewhere = Attendance.objects.filter(
        person_id__in=list(people),
        minutes__gt=0,
        session__starts_at__lt=session.ends_at,
        session__ends_at__gt=session.starts_at,
    ).exclude(session=session)
    spans: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for row in elsewhere.select_related("session"):
        if row.arrived_at and row.left_at:
            inside = Span(row.arrived_at, row.left_at).within(Span(row.session.starts_at, row.session.ends_at))
            spans[row.person_id].append(inside)
    return spans


def _overlap_note(session: Session, attendance: Attendance) -> str:
    """Why an entry has fewer minutes than the person was there; empty for almost everybody."""
    if attendance.arrived_at is None or attendance.left_at is None:
        return ""
    whole = rules.minutes_present(
        Span(session.starts_at, session.ends_at),
        session.break_minutes,
        Span(attendance.arrived_at, attendance.left_at),
    )
    if whole == attendance.minutes:
        return ""
    return _("%(minutes)s minutes at the same time count for another session already.") % {
        "minutes": whole - attendance.minutes
    }


def _move_years(entries: Iterable[HourEntry]) -> None:
    """Add the entries to the training years they belong to; a changed year waits to be assessed."""
    moved = [entry for entry in entries if entry.source == Source.SESSION]
    if not moved:
        return
    people, years = {entry.person_id for entry in moved}, {entry.year for entry in moved}
    keys = {(entry.person_id, entry.year) for entry in moved}
    missing = [TrainingYear(person_id=person, year=year) for person, year in sorted(keys)]
    TrainingYear.objects.bulk_create(missing, batch_size=500, ignore_conflicts=True)
    rows = TrainingYear.objects.filter(person_id__in=people, year__in=years).order_by("person_id", "year")
    totals = {(row.person_id, row.year): row for row in rows.select_for_update()}
    now = timezone.now()
    for entry in moved:
        total = totals[entry.person_id, entry.year]
        if entry.bucket == Bucket.SKILL:
            total.skill_minutes += entry.minutes
        else:
            total.ethics_minutes += entry.minutes
        total.changed_at = now
    changed = [totals[key] for key in sorted(keys)]
    TrainingYear.objects.bulk_update(changed, ["skill_minutes", "ethics_minutes", "changed_at"], batch_size=500)


def _words(entry: HourEntry) -> dict[str, object]:
    return {
        "person": str(entry.person_id),
        "session": str(entry.session_id),
        "bucket": str(entry.bucket),
        "minutes": entry.minutes,
        "year": entry.year,
    }


def _account(by: Actor) -> User | None:
    return by.user if isinstance(by, Membership) else by
