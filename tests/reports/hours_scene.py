"""People whose training year stands in different places, and a run that gives them what they lack."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from certification import assessing
from courses.models import Bucket, CourseRun, TrainingYear
from lms.registry.models import Institution, Membership, Person, Region
from tests import factories as make

#: Minutes that Songjiang's standard asks for a whole year: 88 and 40 lesson hours of 45.
SKILL, ETHICS = 3960, 1800


@dataclass
class Scene:
    """One institution of Songjiang and its manager."""

    region: Region
    institution: Institution
    manager: Membership
    officer: Membership

    @property
    def year(self) -> int:
        return timezone.localdate().year

    def somebody(self, *, skill: int = 0, ethics: int = 0, **kw: Any) -> Person:
        """On post since last year, with so many minutes this year, assessed."""
        kw.setdefault("started_on", date(self.year - 1, 1, 1))
        kw.setdefault("institution", self.institution)
        person = make.make_post(**kw).person
        TrainingYear.objects.create(person=person, year=self.year, skill_minutes=skill, ethics_minutes=ethics)
        assess(person)
        return person


def assess(*people: Person) -> None:
    assessing.assess_people([person.pk for person in people], timezone.localdate().year)


def make_scene(code: str = "310117") -> Scene:
    region = make.make_region(code)
    institution = make.make_institution(region=region)
    return Scene(region, institution, make.make_manager(institution), make.make_officer(region))


def soon(minutes: int = 5) -> datetime:
    """A moment ahead that still lies in this year, however late in it the test runs."""
    return timezone.now().replace(microsecond=0) + timedelta(minutes=minutes)


def run_ahead(region: Region, *, skill: int = 0, ethics: int = 0, **kw: Any) -> CourseRun:
    """An open run with a session of so many minutes of each bucket, a few minutes from now."""
    run = make.make_run(centre=make.make_centre(region=region), **kw)
    for bucket, minutes in ((Bucket.SKILL, skill), (Bucket.ETHICS, ethics)):
        if minutes:
            make.make_session(run, soon(), minutes=minutes, bucket=bucket)
    return run
