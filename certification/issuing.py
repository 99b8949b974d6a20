"""Issuing: the only place where certificates come into being.

A certificate is written under the lock of its holder, after every reason to refuse has been looked at again,
together with the hours it consumes, its serial and its audit row. Locks are always taken in the same order:
people by key, training years, the authorities' counters by code, the head of the audit chain.
The PDF is drawn after the commit, once (see printing).
"""

import logging
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from certification import assessing, numbering, printing
from certification.access import refuse_unless_bureau_of
from certification.drafting import YEARLY, Draft, Facts, draft_post, draft_year, refuse_if_unprintable
from certification.errors import refuse
from certification.models import Assessment, Certificate, CertificateEntry, CertificateKind, Revocation, YearKind
from certification.rules import year_span
from courses.models import Enrollment, EnrollmentState, HourEntry, Source
from lms.jobs.errors import DomainError
from lms.registry import auditing
from lms.registry.errors import guarded
from lms.registry.models import Ban, IdentityDocument, Membership, Person, Post, PostState, User

logger = logging.getLogger(__name__)
By = Membership | User | None
#: People or enrolments issued to in one transaction.
CHUNK = 100


@dataclass
class Outcome:
    """What a batch came to: new certificates, those that stood already, and refusals by code."""

    issued: list[Certificate] = field(default_factory=list)
    kept: list[Certificate] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    refusals: list[DomainError] = field(default_factory=list)

    def refuse(self, refusal: DomainError) -> None:
        self.refused[refusal.code] += 1
        self.refusals.append(refusal)


def issue_year_of(person_ids: Iterable[Any], year: int, *, by: By = None) -> Outcome:
    """Yearly certificates of several people in the caller's transaction, with a few queries in all.

    A year whose hours are reached is certified once; asking again keeps what stands. Codes per person:
    policy_missing, year_not_reached, not_on_post (left, or suspended pending an inquiry), person_barred,
    glyph_missing, already_revoked (a revoked year is not issued anew).
    """
    people = _locked(person_ids)
    kind = CertificateKind.objects.get(pk=YEARLY)
    outcome = Outcome()
    standing = _standing(kind, {(person.pk, str(year)) for person in people})
    facts = Facts.of(people)
    assessments = _assessments(people, year)
    entries = _unspent(_of_year(people, assessments, year))
    drafts = []
    for person in people:
        try:
            if known := standing.get((person.pk, str(year))):
                outcome.kept.append(_kept(known))
                continue
            facts.refuse_if_unfit(person, needs_post=True)
            assessment = assessments.get(person.pk) or refuse("year_not_reached", year=year)
            if isinstance(assessment, DomainError):
                raise assessment
            drafts.append(draft_year(assessment, entries.get(person.pk, []), kind, facts))
        except DomainError as refusal:
            outcome.refuse(refusal)
    outcome.issued = _write(drafts, by)
    return outcome


def issue_passed(enrollment_ids: Iterable[Any], *, by: By = None) -> Outcome:
    """The certificates that several passed pre-service runs lead to (`course.awards`), in the caller's transaction.

    Asking again keeps what stands. Codes per enrolment: not_passed, not_on_post (suspended), person_barred,
    glyph_missing, already_revoked.
    """
    started = timezone.now()
    wanted = Enrollment.objects.filter(pk__in=list(enrollment_ids)).exclude(run__course__awards="")
    people = _locked(wanted.values_list("person_id", flat=True))
    enrollments = list(wanted.select_related("person", "run__course", "run__region").order_by("person_id", "run_id"))
    kinds = CertificateKind.objects.in_bulk({row.run.course.awards for row in enrollments})
    outcome = Outcome()
    facts = Facts.of(people)
    entries: dict[Any, list[HourEntry]] = _unspent(
        HourEntry.objects.filter(
            person__in=people, session__run__in={row.run_id for row in enrollments}, source=Source.PRE_SERVICE
        )
    )
    standing = _standing(None, {(row.person_id, row.run.code) for row in enrollments})
    drafts = []
    for row in enrollments:
        try:
            if known := standing.get((row.person_id, row.run.code)):
                outcome.kept.append(_kept(known))
                continue
            facts.refuse_if_unfit(row.person, needs_post=False)
            own = [
                entry
                for entry in entries.get(row.person_id, [])
                if entry.session and entry.session.run_id == row.run_id
            ]
            drafts.append(draft_post(row, own, kinds[row.run.course.awards], facts))
        except DomainError as refusal:
            outcome.refuse(refusal)
    outcome.issued = _write(drafts, by)
    done = {(row.person_id, row.credential) for row in outcome.issued + outcome.kept}
    seen = [row.pk for row in enrollments if (row.person_id, row.run.code) in done]
    # A result that changed after we read it stays in the queue.
    Enrollment.objects.filter(pk__in=seen, changed_at__lte=started).update(assessed_at=started)
    return outcome


def issue_pending(limit: int = 1000) -> Outcome:
    """Whatever is due and not issued yet: reached years of people on post, passed pre-service runs.

    Looks only at rows that may really be issued, so that those who must be refused (barred, suspended, gone)
    cost nothing each time; each batch commits by itself.
    """
    total = Outcome()
    years: dict[int, list[uuid.UUID]] = {}
    for person_id, year in due_years().values_list("person_id", "year")[:limit]:
        years.setdefault(year, []).append(person_id)
    for year, ids in years.items():
        for start in range(0, len(ids), CHUNK):
            _commit(total, issue_year_of, ids[start : start + CHUNK], year)
    passed = list(due_enrollments().values_list("pk", flat=True)[:limit])
    for start in range(0, len(passed), CHUNK):
        _commit(total, issue_passed, passed[start : start + CHUNK])
    return total


def due_years(years: Sequence[int] | None = None) -> "models.QuerySet[Assessment]":
    """Reached years without a certificate, of people who may have one; by default this year and the last."""
    today = timezone.localdate()
    owns = Certificate.objects.filter(person=OuterRef("person"), kind=YEARLY, credential=OuterRef("credential"))
    posts = Post.objects.on(today).filter(person=OuterRef("person"))
    return (
        Assessment.objects.filter(reached=True, year__in=years or (today.year - 1, today.year))
        .annotate(credential=models.functions.Cast("year", models.CharField(max_length=4)))
        .exclude(Exists(owns))
        .filter(Exists(posts))
        .exclude(Exists(posts.filter(state=PostState.SUSPENDED)))
        .exclude(Exists(Ban.objects.standing().filter(person=OuterRef("person"))))
        .order_by("assessed_at", "pk")
    )


def due_enrollments() -> "models.QuerySet[Enrollment]":
    """Passed pre-service runs whose certificate is not issued yet, of people who may have one."""
    revoked = Revocation.objects.filter(
        certificate__person=OuterRef("person"), certificate__credential=OuterRef("run__code")
    )
    suspended = Post.objects.on(timezone.localdate()).filter(person=OuterRef("person"), state=PostState.SUSPENDED)
    return (
        Enrollment.objects.filter(
            Q(assessed_at__isnull=True) | Q(changed_at__gt=F("assessed_at")), state=EnrollmentState.PASSED
        )
        .exclude(run__course__awards="")
        # A second place that stayed with a merged record leads to nothing more.
        .filter(person__merged_into__isnull=True)
        .exclude(Exists(revoked))
        .exclude(Exists(suspended))
        .exclude(Exists(Ban.objects.standing().filter(person=OuterRef("person"))))
        .order_by("changed_at", "pk")
    )


def supersede(*, by: Membership, certificate: Certificate, name: str, reason: str) -> Certificate:
    """A corrected certificate in place of `certificate`: the holder's name, and her document as registered now.

    Everything else is copied. The old one answers "superseded" from now on and leads to the new one; the hours
    stay consumed by the first. For bureaus only (`not_allowed`, `not_found`). Refuses `reason_missing`,
    `name_missing`, `nothing_changed`, `already_revoked`, `certificate_superseded`, `person_barred`,
    `glyph_missing`.
    """
    name, reason = name.strip(), reason.strip()
    refuse_unless_bureau_of(by, certificate.region)
    if not reason:
        raise refuse("reason_missing")
    if not name:
        raise refuse("name_missing")
    with transaction.atomic():
        (person,) = _locked([certificate.person_id])
        old = _kept(certificate)
        if Certificate.objects.filter(supersedes=old).exists():
            raise refuse("certificate_superseded")
        if Ban.objects.standing().filter(person=person).exists():
            raise refuse("person_barred")
        document = IdentityDocument.objects.filter(person=person).order_by("created_at").first()
        masked = document.masked if document else ""
        if (name, masked) == (old.holder_name, old.holder_id_masked):
            raise refuse("nothing_changed")
        draft = Draft(
            person=person,
            kind=old.kind,
            credential=old.credential,
            region=old.region,
            issuer_name=old.issuer_name,
            holder_name=name,
            holder_id_masked=masked,
            issued_on=timezone.localdate(),
            expires_on=old.expires_on,
            frozen=old.frozen | {"correction": {"of": old.serial, "reason": reason}},
            supersedes=old,
        )
        refuse_if_unprintable(draft)
        return _write([draft], by)[0]


def _locked(person_ids: Iterable[Any]) -> list[Person]:
    """The people, locked in the order of their keys, as every ban and every credit locks them."""
    wanted = Person.objects.select_for_update(no_key=True).filter(pk__in=list(person_ids))
    return list(wanted.order_by("pk"))


def _standing(kind: CertificateKind | None, wanted: set[tuple[Any, str]]) -> dict[tuple[Any, str], Certificate]:
    """The newest certificate per (person, credential) of those wanted."""
    rows = Certificate.objects.filter(
        person__in={person for person, _ in wanted}, credential__in={credential for _, credential in wanted}
    )
    rows = rows.filter(kind=kind) if kind else rows
    return {(row.person_id, row.credential): row for row in rows.order_by("version")}


def _kept(certificate: Certificate) -> Certificate:
    if Revocation.objects.filter(certificate=certificate).exists():
        raise refuse("already_revoked", serial=certificate.serial)
    return certificate


def _of_year(
    people: list[Person], assessments: dict[Any, Assessment | DomainError], year: int
) -> "models.QuerySet[HourEntry]":
    """What moves the training years of these people, in the year as the standard of each reckons it."""
    school = [row.person_id for row in assessments.values() if isinstance(row, Assessment) and _is_school(row)]
    calendar, span = year_span(year), year_span(year, YearKind.SCHOOL)
    rows = HourEntry.objects.filter(person__in=people, year__in=(year, year + 1)).exclude(source=Source.PRE_SERVICE)
    return rows.filter(
        Q(day__gte=calendar.start, day__lt=calendar.end) & ~Q(person__in=school)
        | Q(day__gte=span.start, day__lt=span.end, person__in=school)
    )


def _is_school(assessment: Assessment) -> bool:
    return assessment.standard.year_kind == YearKind.SCHOOL


def _unspent(entries: "models.QuerySet[HourEntry]") -> dict[Any, list[HourEntry]]:
    """Entries per person that neither are nor have been reversed, and stand on no certificate."""
    found: dict[Any, list[HourEntry]] = {}
    rows = entries.filter(reverses__isnull=True, reversal__isnull=True, spent_on__isnull=True)
    for entry in rows.select_related("session__run__course").order_by("day", "created_at", "pk"):
        found.setdefault(entry.person_id, []).append(entry)
    return found


def _assessments(people: list[Person], year: int) -> dict[Any, Assessment | DomainError]:
    """What the year came to, or why nothing is asked; assessed anew where hours or posts changed since."""
    waiting = assessing.waiting().filter(year=year, person=OuterRef("person"))
    fresh = Assessment.objects.filter(person__in=people, year=year).exclude(Exists(waiting))
    found: dict[Any, Assessment | DomainError] = {
        row.person_id: row for row in fresh.select_related("person", "region", "standard")
    }
    outcome = assessing.assess_people([person.pk for person in people if person.pk not in found], year)
    made = {row.person_id: row for row in outcome.assessments.values()}
    return found | made | {key[0]: refusal for key, refusal in outcome.refusals.items()}


def _write(drafts: list[Draft], by: By) -> list[Certificate]:
    """Serials, rows, consumed hours and audit of these drafts, all or none."""
    if not drafts:
        return []
    user = by.user if isinstance(by, Membership) else by
    year = timezone.localdate().year
    by_region: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_region.setdefault(draft.region.code, []).append(draft)
    issued: list[tuple[Certificate, Draft]] = []
    for code in sorted(by_region):
        serials = numbering.take(by_region[code][0].region, year, len(by_region[code]))
        for draft, serial in zip(by_region[code], serials, strict=True):
            issued.append((Certificate(**draft.row(serial, user.pk if user else None)), draft))
    certificates = [certificate for certificate, _ in issued]
    with guarded():
        Certificate.objects.bulk_create(certificates)
        CertificateEntry.objects.bulk_create(
            CertificateEntry(certificate=certificate, entry=entry)
            for certificate, draft in issued
            for entry in draft.entries
        )
    auditing.record_all(by, [_act(certificate, draft) for certificate, draft in issued])
    for certificate in certificates:
        transaction.on_commit(partial(printing.draw_now, certificate), robust=True)
    return certificates


def _act(certificate: Certificate, draft: Draft) -> auditing.Act:
    after = {"serial": certificate.serial, "kind": certificate.kind_id, "credential": certificate.credential}
    if draft.supersedes is None:
        return auditing.Act("issue_certificate", certificate, after=after | {"entries": len(draft.entries)})
    before = {"serial": draft.supersedes.serial, "holder_name": draft.supersedes.holder_name}
    after |= {"holder_name": certificate.holder_name, "reason": draft.frozen["correction"]["reason"]}
    return auditing.Act("supersede_certificate", certificate, before=before, after=after)


def _commit(total: Outcome, work: Any, *args: Any) -> None:
    """One batch in its own transaction; a batch that fails leaves the others alone."""
    try:
        with transaction.atomic():
            outcome = work(*args)
    except DomainError as refusal:
        total.refuse(refusal)
        return
    total.issued += outcome.issued
    total.kept += outcome.kept
    total.refused += outcome.refused
