"""Fetch and authorise in one step; see lms.registry.access. A row out of scope does not exist."""

from typing import Any, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from courses.models import (
    Anomaly,
    Attendance,
    AuditSample,
    CorrectionProposal,
    Course,
    CourseRun,
    Enrollment,
    EnrollmentState,
    Excuse,
    HourClaim,
    Invitation,
    Room,
    RunState,
    SampledSession,
    Session,
    SessionPaper,
    Trainer,
    WaitingPlace,
)
from lms.registry import access
from lms.registry.access import BUREAU
from lms.registry.models import Membership, Post, Purpose, Region, Role

M = TypeVar("M", bound=Model)
#: Leading digits of a region's prefix that name its city: a centre teaches, and a learner learns, within one.
CITY = 4


def one(rows: "QuerySet[M]", **key: Any) -> M:
    """The single row of an already authorised queryset, or `not_found`."""
    return access.one(rows, **key)


def courses(by: Membership) -> "QuerySet[Course]":
    """Courses on offer where a centre works, or below a bureau's region; all for the platform and editors."""
    rows = Course.objects.select_related("region")
    if by.role == Role.CENTRE_STAFF and by.centre:
        return rows.filter(active=True, region__prefix__in=by.centre.region.lineage)
    if by.role in BUREAU and by.region:
        return rows.filter(Q(region__prefix__in=by.region.lineage) | Q(region__prefix__startswith=by.region.prefix))
    return rows if by.role in (Role.PLATFORM_ADMIN, Role.CONTENT_EDITOR) else rows.none()


def runs(by: Membership) -> "QuerySet[CourseRun]":
    """Centre: its own. Bureau: its region's. Manager: those her staff are in. Learner: hers, and open ones nearby."""
    rows = CourseRun.objects.select_related("course", "centre", "region")
    if by.role == Role.CENTRE_STAFF:
        return rows.filter(centre_id=by.centre_id)
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    if by.role == Role.INSTITUTION_MANAGER:
        staff = Post.objects.filter(institution=by.institution).values("person_id")
        return rows.filter(Exists(Enrollment.objects.filter(run=OuterRef("pk"), person_id__in=staff)))
    if by.role == Role.LEARNER and by.user.person_id:
        hers = Enrollment.objects.filter(run=OuterRef("pk"), person=by.user.person)
        waited = WaitingPlace.objects.filter(run=OuterRef("pk"), person=by.user.person)
        return rows.filter(Exists(hers) | Exists(waited) | Q(pk__in=open_nearby(by).values("pk")))
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def open_nearby(by: Membership) -> "QuerySet[CourseRun]":
    """Runs open for enrolment, with a session still ahead, in the cities where a learner is on post today or was
    registered without a post."""
    here = Q(institutions__posts__in=Post.objects.on(timezone.localdate()).filter(person=by.user.person))
    cities = (
        Region.objects.filter(here | Q(pk=by.user.person.registered_in_id if by.user.person else None))
        .annotate(city=Substr("prefix", 1, CITY))
        .values("city")
    )
    ahead = Session.objects.filter(run=OuterRef("pk"), starts_at__gt=timezone.now(), cancelled_at__isnull=True)
    return (
        CourseRun.objects.select_related("course", "centre", "region")
        .annotate(city=Substr("region__prefix", 1, CITY))
        .filter(Exists(ahead), state=RunState.OPEN, city__in=cities)
    )


def open_to_staff(by: Membership) -> "QuerySet[CourseRun]":
    """Runs open for enrolment in the city of a manager's institution, with a session still ahead."""
    if by.role != Role.INSTITUTION_MANAGER or by.institution is None:
        return CourseRun.objects.none()
    ahead = Session.objects.filter(run=OuterRef("pk"), starts_at__gt=timezone.now(), cancelled_at__isnull=True)
    city = by.institution.region.prefix[:CITY]
    rows = CourseRun.objects.select_related("course", "centre", "region")
    return rows.filter(Exists(ahead), state=RunState.OPEN, region__prefix__startswith=city)


def sessions(by: Membership) -> "QuerySet[Session]":
    """Sessions of the runs one may see."""
    return Session.objects.select_related("run__course", "run__centre").filter(run__in=runs(by).values("pk"))


def enrollments(by: Membership) -> "QuerySet[Enrollment]":
    """Centre and bureau: everybody in their runs. Manager: her staff. Learner: herself."""
    rows = Enrollment.objects.select_related("person", "run__course", "run__centre", "institution")
    if by.role == Role.LEARNER:
        return rows.filter(person_id=by.user.person_id) if by.user.person_id else rows.none()
    if by.role == Role.INSTITUTION_MANAGER:
        staff = Post.objects.filter(institution=by.institution).values("person_id")
        return rows.filter(person_id__in=staff)
    return rows.filter(run__in=runs(by).values("pk"))


def attendances(by: Membership) -> "QuerySet[Attendance]":
    """Attendance of the enrolments one may see."""
    enrolled = enrollments(by).filter(run=OuterRef("session__run"), person=OuterRef("person"))
    return Attendance.objects.select_related("session__run", "person").filter(Exists(enrolled))


def staff(by: Membership) -> "QuerySet[Post]":
    """Posts held today that a centre may invite from: at every open institution of its city."""
    rows = Post.objects.on(timezone.localdate()).select_related("person", "institution__region")
    if by.role != Role.CENTRE_STAFF:
        return rows.none()
    return rows.filter(institution__in=access.institutions(by).values("pk"))


def taking_part(run: CourseRun) -> "QuerySet[Enrollment]":
    """Everybody in a run who has not withdrawn, by name, with a mark `barred` for those a ban stands on."""
    from lms.registry.models import Ban

    return (
        run.enrollments.exclude(state=EnrollmentState.WITHDRAWN)
        .select_related("person", "institution")
        .annotate(barred=Exists(Ban.objects.standing().filter(person=OuterRef("person"))))
        .order_by(F("person__sort_key"), F("person__name"), "person_id")
    )


def rooms(by: Membership) -> "QuerySet[Room]":
    """A centre's own rooms, also those out of use."""
    return Room.objects.filter(centre_id=by.centre_id) if by.role == Role.CENTRE_STAFF else Room.objects.none()


def trainers(by: Membership) -> "QuerySet[Trainer]":
    """A centre's own trainers, also those who teach there no more."""
    rows = Trainer.objects.select_related("person")
    return rows.filter(centre_id=by.centre_id) if by.role == Role.CENTRE_STAFF else rows.none()


def turns(by: Membership) -> "QuerySet[WaitingPlace]":
    """Turns on waiting lists. Centre: of its runs. Learner: her own."""
    rows = WaitingPlace.objects.select_related("run", "person", "institution")
    if by.role == Role.LEARNER and by.user.person_id:
        return rows.filter(person_id=by.user.person_id)
    return rows.filter(run__centre_id=by.centre_id) if by.role == Role.CENTRE_STAFF else rows.none()


def invitations(by: Membership) -> "QuerySet[Invitation]":
    """Centre: those to its runs. Manager: those to her institution that were not taken back."""
    rows = Invitation.objects.select_related("run__course", "run__centre", "institution__region")
    if by.role == Role.INSTITUTION_MANAGER and by.institution_id:
        return rows.filter(institution_id=by.institution_id, withdrawn_at__isnull=True)
    return rows.filter(run__centre_id=by.centre_id) if by.role == Role.CENTRE_STAFF else rows.none()


def excuses(by: Membership) -> "QuerySet[Excuse]":
    """Requests to be excused. Learner: her own. Centre and bureau: from sessions of the runs they may see."""
    rows = Excuse.objects.select_related("person", "session__run", "evidence", "decided_by")
    if by.role == Role.LEARNER and by.user.person_id:
        return rows.filter(person_id=by.user.person_id)
    if by.role in (*BUREAU, Role.CENTRE_STAFF):
        return rows.filter(session__run__in=runs(by).values("pk"))
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def hour_claims(by: Membership) -> "QuerySet[HourClaim]":
    """Claims of hours. Learner: her own. Manager: of her staff, and those her institution sent in. Bureau: its
    region's."""
    rows = HourClaim.objects.select_related("person", "institution", "region", "evidence").order_by("-claimed_at", "pk")
    if by.role == Role.LEARNER and by.user.person_id:
        return rows.filter(person_id=by.user.person_id)
    if by.role == Role.INSTITUTION_MANAGER and by.institution_id:
        here = Post.objects.on(timezone.localdate()).filter(institution=by.institution_id).values("person_id")
        return rows.filter(Q(institution_id=by.institution_id) | Q(person_id__in=here))
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def proposals(by: Membership) -> "QuerySet[CorrectionProposal]":
    """Proposed corrections. Centre and bureau: of attendance in the runs they may see."""
    rows = CorrectionProposal.objects.select_related(
        "attendance__person", "attendance__session__run", "evidence", "proposed_by", "decided_by"
    )
    if by.role in (*BUREAU, Role.CENTRE_STAFF):
        return rows.filter(attendance__session__run__in=runs(by).values("pk"))
    return rows.none()


def papers(by: Membership) -> "QuerySet[SessionPaper]":
    """Photos behind a session's attendance. Centre and bureau: of the runs they may see."""
    rows = SessionPaper.objects.select_related("session__run", "file")
    if by.role in (*BUREAU, Role.CENTRE_STAFF):
        return rows.filter(session__run__in=runs(by).values("pk"))
    return rows.none()


def anomalies(by: Membership) -> "QuerySet[Anomaly]":
    """Findings of a bureau's region; all for the platform."""
    rows = Anomaly.objects.select_related("centre", "region", "session__run", "person", "decided_by", "case")
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def samples(by: Membership) -> "QuerySet[AuditSample]":
    """Samples of a bureau's region or below it."""
    rows = AuditSample.objects.select_related("region", "drawn_by")
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def sampled_sessions(by: Membership) -> "QuerySet[SampledSession]":
    """Sampled sessions. Centre: of its own runs. Bureau: of its samples."""
    rows = SampledSession.objects.select_related("sample__region", "session__run__centre", "paper", "decided_by")
    if by.role == Role.CENTRE_STAFF:
        return rows.filter(session__run__centre_id=by.centre_id)
    return rows.filter(sample__in=samples(by).order_by().values("pk"))


def readable_files(by: Membership) -> Q:
    """Private files of this room one may download: whoever may see what a paper proves."""
    asked = excuses(by).filter(evidence__isnull=False).order_by().values("evidence_id")
    proofs = proposals(by).filter(evidence__isnull=False).order_by().values("evidence_id")
    backing = papers(by).order_by().values("file_id")
    claimed = hour_claims(by).order_by().values("evidence_id")
    return Q(purpose=Purpose.EVIDENCE) & (Q(pk__in=claimed) | Q(pk__in=asked) | Q(pk__in=proofs) | Q(pk__in=backing))
