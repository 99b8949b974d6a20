"""The demo's institutions, accounts, people, posts and outside certificates."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from certification import qualifying
from certification.models import Qualification
from lms.demo.cast import EDUCATION, MAJORS, PAPERS, PASSWORD, PLACES, SPECIAL_NAMES, TEAM, Draw, Place, uscc
from lms.registry import enlisting, posting, registering, signing
from lms.registry.models import (
    CertificateClaim,
    Filing,
    Institution,
    Membership,
    Person,
    PostKind,
    Region,
    Role,
    TrainingCentre,
    User,
)
from lms.registry.rosters.identity import normalise_id


@dataclass
class District:
    """One district as it was built: what later chapters of the demo go on with."""

    place: Place
    region: Region
    centre: TrainingCentre
    draw: Draw
    institutions: list[Institution] = field(default_factory=list)
    officers: list[Membership] = field(default_factory=list)
    staff: Membership | None = None
    #: (person, kind of post, institution, share of sessions she attends)
    people: list[tuple[Person, str, Institution, float]] = field(default_factory=list)


@dataclass(frozen=True)
class SignIn:
    """One line of the printed sign-ins."""

    username: str
    role: str
    scope: str


def build_district(place: Place, number: int) -> District:
    """Institutions, centre, accounts and staff of one district."""
    region = Region.objects.get(code=place.code)
    centre = TrainingCentre.objects.create(uscc=uscc("52", place.code, 900), name=place.centre, region=region)
    district = District(place, region, centre, Draw(place.key))
    for order, (name, kind, register) in enumerate(place.institutions, 1):
        district.institutions.append(
            Institution.objects.create(
                uscc=uscc(register, place.code, order),
                name=name,
                kind=kind,
                region=region,
                filing=Filing.PENDING if (number, order) == (4, 2) else Filing.FILED,
                class_types=["infant", "small", "big"] if order == 1 else ["small", "big"],
            )
        )
    _accounts(district)
    for order, institution in enumerate(district.institutions):
        _team(district, institution, order)
    _certificates(district)
    return district


def _accounts(district: District) -> None:
    key, names = district.place.key, district.place.officers
    # Shaoxing's bureau works for the whole city, above the district its institutions lie in.
    region = district.region.parent if key == "shaoxing" and district.region.parent else district.region
    roles = (Role.BUREAU_OFFICER, Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR)
    usernames = (f"{key}-officer", f"{key}-officer2", f"{key}-supervisor")
    for username, name, role in zip(usernames, names, roles, strict=True):
        district.officers.append(enlisting.grant(by=None, user=account(username, name), role=role, region=region))
    teacher = account(f"{key}-centre", f"{district.draw.name()}")
    district.staff = enlisting.grant(by=None, user=teacher, role=Role.CENTRE_STAFF, centre=district.centre)


def account(username: str, name: str, person: Person | None = None) -> User:
    """An account of the demo, with the password all of them share."""
    return enlisting.open_account(username=username, password=PASSWORD, name=name, person=person)


def _team(district: District, institution: Institution, order: int) -> None:
    officer, draw = district.officers[0], district.draw
    specials = list(SPECIAL_NAMES) if order == 0 and district.place.key in ("songjiang", "shaoxing") else []
    for kind, count in TEAM:
        for number in range(count):
            female = kind != PostKind.GUARD and draw.random.random() < 0.93
            name = specials.pop() if specials and kind in (PostKind.TEACHER, PostKind.CARER) else draw.name()
            document = normalise_id(draw.resident_number(female=female), today=timezone.localdate())
            person = registering.register_person(
                by=officer,
                name=name,
                document=document,
                phone=draw.phone(),
                ethnicity="维吾尔族" if "·" in name else "汉族",
                education=draw.random.choice(EDUCATION),
                major=draw.random.choice(MAJORS),
            )
            posting.place_on_post(
                by=officer,
                person=person,
                institution=institution,
                kind=kind,
                started_on=_started(draw),
                full_time=draw.random.random() < 0.9,
                health_number=f"JK{draw.random.randrange(10**8):08d}",
                health_expires_on=_days(draw, 20, 340),
                no_crime_checked_on=_days(draw, -350, -10),
            )
            # The carer with a sign-in still misses hours, so that her home page has something to say.
            shown = (order, kind, number) == (0, PostKind.CARER, 0)
            diligence = 0.8 if shown else draw.random.choice((1, 1, 1, 1, 1, 0.9, 0.8, 0.55))
            district.people.append((person, kind, institution, diligence))
    manager = next(row for row in district.people if row[2] == institution and row[1] == PostKind.DIRECTOR)
    key = district.place.key if order == 0 else f"{district.place.key}{order + 1}"
    user = account(f"{key}-manager", manager[0].name)
    enlisting.grant(by=None, user=user, role=Role.INSTITUTION_MANAGER, institution=institution)
    if order == 0:
        carer = next(row for row in district.people if row[2] == institution and row[1] == PostKind.CARER)
        user = account(f"{key}-carer", carer[0].name, carer[0])
        enlisting.grant(by=None, user=user, role=Role.LEARNER)
        with transaction.atomic():
            signing.set_phone(user, carer[0].phone)


def _started(draw: Draw) -> date:
    """Most have been there for years; one in ten came this year."""
    recent = draw.random.random() < 0.1
    return _days(draw, -200, -40) if recent else _days(draw, -2600, -400)


def _days(draw: Draw, least: int, most: int) -> date:
    return timezone.localdate() + timedelta(days=draw.random.randint(least, most))


def _certificates(district: District) -> None:
    """Claims as a roster would bring them; the officer has verified most, some wait, some have run out."""
    draw = district.draw
    for person, kind, _, _ in district.people:
        if kind not in PAPERS or draw.random.random() < 0.16:
            continue
        code, name, issuer = PAPERS[PostKind(kind)]
        issued = _days(draw, -2000, -300)
        runs_out = draw.random.random()
        CertificateClaim.objects.create(
            person=person,
            kind=code,
            name=name,
            level=draw.random.choice((3, 4, 5)) if code == "childcare_worker" else None,
            number=f"{issued.year}{draw.random.randrange(10**9):09d}{'0001' if code == 'teacher_licence' else ''}",
            issuer=issuer,
            issued_on=issued,
            expires_on=_days(draw, -60, -5) if runs_out < 0.05 else _days(draw, 200, 1500) if runs_out < 0.4 else None,
        )
    qualifying.take_up_claims()
    waiting = Qualification.objects.filter(person__in=[row[0] for row in district.people], state="unverified")
    qualifying.verify_many(by=district.officers[0], picked=[row for row in waiting if draw.random.random() < 0.92])


def sign_ins() -> list[SignIn]:
    """Every account of the demo with its role and scope, as they are printed."""
    keys = [place.key for place in PLACES]
    rows = Membership.objects.current().filter(user__username__regex=rf"^({'|'.join(keys)})\d?-|^(admin|editor)$")
    order = {role: index for index, role in enumerate(Role)}
    found = sorted(rows, key=lambda row: (order[Role(row.role)], row.user.username))
    return [SignIn(row.user.username, str(row.get_role_display()), scope_of(row)) for row in found]


def scope_of(membership: Membership) -> str:
    """Where a role is held; for a learner the institution she works at."""
    post = membership.user.person.posts.first() if membership.user.person else None
    return membership.scope_name or (post.institution.name if post else "")
