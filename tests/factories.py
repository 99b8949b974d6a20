"""Rows for tests: small functions, valid by themselves, the same in every run.

They write rows directly, below the verbs, so that a test's set-up doesn't depend on what it tests.
Everything unique counts up; moments lie in `YEAR`, which is over, so that nothing hangs on today.
"""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from certification.models import CertificateKind, TrainingStandard, Variant
from courses.models import (
    Attendance,
    Bucket,
    Course,
    CourseKind,
    CourseRun,
    Enrollment,
    EnrollmentSource,
    HourEntry,
    RunState,
    Session,
    Source,
    TrainingYear,
)
from lms.registry.crypto import blind_index
from lms.registry.keeping import keep
from lms.registry.models import (
    Ban,
    BanScope,
    ConductCase,
    DocumentKind,
    Filing,
    IdentityDocument,
    Institution,
    InstitutionKind,
    Membership,
    Person,
    PolicyStatus,
    Post,
    PostKind,
    PrivateFile,
    Purpose,
    Region,
    Role,
    TrainingCentre,
    User,
)
from lms.registry.rosters.identity import check_character, mask_number
from tests.places import make_region as make_region
from tests.places import qingpu as qingpu
from tests.places import songjiang as songjiang
from tests.places import yuecheng as yuecheng

BEIJING = ZoneInfo("Asia/Shanghai")
YEAR = 2025
PDF = b"%PDF-1.4\n%test\n"
_numbers = count(1)


def next_number() -> int:
    """A number no other row of this process has used."""
    return next(_numbers)


def at(text: str) -> datetime:
    """`at("2025-03-05 09:00")`: that moment in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


# --- Where ----------------------------------------------------------------------------------


def make_uscc(number: int | None = None) -> str:
    """A valid unified social credit code (GB 32100), its check character right."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"52310117MJ{(number or next_number()):07d}"
    total = sum(alphabet.index(character) * pow(3, i, 31) for i, character in enumerate(body))
    return body + alphabet[-total % 31]


def make_institution(**kw: Any) -> Institution:
    n = next_number()
    values: dict[str, Any] = {
        "uscc": make_uscc(n),
        "name": f"小树苗托育园{n}",
        "kind": InstitutionKind.PROFIT,
        "filing": Filing.FILED,
    }
    kw.setdefault("region", None)
    kw["region"] = kw["region"] or songjiang()
    return Institution.objects.create(**(values | kw))


def make_centre(**kw: Any) -> TrainingCentre:
    n = next_number()
    values: dict[str, Any] = {"uscc": make_uscc(n), "name": f"托育人才培训中心{n}"}
    if "region" not in kw:
        kw["region"] = songjiang()
    return TrainingCentre.objects.create(**(values | kw))


# --- Who ------------------------------------------------------------------------------------


def make_id_number(number: int | None = None, born_on: date = date(1990, 3, 7)) -> str:
    """A valid resident identity number; an even serial is a woman's. Up to 1000 per birthday, then the next day."""
    n = number or next_number()
    born = born_on + timedelta(days=n // 500)
    body = f"310117{born:%Y%m%d}{(n % 500) * 2:03d}"
    return body + check_character(body)


def make_person(
    *, name: str | None = None, number: str | None = None, kind: str = DocumentKind.RESIDENT, **kw: Any
) -> Person:
    """A person with one identity document (`number`, made up unless given)."""
    n = next_number()
    number = number or make_id_number(n)
    phone = str(kw.pop("phone", ""))
    values: dict[str, Any] = {"name": name or f"李春梅{n}", "sort_key": f"li chun mei {n:06d}", "sex": "F"}
    person = Person(**(values | kw))
    person.set_phone(phone)
    person.save(force_insert=True)
    make_document(person, number=number, kind=kind)
    return person


def make_document(person: Person, *, number: str | None = None, kind: str = DocumentKind.RESIDENT) -> IdentityDocument:
    number = number or make_id_number()
    document = IdentityDocument(
        person=person, kind=kind, number_index=blind_index("id", number), masked=mask_number(number)
    )
    document.number = number
    document.save(force_insert=True)
    return document


def make_post(person: Person | None = None, institution: Institution | None = None, **kw: Any) -> Post:
    """A post held since before `YEAR`; the person and the institution are made up unless given."""
    values: dict[str, Any] = {"kind": PostKind.CARER, "started_on": date(YEAR - 1, 1, 1)}
    return Post.objects.create(
        person=person or make_person(), institution=institution or make_institution(), **(values | kw)
    )


def make_staff(institution: Institution, number: int, **kw: Any) -> list[Person]:
    """`number` people on post at `institution`."""
    return [make_post(institution=institution, **kw).person for _ in range(number)]


def make_user(**kw: Any) -> User:
    n = next_number()
    values: dict[str, Any] = {"username": f"user{n}", "name": f"王静{n}"}
    return User.objects.create(**(values | kw))


def make_membership(role: str, *, user: User | None = None, person: Person | None = None, **scope: Any) -> Membership:
    """One role; its scope (region, institution or centre) is made up when the role needs one."""
    if role in (Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR) and "region" not in scope:
        scope["region"] = songjiang()
    if role == Role.INSTITUTION_MANAGER and "institution" not in scope:
        scope["institution"] = make_institution()
    if role == Role.CENTRE_STAFF and "centre" not in scope:
        scope["centre"] = make_centre()
    user = user or make_user(person=person, is_staff=role == Role.CONTENT_EDITOR)
    return Membership.objects.create(user=user, role=role, **scope)


def make_officer(region: Region | None = None, **kw: Any) -> Membership:
    return make_membership(Role.BUREAU_OFFICER, region=region or songjiang(), **kw)


def make_supervisor(region: Region | None = None, **kw: Any) -> Membership:
    return make_membership(Role.BUREAU_SUPERVISOR, region=region or songjiang(), **kw)


def make_manager(institution: Institution | None = None, **kw: Any) -> Membership:
    return make_membership(Role.INSTITUTION_MANAGER, institution=institution or make_institution(), **kw)


def make_trainer(centre: TrainingCentre | None = None, **kw: Any) -> Membership:
    """Staff of a training centre."""
    return make_membership(Role.CENTRE_STAFF, centre=centre or make_centre(), **kw)


def make_learner(person: Person | None = None, **kw: Any) -> Membership:
    """A learner's account; without `person`, that of somebody on post in Songjiang."""
    return make_membership(Role.LEARNER, person=person or make_post().person, **kw)


def make_editor(**kw: Any) -> Membership:
    return make_membership(Role.CONTENT_EDITOR, **kw)


def make_admin(**kw: Any) -> Membership:
    return make_membership(Role.PLATFORM_ADMIN, **kw)


def every_persona() -> dict[str, Membership]:
    """One membership per role, by the role's code; all in Songjiang."""
    return {
        Role.BUREAU_OFFICER.value: make_officer(),
        Role.BUREAU_SUPERVISOR.value: make_supervisor(),
        Role.INSTITUTION_MANAGER.value: make_manager(),
        Role.CENTRE_STAFF.value: make_trainer(),
        Role.LEARNER.value: make_learner(),
        Role.CONTENT_EDITOR.value: make_editor(),
        Role.PLATFORM_ADMIN.value: make_admin(),
    }


def signed_in(membership: Membership | None) -> Client:
    """A browser in which that membership's account is signed in; None: a visitor's."""
    client = Client()
    if membership is not None:
        client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- Banned ---------------------------------------------------------------------------------


def make_file(purpose: Purpose = Purpose.BAN_DECISION, owner: User | None = None) -> PrivateFile:
    return keep(PDF, name="decision.pdf", purpose=purpose, content_type="application/pdf", owner=owner)


def make_ban(person: Person, *, confirmed: bool = True, region: Region | None = None, **kw: Any) -> Ban:
    """A ban that stands; with `confirmed=False` one that waits for its second officer."""
    region = region or songjiang()
    proposer = make_officer(region).user
    case = ConductCase.objects.create(
        number=f"沪松教案〔{YEAR}〕{next_number()}号", region=region, summary="查实的行为失范", opened_by=proposer
    )
    values: dict[str, Any] = {
        "scope": BanScope.PERSON,
        "case": case,
        "legal_basis": "《人口与计划生育法》第四十一条第二款",
        "decision": make_file(owner=proposer),
        "region": region,
        "proposed_by": proposer,
    }
    ban = Ban.objects.create(person=person, **(values | kw))
    if confirmed:
        ban.confirmed_by = make_officer(region).user
        ban.confirmed_at = timezone.now()
        ban.save(update_fields=["confirmed_by", "confirmed_at"])
    return ban


def annul(ban: Ban) -> Ban:
    """End a standing ban, by two other officers."""
    if not ban.annulment_proposed_at:
        ban.annulment_reason = "身份认定有误"
        ban.annulment_proposed_by, ban.annulment_proposed_at = make_officer(ban.region).user, timezone.now()
        ban.save()
    ban.annulled_by, ban.annulled_at = make_officer(ban.region).user, timezone.now()
    ban.save()
    return ban


# --- Learnt ---------------------------------------------------------------------------------


def make_course(**kw: Any) -> Course:
    n = next_number()
    values: dict[str, Any] = {
        "code": f"course-{n}",
        "title": f"婴幼儿回应性照护{n}",
        "kind": CourseKind.IN_SERVICE,
        "summary": "看懂婴幼儿的信号，及时、恰当地回应。",
        "skill_minutes": 360,
    }
    if "region" not in kw:
        kw["region"] = make_region("310000")
    return Course.objects.create(**(values | kw))


def make_run(course: Course | None = None, centre: TrainingCentre | None = None, **kw: Any) -> CourseRun:
    """A run open for enrolment, still without sessions."""
    n = next_number()
    centre = centre or make_centre()
    course = course or make_course()
    values: dict[str, Any] = {
        "code": f"R{YEAR}{n:05d}",
        "region": centre.region,
        "title": f"{course.title}班",
        "place": "松江区文诚路1号二楼",
        "capacity": 50,
        "state": RunState.OPEN,
    }
    if "created_by" not in kw:
        kw["created_by"] = make_user()
    return CourseRun.objects.create(course=course, centre=centre, **(values | kw))


def make_session(
    run: CourseRun | None = None, starts_at: datetime | None = None, *, minutes: int = 180, **kw: Any
) -> Session:
    """One session; without `starts_at` on the next free day of March `YEAR`, from 9:00 in Beijing."""
    run = run or make_run()
    number = run.sessions.count() + 1
    starts_at = starts_at or at(f"{YEAR}-03-01 09:00") + timedelta(days=number)
    values: dict[str, Any] = {"number": number, "bucket": Bucket.SKILL}
    return Session.objects.create(
        run=run, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), **(values | kw)
    )


def make_enrollment(run: CourseRun | None = None, person: Person | None = None, **kw: Any) -> Enrollment:
    values: dict[str, Any] = {"source": EnrollmentSource.CENTRE}
    if "enrolled_by" not in kw:
        kw["enrolled_by"] = make_user()
    return Enrollment.objects.create(run=run or make_run(), person=person or make_person(), **(values | kw))


def make_attendance(session: Session, person: Person, **kw: Any) -> Attendance:
    """Present from beginning to end."""
    values: dict[str, Any] = {
        "state": "present",
        "arrived_at": session.starts_at,
        "left_at": session.ends_at,
        "minutes": int((session.ends_at - session.starts_at).total_seconds()) // 60 - session.break_minutes,
    }
    if "recorded_by" not in kw:
        kw["recorded_by"] = make_user()
    return Attendance.objects.create(session=session, person=person, **(values | kw))


def give_hours(person: Person, year: int = YEAR, *, skill: int = 0, ethics: int = 0) -> TrainingYear:
    """Ledger entries of `skill` and `ethics` *minutes* on 1 June of `year`, and the training year they add up to."""
    total, _ = TrainingYear.objects.get_or_create(person=person, year=year)
    run = make_run()
    for bucket, minutes in ((Bucket.SKILL, skill), (Bucket.ETHICS, ethics)):
        if minutes:
            session = make_session(run, at(f"{year}-06-01 08:00"), minutes=minutes, bucket=bucket)
            make_entry(person, session, minutes)
    total.skill_minutes += skill
    total.ethics_minutes += ethics
    total.changed_at = timezone.now()
    total.save()
    return total


def make_entry(person: Person, session: Session, minutes: int, **kw: Any) -> HourEntry:
    """One ledger entry for a session, on the day it begins in Beijing; the training year is left alone."""
    day = session.starts_at.astimezone(BEIJING).date()
    values: dict[str, Any] = {
        "bucket": session.bucket,
        "minutes": minutes,
        "day": day,
        "year": day.year,
        "source": Source.SESSION,
        "rule_version": "test",
    }
    return HourEntry.objects.create(person=person, session=session, **(values | kw))


# --- Asked for ------------------------------------------------------------------------------


def make_standard(region: Region | None = None, **kw: Any) -> TrainingStandard:
    """A published standard, Songjiang's 88 and 40 by default; the same one loaded already is used as it is."""
    region = region or songjiang()
    values: dict[str, Any] = {
        "year_from": 2021,
        "skill_hours": 88,
        "ethics_hours": 40,
        "lesson_minutes": 45,
        "variant": Variant.PRORATA,
    } | kw
    same = {"year_from": values["year_from"], "skill_hours": values["skill_hours"]}
    found = TrainingStandard.objects.filter(region=region, published_at__isnull=False, **same).first()
    if found is not None:
        return found
    rest: dict[str, Any] = {
        "code": f"standard-{next_number()}",
        "paper": "songjiang",
        "line": "25",
        "status": PolicyStatus.IN_FORCE,
        "published_at": timezone.now(),
    }
    return TrainingStandard.objects.create(region=region, **(rest | values))


def make_kind(code: str = "yearly_training", **kw: Any) -> CertificateKind:
    """A kind of certificate; one that `migrate` has loaded is used as it is."""
    own: dict[str, dict[str, Any]] = {
        "yearly_training": {"name": "年度培训学时证书", "template": "yearly"},
        "post_training": {"name": "上岗培训合格证书", "template": "post"},
    }
    found = CertificateKind.objects.filter(code=code).first()
    if found is not None:
        return found
    values = {"origin": "own" if code in own else "outside", "name": code, "name_en": code} | own.get(code, {})
    return CertificateKind.objects.create(code=code, **(values | kw))
