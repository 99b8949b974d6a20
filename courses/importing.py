"""Marks of many sessions of a run out of one file, row by row: a refused row changes nothing and stops no other."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from os import PathLike
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from courses import attending, reading
from courses.attending import Mark, moment_at
from courses.errors import Refusal, refuse
from courses.models import CourseRun, Enrollment, EnrollmentState, Session, Way
from courses.reading import MarkRow
from lms.jobs.errors import DomainError
from lms.registry import registering
from lms.registry.errors import sentence_of
from lms.registry.models import IdentityDocument, Membership, Person, User
from lms.registry.rosters.container import ReadableFile
from lms.registry.rosters.identity import mask_number, mask_runs, normalise_id
from lms.registry.rosters.messages import MESSAGES

By = Membership | User | None
VALUE_MAX = 60


@dataclass
class Report:
    """What became of a file, in the shape of the roster answers."""

    rows: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: list[dict[str, object]] = field(default_factory=list)
    warnings: list[dict[str, object]] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; marks are never updated by a file: what differs is `already_marked`."""
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": 0,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "warnings": self.warnings,
            "unknown_columns": self.unknown_columns,
        }


@dataclass(frozen=True)
class _Wanted:
    """A row understood: who was at which session."""

    row: MarkRow
    session: Session
    mark: Mark
    excused: bool


class _RowRefused(Exception):
    """One row can't be taken in: which column, and the code."""

    def __init__(self, column: str, code: str) -> None:
        self.column, self.code = column, code


def import_attendance(
    source: str | PathLike[str] | ReadableFile, *, by: By, run: CourseRun, dry_run: bool = False
) -> Report:
    """Take in the marks of a file, for a command by nobody; with `dry_run` say what would happen and change nothing.

    Refuses the whole file with marks_not_found and what `reading.read_marks` refuses. Codes of rows: person_unknown,
    name_ambiguous, session_unknown, time_unreadable, day_unreadable, state_unknown, mark_repeated, what
    `attending.record` refuses, and those of a document's number; warning: excuse_missing.
    """
    read = reading.read_marks(source)
    if read is None:
        raise refuse("marks_not_found")
    report = Report(rows=len(read.rows), unknown_columns=list(read.unknown_columns))
    wanted = _understood(run, read.rows, report)
    with transaction.atomic():
        for rows in wanted.values():
            _record(by, rows, report)
        if dry_run:
            transaction.set_rollback(True)
    report.rejected.sort(key=lambda finding: (str(finding.get("sheet", "")), int(str(finding["row"]))))
    return report


def _understood(run: CourseRun, rows: Sequence[MarkRow], report: Report) -> dict[UUID, list[_Wanted]]:
    """The rows by session, each person once; what can't be understood goes to the report."""
    people = _People(run)
    sessions = list(run.sessions.filter(cancelled_at__isnull=True))
    found: dict[UUID, list[_Wanted]] = defaultdict(list)
    seen: set[tuple[UUID, UUID]] = set()
    for row in rows:
        try:
            wanted = _wanted(row, people, sessions)
            if (wanted.session.pk, wanted.mark.person.pk) in seen:
                raise _RowRefused(reading.NAME, "mark_repeated")
        except _RowRefused as refusal:
            report.rejected.append(_finding(row, refusal.column, refusal.code))
            continue
        seen.add((wanted.session.pk, wanted.mark.person.pk))
        found[wanted.session.pk].append(wanted)
    return found


def _wanted(row: MarkRow, people: "_People", sessions: Sequence[Session]) -> _Wanted:
    person = people.named(row)
    session = _session(row, sessions)
    state = row.text(reading.STATE)
    if state in reading.ABSENT or state in reading.EXCUSED:
        return _Wanted(row, session, Mark(person, None, None), state in reading.EXCUSED)
    if state not in reading.PRESENT:
        raise _RowRefused(reading.STATE, "state_unknown")
    came, went = _clock(row, reading.CAME), _clock(row, reading.WENT)
    if came is None and went is None and state:
        # Somebody was there, and nobody noted the times: then for the whole session.
        return _Wanted(row, session, Mark(person, session.starts_at, session.ends_at), False)
    if came is None or went is None:
        raise _RowRefused(reading.CAME if came is None else reading.WENT, "times_incomplete")
    return _Wanted(row, session, Mark(person, moment_at(session, came), moment_at(session, went)), False)


def _session(row: MarkRow, sessions: Sequence[Session]) -> Session:
    number = row.text(reading.SESSION)
    if number:
        digits = "".join(character for character in number if character.isdecimal())
        found = [session for session in sessions if digits and session.number == int(digits)]
    else:
        try:
            day = reading.parse_day(row.cells.get(reading.DAY))
        except (ValueError, DomainError) as error:
            raise _RowRefused(reading.DAY, "day_unreadable") from error
        found = [session for session in sessions if timezone.localdate(session.starts_at) == day]
    if len(found) != 1:
        raise _RowRefused(reading.SESSION if number else reading.DAY, "session_unknown")
    return found[0]


def _clock(row: MarkRow, column: str) -> time | None:
    try:
        return reading.parse_clock(row.cells.get(column))
    except ValueError as error:
        raise _RowRefused(column, "time_unreadable") from error


def _record(by: By, rows: list[_Wanted], report: Report) -> None:
    """Record the rows of one session: all that are not refused. A refusal names a person; her rows go and the rest
    is tried again, so that homonyms are tried one by one."""
    session, left = rows[0].session, list(rows)
    while left:
        try:
            written = attending.record(by=by, session=session, marks=[row.mark for row in left], way=Way.FILE)
        except DomainError as refusal:
            named = [row for row in left if row.mark.person.name == refusal.context.get("person")]
            if len(named) > 1:
                for row in named:
                    _record(by, [row], report)
            else:
                for row in named or left:
                    report.rejected.append(_finding(row.row, reading.NAME, refusal.code))
            left = [row for row in left if row not in named] if named else []
            continue
        report.created += len(written)
        report.unchanged += len(left) - len(written)
        states = {row.person_id: row.state for row in written}
        for row in left:
            if row.excused and states.get(row.mark.person.pk) == "absent":
                report.warnings.append(_finding(row.row, reading.STATE, "excuse_missing"))
        return


class _People:
    """Who is enrolled in a run, by document and by name."""

    def __init__(self, run: CourseRun) -> None:
        enrolled = Enrollment.objects.filter(run=run).exclude(state=EnrollmentState.WITHDRAWN)
        people = Person.objects.filter(pk__in=enrolled.values("person_id"))
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        by_key = {person.pk: person for person in people}
        for person in by_key.values():
            self._by_name[person.name].append(person)
        documents = IdentityDocument.objects.filter(person__in=by_key).values_list("number_index", "person_id")
        self._by_index = {index: by_key[key] for index, key in documents}

    def named(self, row: MarkRow) -> Person:
        """The person a row is about: by the number of her document, else by her name if only one bears it."""
        if row.text(reading.NUMBER):
            try:
                document = normalise_id(row.cells[reading.NUMBER], today=timezone.localdate())
            except DomainError as error:
                raise _RowRefused(reading.NUMBER, error.code) from error
            found = self._by_index.get(registering.index_of(document.number))
            if found is None:
                raise _RowRefused(reading.NUMBER, "person_unknown")
            return found
        bearers = self._by_name.get(row.text(reading.NAME), [])
        if len(bearers) != 1:
            raise _RowRefused(reading.NAME, "name_ambiguous" if bearers else "person_unknown")
        return bearers[0]


def _finding(row: MarkRow, column: str, code: str) -> dict[str, object]:
    """A remark on one cell; numbers of documents are masked."""
    raw = row.cells.get(column)
    value = mask_number(raw) if column == reading.NUMBER else mask_runs(row.text(column))
    sentence = Refusal(code).label if code in Refusal.values else MESSAGES.get(code) or sentence_of(code)
    found: dict[str, object] = {
        "row": row.number,
        "column": column,
        "value": value[:VALUE_MAX],
        "code": code,
        "message": str(sentence),
    }
    return found | ({"sheet": row.sheet} if row.sheet else {})
