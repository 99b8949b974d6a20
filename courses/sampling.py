"""Samples for audit: sessions of a quarter drawn at random, checked against their paper sheets.

Which ones is decided by the seed alone: of the quarter's sessions those whose SHA-256 of "seed:key" (the key as
36 lower-case characters) comes first. Anybody can draw them again, in any language.
"""

import hashlib
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from courses import rules
from courses.errors import refuse
from courses.models import AuditSample, SampledSession, Session, SessionPaper
from lms.registry import auditing, keeping, noticing
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Membership, Purpose, Region, Role
from lms.registry.noticing import News

MONTHS_IN_A_QUARTER = 3


def quarter_span(quarter: str) -> tuple[date, date]:
    """The days [first, after the last) of a quarter written like 2026Q3."""
    year, number = int(quarter[:4]), int(quarter[5])
    first = date(year, (number - 1) * MONTHS_IN_A_QUARTER + 1, 1)
    month = number * MONTHS_IN_A_QUARTER + 1
    return first, date(year + 1, 1, 1) if month > 12 else date(year, month, 1)


def chosen(keys: list[str], seed: str, size: int) -> list[str]:
    """The first `size` of `keys` in the order of SHA-256("seed:key")."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest())[:size]


def sessions_of(region: Region, quarter: str) -> list[str]:
    """Keys of the sessions of a quarter that were held in a region, in order."""
    first, after = quarter_span(quarter)
    rows = Session.objects.filter(
        run__region__prefix__startswith=region.prefix,
        starts_at__gte=rules.whole_day(first).starts,
        starts_at__lt=rules.whole_day(after).starts,
        attendances__isnull=False,
        cancelled_at__isnull=True,
    )
    return sorted(map(str, rows.values_list("pk", flat=True).distinct().order_by()))


@transaction.atomic
def draw(*, by: Membership, region: Region, quarter: str, size: int, seed: str) -> AuditSample:
    """Draw a sample and ask the centres for their sheets.

    Codes: not_allowed, quarter_ahead (it isn't over), seed_missing, sample_exists, nothing_to_draw.
    """
    if by.role != Role.BUREAU_OFFICER or by.region is None or not region.prefix.startswith(by.region.prefix):
        raise refuse_by_registry("not_allowed")
    if quarter_span(quarter)[1] > timezone.localdate():
        raise refuse("quarter_ahead")
    seed = seed.strip()
    if not seed:
        raise refuse("seed_missing")
    if AuditSample.objects.filter(region=region, quarter=quarter, seed=seed).exists():
        raise refuse("sample_exists")
    keys = sessions_of(region, quarter)
    if not keys:
        raise refuse("nothing_to_draw")
    drawn = chosen(keys, seed, size)
    sample = AuditSample.objects.create(
        region=region, quarter=quarter, seed=seed, size=len(drawn), drawn_from=keys, drawn_by=by.user
    )
    SampledSession.objects.bulk_create(
        SampledSession(sample=sample, session_id=key, position=position) for position, key in enumerate(drawn, 1)
    )
    after = {"quarter": quarter, "seed": seed, "size": len(drawn), "of": len(keys)}
    auditing.record(by, "sample.draw", sample, after=after)
    _ask_centres(sample)
    return sample


@transaction.atomic
def hand_in(*, by: Membership, sampled: SampledSession, upload: UploadedFile) -> SampledSession:
    """The centre's photo or PDF of a session's paper sheet. Codes: not_allowed, sample_decided, file_type."""
    sampled = _locked(sampled)
    if by.role != Role.CENTRE_STAFF or by.centre_id != sampled.session.run.centre_id:
        raise refuse_by_registry("not_allowed")
    if sampled.verdict != SampledSession.Verdict.OPEN:
        raise refuse("sample_decided")
    kept = keeping.keep_document(upload, purpose=Purpose.EVIDENCE, owner=by.user)
    sampled.paper = SessionPaper.objects.create(
        session=sampled.session, kind=SessionPaper.Kind.SHEET, file=kept, sent_by=by.user
    )
    sampled.save(update_fields=["paper"])
    auditing.record(by, "sample.hand_in", sampled, after={"sha256": kept.sha256})
    return sampled


@transaction.atomic
def judge(*, by: Membership, sampled: SampledSession, verdict: str, note: str) -> SampledSession:
    """Whether sheet and record say the same. Codes: not_allowed, sample_decided, reason_missing (what differs)."""
    sampled = _locked(sampled)
    within = by.region is not None and sampled.sample.region.prefix.startswith(by.region.prefix)
    if by.role != Role.BUREAU_OFFICER or not within:
        raise refuse_by_registry("not_allowed")
    if sampled.verdict != SampledSession.Verdict.OPEN:
        raise refuse("sample_decided")
    verdict = SampledSession.Verdict(verdict)
    if verdict == SampledSession.Verdict.DIFFERS and not note.strip():
        raise refuse("reason_missing")
    sampled.verdict, sampled.note = verdict, note.strip()
    sampled.decided_by, sampled.decided_at = by.user, timezone.now()
    sampled.save(update_fields=["verdict", "note", "decided_by", "decided_at"])
    auditing.record(by, "sample.judge", sampled, after={"verdict": str(verdict), "note": sampled.note})
    return sampled


def _locked(sampled: SampledSession) -> SampledSession:
    rows = SampledSession.objects.select_for_update(of=("self",)).select_related("sample__region", "session__run")
    return rows.get(pk=sampled.pk)


def _ask_centres(sample: AuditSample) -> None:
    centres = set(sample.sessions.values_list("session__run__centre_id", flat=True))
    staff = Membership.objects.current().filter(role=Role.CENTRE_STAFF, centre__in=centres).select_related("user")
    facts = {"quarter": sample.quarter, "region": sample.region.name}
    noticing.tell_all(
        News(row.user, "sheets_wanted", f"{sample.pk}:{row.centre_id}", facts, "/centre/samples/") for row in staff
    )
