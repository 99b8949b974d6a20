"""The learner's own pages: what she must reach, what she has, what is coming, and her certificates."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification import access, assessing, printing, rules, stating, verifying
from certification.drafting import LESSON_MINUTES, sheet_of
from certification.errors import PolicyMissing
from certification.models import Assessment, Qualification, QualificationState
from certification.views import send, statement_file
from courses import access as taught
from courses import suggesting
from courses.models import Bucket, Enrollment, EnrollmentState, RunState, Session
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, one, only
from lms.registry.errors import refuse
from lms.registry.models import Ban, Membership, Person, Post, Role
from lms.web.formats import hours

#: Sessions ahead that home names one by one, and runs that the record offers.
AHEAD, OFFERED = 5, 3


@dataclass(frozen=True)
class BucketLine:
    """One ring: lesson hours had, needed, missing, and what the sessions ahead will give."""

    bucket: Bucket
    have: Fraction
    need: Fraction
    coming: Fraction

    @property
    def missing(self) -> Fraction:
        return max(Fraction(0), self.need - self.have)

    @property
    def missing_shown(self) -> str:
        """Rounded up to a tenth where what she has is rounded down, as the ring shows it."""
        return hours(Fraction(ceil((self.need - Fraction(hours(self.have))) * 10), 10))

    @property
    def covered(self) -> bool:
        """Whether the sessions ahead are enough for what is missing."""
        return self.coming >= self.missing


@only(Role.LEARNER)
@require_safe
def my_home(request: HttpRequest) -> HttpResponse:
    """Two rings, the day they must be closed by, and the next thing to do."""
    person = _person(request)
    if person is None:
        return render(request, "certification/my_home.html", {"person": None})
    now = timezone.now()
    today = timezone.localdate(now)
    ahead = _sessions_ahead(person)
    assessment, missing_policy = _assessment(person, today.year)
    lesson = assessment.standard.lesson_minutes if assessment else 0
    lines = [_line(bucket, assessment, ahead, lesson) for bucket in Bucket] if assessment else []
    own = verifying.judgeable(access.certificates(request.acting).filter(person=person))  # type: ignore[attr-defined]
    context = {
        "person": person,
        "today": today,
        "last_day": date(today.year, 12, 31),
        "post": Post.objects.on(today).filter(person=person).select_related("institution__region").first(),
        "barred": Ban.objects.standing().filter(person=person).exists(),
        "assessment": assessment,
        "lesson_minutes": lesson or LESSON_MINUTES,
        "policy_missing": missing_policy,
        "lines": lines,
        "to_go": [line for line in lines if line.missing],
        "ahead": ahead[:AHEAD],
        "more_ahead": max(0, len(ahead) - AHEAD),
        "certificates": [(row, verifying.status_of(row, now)) for row in own.order_by("-issued_on", "-serial")[:3]],
        "outside": _outside(person, today),
    }
    return render(request, "certification/my_home.html", context)


@only(Role.LEARNER)
@require_safe
def my_record(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about her learning: certificates, every hour and why it did not count, runs that help."""
    person = _person(request)
    if person is None:
        return render(request, "certification/my_record.html", {"person": None})
    now, by = timezone.now(), acting_of(request)
    own = verifying.judgeable(access.certificates(by).filter(person=person))
    statement = stating.statement_of(person)
    context = {
        "person": person,
        "document": statement.document,
        "posts": Post.objects.filter(person=person).select_related("institution").order_by("-started_on"),
        "statement": statement,
        "year": statement.year(request.GET.get("year", "")),
        "offers": _offers(by, person, timezone.localdate(now)),
        "certificates": [(row, verifying.status_of(row, now)) for row in own.order_by("-issued_on", "-serial")],
        "qualifications": [
            (row, row.standing(timezone.localdate(now))) for row in access.qualifications(by).filter(person=person)
        ],
    }
    return render(request, "certification/my_record.html", context)


@only(Role.LEARNER)
@never_cache
@require_safe
def my_statement(request: HttpRequest) -> HttpResponse:
    """Her statement of hours as a paper, or with `form=csv` as a table."""
    person = _person(request)
    if person is None:
        raise refuse("not_found")
    return statement_file(acting_of(request), person, request.GET.get("form", ""))


@only(Role.LEARNER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_qualifications(request: HttpRequest) -> HttpResponse:
    """Her certificates from outside and what became of each; a photo of another one is sent in here."""
    acting = acting_of(request)
    person = _person(request)
    if person is None:
        return render(request, "certification/my_qualifications.html", {"person": None})
    form, refusal, status = send(request, acting, person)
    if form is None:
        messages.success(request, _("Sent. The bureau verifies it; you will be told."))
        return redirect("my_qualifications")
    today = timezone.localdate()
    rows = access.qualifications(acting).filter(person=person).order_by("-recorded_at")
    context = {
        "person": person,
        "form": form,
        "refusal": refusal,
        "opened": request.method == "POST" or "again" in request.GET,
        "rows": [(row, row.standing(today)) for row in rows],
    }
    return render(request, "certification/my_qualifications.html", context, status=status)


@only(Role.LEARNER)
@require_safe
def my_certificate(request: HttpRequest, pk: str) -> HttpResponse:
    """A certificate as a card to show on the phone, and its PDF to keep."""
    rows = verifying.judgeable(access.certificates(request.acting))  # type: ignore[attr-defined]
    certificate = one(rows, pk=pk)
    context = {
        "certificate": certificate,
        "status": verifying.status_of(certificate, timezone.now()),
        "sheet": sheet_of(certificate),
        "code": qr_code(certificate.frozen["verify_url"]),
        "wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
    }
    return render(request, "certification/my_certificate.html", context)


@only(*Role)
@require_safe
def certificate_pdf(request: HttpRequest, pk: str) -> HttpResponse:
    """The PDF, for its holder, the bureau of the region, and the manager of where she is on post; 404 for others."""
    certificate = one(access.certificates(request.acting), pk=pk)  # type: ignore[attr-defined]
    file = printing.pdf_of(certificate)
    response = HttpResponse(printing.content_of(file), content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def qr_code(address: str) -> SafeString:
    """The address as inline SVG, dark on light in either theme; no size and no style of its own."""
    code = segno.make(address, error="m", micro=False, mask=4, boost_error=False)
    drawn = code.svg_inline(omitsize=True, border=2, dark="#1d2623", light="#ffffff", svgclass="qr", lineclass=None)
    return mark_safe(drawn)


def _offers(by: Membership, person: Person, today: date) -> list[suggesting.Offer]:
    """The next runs nearby with free places that give hours she lacks this year; none she is in already."""
    assessment, _none = _assessment(person, today.year)
    lacking = [bucket for bucket in Bucket.values if assessment and assessment.missing(bucket)]
    if not lacking:
        return []
    hers = Enrollment.objects.filter(person=person).exclude(state=EnrollmentState.WITHDRAWN).values("run_id")
    return suggesting.offers(taught.open_nearby(by).exclude(pk__in=hers), buckets=lacking, limit=OFFERED)


def _outside(person: Person, today: date) -> list[tuple[Qualification, str]]:
    """Her certificates from outside that count for nothing as they stand: she can do something about them."""
    rows = Qualification.objects.filter(person=person).select_related("kind").order_by("-recorded_at")
    return [(row, standing) for row in rows if (standing := row.standing(today)) != QualificationState.VALID]


def _person(request: HttpRequest) -> Person | None:
    return request.acting.user.person  # type: ignore[attr-defined]


def _sessions_ahead(person: Person) -> list[Session]:
    """Sessions still to come of the runs she is enrolled in, the nearest first."""
    ahead = Session.objects.filter(
        run__enrollments__person=person,
        run__enrollments__state=EnrollmentState.ENROLLED,
        run__state__in=(RunState.PLANNED, RunState.OPEN),
        cancelled_at__isnull=True,
        ends_at__gt=timezone.now(),
    )
    return list(ahead.select_related("run__course").prefetch_related("shares").order_by("starts_at", "number"))


def _assessment(person: Person, year: int) -> tuple[Assessment | None, bool]:
    """(what the year asks and has, whether her district sets no hours); (None, False) without a post."""
    try:
        return assessing.current(person=person, year=year), False
    except PolicyMissing:
        return None, True
    except DomainError:
        return None, False


def _line(bucket: Bucket, assessment: Assessment, ahead: list[Session], lesson_minutes: int) -> BucketLine:
    year = rules.year_span(assessment.year, assessment.standard.year_kind)
    coming = sum(
        suggesting.minutes_of(session).get(bucket, 0)
        for session in ahead
        # Pre-service hours earn the post certificate and do not move the year.
        if session.run.course.kind != "pre_service" and rules.covers(year, timezone.localdate(session.starts_at))
    )
    return BucketLine(
        bucket,
        Fraction(getattr(assessment, f"earned_{bucket.value}"), lesson_minutes),
        Fraction(getattr(assessment, f"required_{bucket.value}"), lesson_minutes),
        Fraction(coming, lesson_minutes),
    )
