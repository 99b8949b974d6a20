"""Who is who in the demo: a changed name, records registered twice, a foreign volunteer, a learner without a post."""

from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from courses import enrolling
from courses.models import CourseRun, EnrollmentSource, RunState
from lms.demo.cast import SPECIAL_NAMES, Draw
from lms.demo.outcomes import paper
from lms.demo.staff import District
from lms.registry import admitting, deduplicating, documenting, merging, naming, posting, registering
from lms.registry.models import Institution, Person, PostKind, Purpose
from lms.registry.rosters.identity import IdentityNumber, check_character, normalise_id


def build(district: District) -> None:
    """One of each in every district."""
    officer, draw = district.officers[0], district.draw
    carers = [
        (row[0], row[2]) for row in district.people if row[1] == PostKind.CARER and row[0].name not in SPECIAL_NAMES
    ]
    _renamed(district, carers[1][0])
    # Registered twice, years ago, with a digit of the number written wrong: merged.
    again = _second_record(district, *carers[2], number="802")
    merging.merge(by=officer, kept=carers[2][0], absorbed=again, reason="旧花名册证件号登记有误，经核对原件为同一人")
    _second_record(district, *carers[3], number="804")
    deduplicating.search()
    _foreign_volunteer(district)
    learner = admitting.admit_learner(
        by=officer,
        name=draw.name(),
        document=_document(draw.resident_number(female=True)),
        phone=draw.phone(),
        consent=True,
    )
    here: QuerySet[Any] = CourseRun.objects.filter(centre=district.centre, state=RunState.OPEN).with_places()
    run = here.filter(taken__lt=F("capacity")).order_by("-created_at").first()
    if run is not None and district.staff is not None:
        enrolling.enrol(by=district.staff, run=run, person=learner, source=EnrollmentSource.CENTRE)


def _renamed(district: District, person: Person) -> None:
    officer = district.officers[0]
    scan = paper("户口簿姓名变更页", Purpose.EVIDENCE, officer.user)
    naming.change_name(
        by=officer,
        person=person,
        name=Draw(f"{district.place.key}:name").name(),
        reason="户口簿姓名变更",
        evidence=scan,
    )


def _second_record(district: District, person: Person, here: Institution, *, number: str) -> Person:
    """Another record with the same name and birthday, of somebody who was at `here` some years ago."""
    assert person.born_on is not None
    body = f"341226{person.born_on:%Y%m%d}{number}"
    document = _document(body + check_character(body))
    officer = district.officers[0]
    other = registering.register_person(by=officer, name=person.name, document=document)
    today = timezone.localdate()
    post = posting.place_on_post(
        by=officer,
        person=other,
        institution=district.institutions[-1] if here != district.institutions[-1] else district.institutions[0],
        kind=PostKind.CARER,
        started_on=today - timedelta(days=3000),
    )
    posting.end_post(by=officer, post=post, on=today - timedelta(days=2700), reason="离职")
    return other


def _foreign_volunteer(district: District) -> None:
    """Her passport is good for years; her residence permit runs out next month."""
    officer, today = district.officers[0], timezone.localdate()
    key = sum(ord(letter) for letter in district.place.key)
    passport = _document(f"PX{key:07d}", "passport")
    person = registering.register_person(by=officer, name="Maria Santos", document=passport, sex="F")
    permit = _document(f"RP{key:07d}", "foreign_permit")
    posting.place_on_post(
        by=officer,
        person=person,
        institution=district.institutions[0],
        kind=PostKind.VOLUNTEER,
        started_on=today - timedelta(days=120),
    )
    documenting.add_document(by=officer, person=person, document=passport, valid_until=today + timedelta(days=1900))
    documenting.add_document(by=officer, person=person, document=permit, valid_until=today + timedelta(days=34))


def _document(number: str, kind: str | None = None) -> IdentityNumber:
    return normalise_id(number, kind, today=timezone.localdate())
