"""What a new certificate will say: gathered, checked and frozen before a row is written."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import timezone

from certification import policies
from certification.errors import PolicyMissing, refuse
from certification.models import Assessment, Certificate, CertificateKind
from certification.pdf.fonts import missing_glyphs
from certification.pdf.sheet import CertificateSheet, HoursLine
from courses.models import Bucket, Enrollment, HourEntry
from lms.registry.models import Ban, IdentityDocument, Level, Person, Post, PostState, Region

YEARLY, POST = "yearly_training", "post_training"
#: Counts up with every change of wording or layout, so that a certificate tells what it was drawn with.
TEMPLATE_VERSIONS = {"yearly": "yearly-1", "post": "post-1"}
#: A certificate is a Chinese document whatever language its reader has chosen.
BUCKETS = {Bucket.SKILL: ("综合技能", "Skills"), Bucket.ETHICS: ("职业道德", "Professional ethics")}
#: Levels of GB/T 2260 that only group districts and that nobody names: 上海市松江区, not 上海市市辖区松江区.
NAMELESS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
#: Course titles kept for the record; more than that nobody reads.
MOST_COURSES = 30
#: Minutes of a lesson hour (课时) where no standard says otherwise.
LESSON_MINUTES = 45


@dataclass
class Draft:
    """A certificate that may be issued: everything but its serial."""

    person: Person
    kind: CertificateKind
    credential: str
    region: Region
    issuer_name: str
    holder_name: str
    holder_id_masked: str
    issued_on: date
    expires_on: date | None
    frozen: dict[str, Any]
    entries: list[HourEntry] = field(default_factory=list)
    supersedes: Certificate | None = None

    def row(self, serial: str, issued_by_id: int | None) -> dict[str, Any]:
        """The columns of the certificate, `serial` and its address included."""
        return {
            "serial": serial,
            "person": self.person,
            "kind": self.kind,
            "credential": self.credential,
            "version": self.supersedes.version + 1 if self.supersedes else 1,
            "supersedes": self.supersedes,
            "region": self.region,
            "issuer_name": self.issuer_name,
            "holder_name": self.holder_name,
            "holder_id_masked": self.holder_id_masked,
            "issued_on": self.issued_on,
            "expires_on": self.expires_on,
            "frozen": self.frozen | {"verify_url": f"{settings.PUBLIC_URL}/v/{serial}"},
            "issued_by_id": issued_by_id,
        }


@dataclass
class Facts:
    """What issuing to these people depends on, read once for all of them under their locks."""

    barred: set[Any]
    suspended: set[Any]
    on_post: set[Any]
    documents: dict[Any, str]
    authorities: dict[str, tuple[Region, str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Iterable[Person]) -> "Facts":
        ids = [person.pk for person in people]
        posts = Post.objects.on(timezone.localdate()).filter(person__in=ids).values_list("person_id", "state")
        states: dict[Any, set[str]] = {}
        for person_id, state in posts:
            states.setdefault(person_id, set()).add(state)
        documents = IdentityDocument.objects.filter(person__in=ids).order_by("-created_at")
        return cls(
            barred=set(Ban.objects.standing().filter(person__in=ids).values_list("person_id", flat=True)),
            # Suspended anywhere pending an inquiry: nothing is issued until it ends.
            suspended={key for key, held in states.items() if PostState.SUSPENDED in held},
            on_post=set(states),
            # The first document registered is the one that stands: later ones overwrite it last.
            documents=dict(documents.values_list("person_id", "masked")),
        )

    def refuse_if_unfit(self, person: Person, *, needs_post: bool) -> None:
        """`person_barred`; `not_on_post` also while suspended. Pre-service training needs no post (S45, C81)."""
        if person.pk in self.barred:
            raise refuse("person_barred")
        if person.pk in self.suspended or (needs_post and person.pk not in self.on_post):
            raise refuse("not_on_post")

    def authority_of(self, region: Region) -> tuple[Region, str, str]:
        """The district (or what stands above it) that issues for `region`, its full name, its authority's name."""
        if region.code not in self.authorities:
            # Serials carry six digits, so a street's certificates are its district's.
            around = [row for row in Region.objects.around(region) if len(row.prefix) <= 6]
            named = next((row.authority_name for row in around if row.authority_name), "")
            names = [row.name for row in reversed(around) if row.level != Level.COUNTRY and row.name not in NAMELESS]
            self.authorities[region.code] = (around[0], "".join(names), named or around[0].name)
        return self.authorities[region.code]


def draft_year(assessment: Assessment, entries: list[HourEntry], kind: CertificateKind, facts: Facts) -> Draft:
    """The certificate of a reached year; `entries` are the unspent hours it consumes. `year_not_reached`."""
    if not assessment.reached:
        raise refuse("year_not_reached", year=assessment.year)
    standard = assessment.standard
    titles = dict.fromkeys(entry.session.run.course.title for entry in entries if entry.session)
    hours = [
        {
            "bucket": bucket.value,
            "minutes": getattr(assessment, f"earned_{bucket.value}"),
            "required": getattr(assessment, f"required_{bucket.value}"),
        }
        for bucket in Bucket
    ]
    frozen = {
        "year": assessment.year,
        "lesson_minutes": standard.lesson_minutes,
        "hours": hours,
        "standard": {"code": standard.code, "source": standard.source, "rule_version": assessment.rule_version},
        "courses": list(titles)[:MOST_COURSES],
    }
    return _draft(assessment.person, kind, str(assessment.year), assessment.region, frozen, entries, facts)


def draft_post(enrollment: Enrollment, entries: list[HourEntry], kind: CertificateKind, facts: Facts) -> Draft:
    """The certificate of a passed pre-service run. `not_passed`."""
    if enrollment.state != "passed":
        raise refuse("not_passed")
    run = enrollment.run
    minutes = dict.fromkeys(Bucket, 0)
    for entry in entries:
        minutes[Bucket(entry.bucket)] += entry.minutes
    frozen = {
        "course": {"code": run.course.code, "title": run.course.title},
        "run": run.code,
        "lesson_minutes": _lesson_minutes(run.region, timezone.localdate().year),
        "hours": [{"bucket": bucket.value, "minutes": earned} for bucket, earned in minutes.items() if earned],
        "score": enrollment.score,
    }
    return _draft(enrollment.person, kind, run.code, run.region, frozen, entries, facts)


def _draft(
    person: Person,
    kind: CertificateKind,
    credential: str,
    region: Region,
    frozen: dict[str, Any],
    entries: list[HourEntry],
    facts: Facts,
) -> Draft:
    authority, region_name, issuer = facts.authority_of(region)
    today = timezone.localdate()
    draft = Draft(
        person=person,
        kind=kind,
        credential=credential,
        region=authority,
        issuer_name=issuer,
        holder_name=person.name,
        holder_id_masked=facts.documents.get(person.pk, ""),
        issued_on=today,
        expires_on=last_valid_day(today, kind.valid_months) if kind.valid_months else None,
        frozen=frozen
        | {
            "template": kind.template,
            "template_version": TEMPLATE_VERSIONS.get(kind.template, ""),
            "title": kind.name,
            "title_en": kind.name_en,
            "region_name": region_name,
        },
        entries=entries,
    )
    refuse_if_unprintable(draft)
    return draft


def last_valid_day(issued_on: date, months: int) -> date:
    """The day before the anniversary, `months` later; 31 March plus one month ends on 29 April."""
    year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + months, 12)
    day = min(issued_on.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


def refuse_if_unprintable(draft: Draft) -> None:
    """`glyph_missing` before anything is issued: a certificate with a hole in its name is worse than none."""
    texts = sheet_of(SimpleNamespace(**draft.row("", None))).texts()
    if missing := [glyph for text in texts for glyph in missing_glyphs(text)]:
        raise refuse("glyph_missing", characters="".join(dict.fromkeys(missing)))


def sheet_of(certificate: Certificate | SimpleNamespace) -> CertificateSheet:
    """What the PDF prints, out of the certificate's own frozen columns and nothing else."""
    frozen = certificate.frozen
    return CertificateSheet(
        template=frozen["template"],
        serial=certificate.serial,
        title=frozen["title"],
        title_en=frozen["title_en"],
        holder_name=certificate.holder_name,
        id_masked=certificate.holder_id_masked,
        issuer_name=certificate.issuer_name,
        region_name=frozen["region_name"],
        issued_on=certificate.issued_on,
        expires_on=certificate.expires_on,
        verify_url=frozen["verify_url"],
        year=str(frozen.get("year", "")),
        course_title=frozen.get("course", {}).get("title", ""),
        hours=tuple(_line(part, frozen["lesson_minutes"]) for part in frozen["hours"]),
        standard_source=frozen.get("standard", {}).get("source", ""),
    )


def _line(part: dict[str, Any], lesson_minutes: int) -> HoursLine:
    label, label_en = BUCKETS[Bucket(part["bucket"])]
    required = _hours(part["required"], lesson_minutes) if part.get("required") else ""
    return HoursLine(label, _hours(part["minutes"], lesson_minutes), required, label_en)


def _hours(minutes: int, lesson_minutes: int) -> str:
    """Lesson hours truncated to a tenth: 135 minutes of 45 → "3", 150 → "3.3"."""
    whole, tenth = divmod(int(Fraction(minutes * 10, lesson_minutes)), 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def _lesson_minutes(region: Region, year: int) -> int:
    try:
        return policies.standard_for(region, year).lesson_minutes
    except PolicyMissing:
        return LESSON_MINUTES
