"""Writing and checking the audit chain."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from lms.registry.inserting import insert_all
from lms.registry.models import AuditEntry, AuditHead, Membership, User
from lms.registry.rosters.identity import mask_runs

CHUNK = 2000


@dataclass(frozen=True)
class Act:
    """One act to record: what was done to which row, and what it changed."""

    action: str
    subject: models.Model
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    purpose: str = ""


def record(by: "Membership | User | None", action: str, subject: models.Model, **changes: Any) -> AuditEntry:
    """Append one act to the chain, inside the transaction it belongs to.

    `by` is the acting membership, an account, or None for the system. `changes` may hold
    `before`, `after` (JSON without ID numbers and phones) and `purpose`.
    """
    [entry] = _chained(by, [Act(action, subject, **changes)])
    entry.save(force_insert=True)
    return entry


def record_all(by: "Membership | User | None", acts: Iterable[Act]) -> None:
    """Append many acts with one lock of the chain's head. Take it last: it serialises writers."""
    insert_all(_chained(by, acts))


def _chained(by: "Membership | User | None", acts: Iterable[Act]) -> list[AuditEntry]:
    """The entries of these acts, not yet saved; the head, locked, is at the last of them already."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("audit rows belong into the transaction of their act")
    actor = by.user if isinstance(by, Membership) else by
    role = by.role if isinstance(by, Membership) else ""
    head = AuditHead.objects.select_for_update().get()
    now = timezone.now()
    entries = []
    for act in acts:
        entry = AuditEntry(
            at=now,
            actor=actor,
            role=role,
            action=act.action,
            subject_kind=act.subject._meta.model_name or "",
            subject_id=str(act.subject.pk),
            # Typed by people, and kept for good: a number that got into it must not be.
            purpose=mask_runs(act.purpose),
            before=act.before,
            after=act.after,
            previous_hash=head.hash,
        )
        entry.hash = head.hash = hash_of(entry)
        head.count += 1
        entries.append(entry)
    head.save(update_fields=["hash", "count"])
    return entries


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of an entry, its predecessor's hash included."""
    content = {
        "at": _moment(entry.at),
        "actor": entry.actor_id,
        "role": entry.role,
        "action": entry.action,
        "subject": [entry.subject_kind, entry.subject_id],
        "purpose": entry.purpose,
        "before": entry.before,
        "after": entry.after,
        "previous": entry.previous_hash,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds")


@dataclass
class ChainReport:
    """What walking the chain found; `broken` lists the keys of entries that do not fit."""

    count: int = 0
    head: str = "0" * 64
    broken: list[int] = field(default_factory=list)
    complete: bool = True

    @property
    def intact(self) -> bool:
        return self.complete and not self.broken


def verify(last: int | None = None) -> ChainReport:
    """Walk the whole chain: every hash right, every link in place, none missing at the end.

    `last` walks only that many entries at its end, for a page that cannot wait for all of them.
    """
    report = ChainReport()
    entries = AuditEntry.objects.order_by("id")
    if last is not None and (skipped := entries.count() - last) > 0:
        first = entries[skipped]
        entries = entries.filter(pk__gte=first.pk)
        report = ChainReport(count=skipped, head=first.previous_hash)
    for entry in entries.iterator(chunk_size=CHUNK):
        if entry.previous_hash != report.head or hash_of(entry) != entry.hash:
            report.broken.append(entry.pk)
        report.head = entry.hash
        report.count += 1
    head = AuditHead.objects.get()
    report.complete = head.hash == report.head and head.count == report.count
    return report
