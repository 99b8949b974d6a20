"""Importing a roster: read once, in chunks, each written whole or not at all.

`preview_roster` and `import_roster` take the same way; the preview only leaves out the writing. A
chunk that collides with somebody else's writing (another import of the same file, a ban confirmed at
that moment) is planned anew against what stands by then.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from os import PathLike
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from lms.registry import auditing, departing, news, posting, recording, registering, succeeding
from lms.registry.auditing import Act
from lms.registry.departing import Departure
from lms.registry.inserting import insert_all
from lms.registry.matching import DOCUMENT_DATES, Matcher, Plan
from lms.registry.models import (
    CertificateClaim,
    IdentityDocument,
    Institution,
    Membership,
    Person,
    Post,
    Region,
    RosterUpload,
    User,
)
from lms.registry.rosters import SheetDefaults, parse_sheet, read_roster
from lms.registry.rosters.container import ReadableFile
from lms.registry.rosters.findings import Finding
from lms.registry.rosters.reading import Sheet
from lms.registry.rosters.rows import ParsedRow

#: Rows per transaction: a few hundred milliseconds, so that others get their turn.
CHUNK = 1000
#: How often a chunk is planned anew after a collision.
TRIES = 5

Source = str | PathLike[str] | ReadableFile | Sheet
Actor = Membership | User | None
#: Called at the end of every chunk with the answer so far, the rows read, and how many there are at most.
Step = Callable[["Answer", int, int], None]


@dataclass
class Answer:
    """What an import did, or a preview found it would do.

    Counts are rows: created = new on post, updated = on post already and something changed, held = near
    match of a barred person, waiting for a human. What is left of `rows` was refused; `refused` counts
    those findings by code, completely, while `rejected` and `warnings` may be cut at `keep`.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    rejected: list[dict[str, object]] = field(default_factory=list)
    warnings: list[dict[str, object]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    warned: dict[str, int] = field(default_factory=dict)
    institutions_created: int = 0
    #: People on post at the file's institutions whom it doesn't name: how many, of how many, and who. In an
    #: import `left` counts the posts that were ended, which needs the list to be declared complete.
    left: int = 0
    staff: int = 0
    leavers: list[dict[str, object]] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, sheet: Sheet) -> "Answer":
        """The empty answer for a file: what it says before its first row."""
        return cls(unknown_columns=list(sheet.unknown_columns), notes=[asdict(note) for note in sheet.notes])

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> "Answer":
        """An answer out of what `as_dict` gave; other keys of a job's result are left aside."""
        names = {known.name for known in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in names})

    def plus(self, plan: Plan, keep: int | None) -> "Answer":
        """The answer after one more chunk, with at most `keep` findings of a kind in full."""
        return replace(
            self,
            rows=self.rows + plan.rows,
            created=self.created + plan.created,
            updated=self.updated + plan.updated,
            unchanged=self.unchanged + plan.unchanged,
            held=self.held + plan.held,
            rejected=_extended(self.rejected, plan.rejected, keep),
            warnings=_extended(self.warnings, plan.warnings, keep),
            refused=dict(Counter(self.refused) + Counter(finding.code for finding in plan.rejected)),
            warned=dict(Counter(self.warned) + Counter(finding.code for finding in plan.warnings)),
            institutions_created=self.institutions_created + len(plan.institutions),
        )

    def as_dict(self) -> dict[str, Any]:
        """The answer as the contract has it, and a little more; JSON throughout."""
        return asdict(self)


def _extended(known: list[dict[str, object]], found: list[Finding], keep: int | None) -> list[dict[str, object]]:
    room = len(found) if keep is None else max(keep - len(known), 0)
    return [*known, *(finding.as_dict() for finding in found[:room])]


def preview_roster(
    source: Source,
    *,
    region: Region | None = None,
    institution: Institution | None = None,
    keep: int | None = None,
    step: Step | None = None,
    filename: str = "",
) -> Answer:
    """What importing the file would do now. Writes nothing.

    Refuses a file that is no roster with the codes of `read_roster`.
    """
    sheet = _opened(source, filename)
    answer = Answer.of(sheet)
    matcher = Matcher(today=timezone.localdate(), region=region, institution=institution)
    for number, chunk in _chunks(sheet, matcher):
        answer = answer.plus(matcher.plan(chunk), keep)
        if step is not None:
            step(answer, number, sheet.total)
    found = departing.find_leavers(matcher, Departure(matcher.today), keep)
    return replace(answer, left=found.count, staff=found.staff, leavers=found.names)


def import_roster(
    source: Source,
    *,
    by: Actor,
    region: Region | None = None,
    institution: Institution | None = None,
    keep: int | None = None,
    step: Step | None = None,
    resume: tuple[Answer, int] | None = None,
    cleared: bool = False,
    alive: Callable[[], None] | None = None,
    filename: str = "",
    upload: RosterUpload | None = None,
    departure: Departure | None = None,
) -> Answer:
    """Read a roster in: for one institution, or for those of a region and below; without either, anywhere.

    A rejected row changes nothing and stops no other; the same file again changes nothing. `step` is
    called in every chunk's transaction; `resume` is the answer and the rows it was last called with, and
    `alive` is called while catching up with them; `cleared` as in `Matcher`. What is changed is kept with `upload`,
    if there is one, to be undone; `departure` ends the posts of those a complete list leaves out. Refuses a file
    that is no roster with the codes of `read_roster`.
    """
    sheet = _opened(source, filename)
    answer, read = resume or (Answer.of(sheet), 0)
    matcher = Matcher(today=timezone.localdate(), region=region, institution=institution, cleared=cleared)
    for number, chunk in _chunks(sheet, matcher):
        if number <= read:
            # Written before the interruption; planned once more for what the matcher must remember.
            matcher.plan(chunk)
            if alive is not None:
                alive()
            continue
        finish = _finisher(step, number, sheet.total)
        answer = _import_chunk(matcher, chunk, answer, by=by, upload=upload, keep=keep, finish=finish)
        read = number
    if departure is not None:
        for posts in departing.next_leavers(matcher, departure):
            with transaction.atomic():
                ended = departing.end_posts(posts, departure, by)
                answer = replace(answer, left=answer.left + ended)
                _finisher(step, read, sheet.total)(answer)
    return answer


def _finisher(step: Step | None, read: int, total: int) -> Callable[[Answer], None]:
    def finish(answer: Answer) -> None:
        if step is not None:
            step(answer, read, total)

    return finish


def _opened(source: Source, filename: str) -> Sheet:
    return source if isinstance(source, Sheet) else read_roster(source, filename)


def _chunks(sheet: Sheet, matcher: Matcher) -> Iterator[tuple[int, list[ParsedRow]]]:
    """Chunks of judged rows, each with the number of rows up to its end."""
    own = matcher.institution
    defaults = SheetDefaults(own.name, own.uscc) if own is not None else None
    rows = parse_sheet(sheet, today=matcher.today, defaults=defaults)
    number = 0
    while chunk := list(islice(rows, CHUNK)):
        number += len(chunk)
        yield number, chunk


def _import_chunk(
    matcher: Matcher,
    chunk: Sequence[ParsedRow],
    answer: Answer,
    *,
    by: Actor,
    upload: RosterUpload | None,
    keep: int | None,
    finish: Callable[[Answer], None],
) -> Answer:
    """Write one chunk and give the grown answer; after a collision plan and try again, TRIES times in all."""
    for tries_left in reversed(range(TRIES)):
        plan = matcher.plan(chunk)
        grown = answer.plus(plan, keep)
        try:
            with transaction.atomic():
                _write(plan, by, upload)
                finish(grown)
        except (IntegrityError, OperationalError):
            matcher.forget(plan)
            if not tries_left:
                raise
        else:
            return grown
    raise AssertionError("unreachable: the last try returns or raises")


def _write(plan: Plan, by: Actor, upload: RosterUpload | None) -> None:
    """Write one chunk: a few statements per table, the audit last because it serialises writers."""
    now = timezone.now()
    insert_all(plan.institutions)
    insert_all(plan.people)
    insert_all(plan.documents)
    for columns, people in _grouped(plan.completed).items():
        Person.objects.bulk_update(people, columns)
    IdentityDocument.objects.bulk_update(plan.redated, DOCUMENT_DATES)
    closing = [placement.closing for placement in plan.placements if placement.closing is not None]
    changed = [placement.post for placement in plan.placements if placement.fields]
    for post in (*closing, *changed):
        post.updated_at = now
    # Closed before the next one opens: a person has one open post at an institution.
    Post.objects.bulk_update(closing, ["state", "ended_on", "updated_at"])
    insert_all([placement.post for placement in plan.placements if not placement.fields])
    succeeding.hand_on([(row.closing, row.post) for row in plan.placements if row.closing is not None])
    Post.objects.bulk_update(changed, [*posting.TOLD_FIELDS, "started_on", "updated_at"])
    if plan.claims:
        # Another import may claim the same at this moment; one row is enough.
        insert_all(plan.claims, skip_known=True)
        news.tell()
    changes = recording.naming_of(plan, upload)
    if upload is not None:
        changes += recording.changes_of(plan, upload, _standing(plan.claims))
    insert_all(changes)
    auditing.record_all(by, list(_acts(plan)))


def _standing(claims: list[CertificateClaim]) -> dict[UUID, list[int]]:
    """The keys of those of the claims that came to stand as rows of ours, by person."""
    keys: dict[UUID, list[int]] = {}
    if claims:
        # What is written at once bears one moment; somebody else's row of the same kind and number another.
        people = {claim.person_id for claim in claims}
        rows = CertificateClaim.objects.filter(person_id__in=people, recorded_at=claims[0].recorded_at)
        for person, key in rows.order_by("pk").values_list("person_id", "pk"):
            keys.setdefault(person, []).append(key)
    return keys


def _grouped(completed: list[tuple[Person, list[str]]]) -> dict[tuple[str, ...], list[Person]]:
    """People by the columns that changed, so that a column nobody told anything about isn't written."""
    groups: dict[tuple[str, ...], list[Person]] = {}
    for person, changed in completed:
        groups.setdefault(tuple(registering.columns_of(changed)), []).append(person)
    return groups


def _acts(plan: Plan) -> Iterator[Act]:
    for institution in plan.institutions:
        yield Act("institution.register", institution, after={"filing": institution.filing, "name": institution.name})
    registered = {document.person_id: document.kind for document in plan.documents}
    for person, changed in plan.completed:
        yield Act("person.update", person, after={"fields": changed})
    for dated in plan.redated:
        yield Act("document.update", dated, after={"fields": list(DOCUMENT_DATES)})
    for placement in plan.placements:
        act = posting.act_of(placement)
        kind = registered.get(placement.post.person_id)
        # Whoever is new was registered for this post: one entry says both.
        yield replace(act, after={**(act.after or {}), "registered_by": kind}) if kind else act
