"""Taking a whole import back: newest change first, and only while nothing hangs on it.

What somebody has changed since, or built upon, stays and is reported with the reason.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import BinaryField, DateField, Min, Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import ENDED_IN_VAIN, FINISHED, Job
from lms.registry import auditing
from lms.registry.auditing import Act
from lms.registry.crypto import place_of, unseal
from lms.registry.errors import guarded, refuse
from lms.registry.hanging import drop_along, hanging
from lms.registry.models import CertificateClaim, IdentityDocument, Membership, Person, Post, RosterChange, RosterUpload
from lms.registry.receiving import UPLOADERS, import_job
from lms.registry.recording import CLAIM, DOCUMENT, DUTY, INSTITUTION, LEAVE, NAMED, PERSON, POST, plain, unfolded

UNDO = "undo_roster"
#: Changes per transaction.
CHUNK = 500
#: Rows that stayed, kept in full with the job; the counts are always complete.
KEPT_IN_FULL = 1000

CHANGED_SINCE = "changed_since"
IN_USE = "in_use"
NAMED_AGAIN = "named_again"
REASONS: dict[str, Promise] = {
    CHANGED_SINCE: _("Changed since the import; the newer entry stays."),
    IN_USE: _("Something has been recorded for it since."),
    NAMED_AGAIN: _("A later roster names it again."),
}

#: Called in the transaction with claims about to be withdrawn; gives the keys of those that must stay.
claims_withdrawn: list[Callable[[Collection[CertificateClaim]], set[int]]] = []

#: In this order a portion is taken back (table, whether created), so that nothing stands on what has gone.
ORDER = ((POST, True), (POST, False), (DOCUMENT, False), (PERSON, False), (PERSON, True), (INSTITUTION, True))


@dataclass
class Undone:
    """What was taken back: rows removed, rows restored, and those that stayed, with codes."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    #: {code: count} of what stayed, as job pages show it.
    refused: dict[str, int] = field(default_factory=dict)
    stayed: list[dict[str, str]] = field(default_factory=list)

    def keep(self, row: Model, code: str, what: str = "") -> None:
        """Report that `row` stays."""
        self.kept += 1
        self.refused = dict(Counter(self.refused) + Counter([code]))
        if len(self.stayed) < KEPT_IN_FULL:
            name = str(getattr(row, "person", row))
            kind = str(row._meta.verbose_name)
            self.stayed.append({"kind": kind, "name": name, "code": code, "what": what})


@dataclass(frozen=True)
class Since:
    """What came after the import: from when a change is somebody else's, and the rows a later roster repeats."""

    ended_at: datetime
    named: set[UUID]


def start_undo(*, by: Membership, upload: RosterUpload, reason: str) -> Job:
    """Ask for the job that takes an import back.

    Codes: not_allowed, reason_missing, roster_not_imported (never, or not to its end yet), roster_undone (already,
    or about to be). An undoing that failed may be started again.
    """
    if by.role not in UPLOADERS:
        raise refuse("not_allowed")
    if not reason.strip():
        raise refuse("reason_missing")
    with transaction.atomic():
        row = RosterUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        job, earlier = import_job(row), undo_job(row)
        if earlier is not None and earlier.state not in ENDED_IN_VAIN:
            raise refuse("roster_undone")
        if not may_start(job, earlier):
            raise refuse("roster_not_imported")
        args = {"upload": str(row.pk), "membership": by.pk}
        undoing = running.enqueue(UNDO, args, owner_id=by.user_id, key=f"roster-undo:{row.pk}")
        row.undo_job_id, row.undone_by = undoing.pk, by.user
        row.save(update_fields=["undo_job_id", "undone_by"])
        auditing.record(by, "roster.undo", row, after={"job": str(undoing.pk), "reason": reason.strip()})
    return undoing


def may_start(imported: Job | None, earlier: Job | None) -> bool:
    """Whether an import with these jobs can be taken back now."""
    ended = imported is not None and imported.state in FINISHED
    return ended and (earlier is None or earlier.state in ENDED_IN_VAIN)


def undo_job(upload: RosterUpload) -> Job | None:
    """The job that takes this roster's import back, or did."""
    return Job.objects.filter(pk=upload.undo_job_id).first() if upload.undo_job_id else None


def undo(job: running.Running) -> dict[str, Any]:
    """Take the changes back, portion by portion; goes on behind the last portion that was committed."""
    upload = RosterUpload.objects.select_related("file").get(pk=job.args["upload"])
    by = Membership.objects.select_related("user").get(pk=job.args["membership"])
    imported = import_job(upload)
    assert imported is not None
    ended_at = imported.finished_at or timezone.now()
    since = Since(ended_at, _named_again(upload))
    total = upload.changes.count()
    answer = Undone(**{name: said for name, said in job.result.items() if name in Undone.__annotations__})
    done = job.done or 0
    while True:
        changes = upload.changes.order_by("-pk")
        if "below" in job.cursor:
            changes = changes.filter(pk__lt=job.cursor["below"])
        chunk = list(changes[:CHUNK])
        if not chunk:
            break
        done += len(chunk)
        with transaction.atomic():
            _take_back([part for change in chunk for part in unfolded(change)], since, by, answer)
            job.step(done, {"below": chunk[-1].pk}, total, result=asdict(answer))
    with transaction.atomic():
        RosterUpload.objects.filter(pk=upload.pk).update(undone_at=timezone.now())
        counts = {"removed": answer.removed, "restored": answer.restored, "kept": answer.kept}
        auditing.record(by, "roster.undone", upload, after=counts)
        job.step(done, job.cursor, total, result=asdict(answer))
    return asdict(answer)


def _named_again(upload: RosterUpload) -> set[UUID]:
    """Keys of what this import touched and a later roster, not undone itself, repeats."""
    own: set[UUID] = set()
    for row, after in upload.changes.values_list("row", "after").iterator():
        own.add(row)
        own.update(UUID(key) for key in after.get("posts", ()))
    first = upload.changes.aggregate(pk=Min("pk"))["pk"] or 0
    later = RosterChange.objects.filter(table=NAMED, pk__gt=first).exclude(upload=upload)
    named: set[UUID] = set()
    for keys in later.exclude(upload__undone_at__isnull=False).values_list("after__named", flat=True).iterator():
        named |= own.intersection(UUID(key) for key in keys)
    return named


def _take_back(chunk: Sequence[RosterChange], since: Since, by: Membership, answer: Undone) -> None:
    acts: list[Act] = []
    _withdraw([change for change in chunk if change.table == CLAIM], since, answer)
    for table, created in ORDER:
        changes = {change.row: change for change in chunk if (change.table, change.created) == (table, created)}
        if changes and created:
            _remove(table, changes, since, answer, acts)
        elif changes:
            _restore(table, changes, since, answer, acts)
    for table in (LEAVE, DUTY):
        if ended := {change.after["key"]: change for change in chunk if change.table == table}:
            _resume(table, ended, answer)
    auditing.record_all(by, acts)


def _withdraw(changes: list[RosterChange], since: Since, answer: Undone) -> None:
    """Claims go, unless a higher room has built on them or their holder was named again."""
    keys = [change.after["claim"] for change in changes]
    claims = list(CertificateClaim.objects.select_for_update(of=("self",)).filter(pk__in=keys).select_related("person"))
    if not claims:
        return
    stay: set[int] = set().union(*(listener(claims) for listener in claims_withdrawn))
    for claim in claims:
        if claim.pk in stay:
            answer.keep(claim, IN_USE)
        elif claim.person_id in since.named:
            answer.keep(claim, NAMED_AGAIN)
            stay.add(claim.pk)
    gone = [claim.pk for claim in claims if claim.pk not in stay]
    answer.removed += len(gone)
    CertificateClaim.objects.filter(pk__in=gone).delete()


def _resume(table: str, changes: dict[str, RosterChange], answer: Undone) -> None:
    """What ended with a post goes on where the post does, unless somebody ended it anew."""
    rows: QuerySet[Any] = _model(table)._base_manager.select_for_update(of=("self",)).filter(pk__in=changes)
    still = []
    for row in rows.select_related("post__person"):
        if row.post.ended_on is None and plain(row.ended_on) == changes[str(row.pk)].after["ended_on"]:
            still.append(row)
        else:
            answer.keep(row, CHANGED_SINCE)

    def reopen(some: list[Any]) -> None:
        for row in some:
            row.ended_on = None
            row.save(update_fields=["ended_on"])

    answer.restored += len(_as_many_as_possible(still, reopen, answer))


def _remove(table: str, changes: dict[UUID, RosterChange], since: Since, answer: Undone, acts: list[Act]) -> None:
    """Delete created rows that nothing hangs on; their lock keeps others from hanging something on them now."""
    rows = list(_locked(table, changes))
    own = {UUID(change.after["document"]) for change in changes.values() if "document" in change.after}
    used = hanging(_model(table), [row.pk for row in rows], except_for=own)
    free = []
    for row in rows:
        if getattr(row, "updated_at", since.ended_at) > since.ended_at:
            answer.keep(row, CHANGED_SINCE)
        elif row.pk in since.named:
            answer.keep(row, NAMED_AGAIN)
        elif row.pk in used:
            answer.keep(row, IN_USE, used[row.pk])
        else:
            free.append(row)

    def delete(some: list[Any]) -> None:
        ids = [row.pk for row in some]
        drop_along(_model(table), ids)
        if table == PERSON:
            IdentityDocument.objects.filter(pk__in=own, person__in=ids).delete()
        _model(table)._base_manager.filter(pk__in=ids).delete()

    gone = _as_many_as_possible(free, delete, answer)
    answer.removed += len(gone)
    acts += [Act("roster.take_back", row, before=_said(row)) for row in gone]


def _restore(table: str, changes: dict[UUID, RosterChange], since: Since, answer: Undone, acts: list[Act]) -> None:
    """Put changed columns back as they were, where they still say what the import wrote."""
    as_written = []
    for row in _locked(table, changes):
        if row.pk in since.named:
            answer.keep(row, NAMED_AGAIN)
        elif all(_still_says(row, name, value) for name, value in changes[row.pk].after.items()):
            as_written.append(row)
        else:
            answer.keep(row, CHANGED_SINCE)

    def write(some: list[Any]) -> None:
        for row in some:
            before = changes[row.pk].before
            for name, value in before.items():
                setattr(row, name, _typed(row, name, value))
            row.save(update_fields=[*before, *(["updated_at"] if table == POST else [])])

    back = _as_many_as_possible(as_written, write, answer)
    answer.restored += len(back)
    acts += [Act("roster.take_back", row, after={"fields": sorted(changes[row.pk].before)}) for row in back]


def _as_many_as_possible(rows: list[Any], act: Callable[[list[Any]], None], answer: Undone) -> list[Any]:
    """`act` on all rows at once or, where the database refuses some, on each by itself; those it was done to."""
    if not rows:
        return []
    try:
        with guarded():
            act(rows)
    except (DomainError, IntegrityError):
        pass
    else:
        return rows
    done = []
    for row in rows:
        try:
            with guarded():
                act([row])
        except DomainError as refusal:
            answer.keep(row, refusal.code)
        except IntegrityError:
            answer.keep(row, IN_USE)
        else:
            done.append(row)
    return done


def _locked(table: str, keys: Collection[UUID]) -> "QuerySet[Any]":
    rows = _model(table)._base_manager.select_for_update(of=("self",)).filter(pk__in=keys)
    return rows.select_related("person") if table in (POST, DOCUMENT) else rows


def _model(table: str) -> type[Model]:
    return next(model for model in apps.get_app_config("registry").get_models() if model._meta.db_table == table)


def _still_says(row: Model, name: str, value: Any) -> bool:
    """Whether a column says what the import wrote; a sealed one by what it opens to, under whichever key."""
    if value and isinstance(row._meta.get_field(name), BinaryField):
        attribute = name.removesuffix("_sealed")
        written = unseal(bytes.fromhex(value), place_of(row._meta.db_table, attribute, row.pk))
        return bool(getattr(row, attribute) == written)
    return bool(plain(getattr(row, name)) == value)


def _typed(row: Model, name: str, value: Any) -> Any:
    """A column's value out of what `plain` gave."""
    column = row._meta.get_field(name)
    if value is not None and isinstance(column, BinaryField):
        return bytes.fromhex(value)
    return column.to_python(value) if isinstance(column, DateField) else value


def _said(row: Model) -> dict[str, str]:
    """What an audit entry says about a row that has gone."""
    if isinstance(row, Post):
        return {"person": str(row.person_id), "kind": row.kind, "since": row.started_on.isoformat()}
    return {} if isinstance(row, Person) else {"name": str(row)}
