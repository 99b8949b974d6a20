"""Set-up that the tests of this room share."""

from datetime import date
from typing import Any

from django.utils import timezone

from certification.models import Assessment, Qualification, TrainingStandard
from lms.registry.models import Person
from tests.factories import make_officer, next_number, songjiang

DAY = date(2025, 6, 30)


def certify(person: Person, kind: str = "infant_carer", *, state: str = "valid", **kw: Any) -> Qualification:
    """An outside certificate; verified unless `state` says otherwise."""
    if state != "unverified":
        kw |= {"verified_by": make_officer().user, "verified_at": timezone.now()}
    return Qualification.objects.create(person=person, kind_id=kind, number=f"Q{next_number()}", state=state, **kw)


def assess(person: Person, *, reached: bool, year: int = DAY.year) -> Assessment:
    """The year held against Songjiang's standard; not reached means 87 skill hours missing."""
    standard = TrainingStandard.objects.get(code="songjiang-hours-2021")
    return Assessment.objects.create(
        person=person,
        year=year,
        region=songjiang(),
        standard=standard,
        required_skill=88 * 45,
        required_ethics=40 * 45,
        earned_skill=88 * 45 if reached else 45,
        earned_ethics=40 * 45,
        reached=reached,
        explanation={},
        rule_version="test",
        assessed_at=timezone.now(),
    )
