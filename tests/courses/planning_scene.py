"""A centre with rooms and trainers, and a run that lies ahead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from courses.models import CourseRun, Room, Session, Trainer
from courses.scheduling import SessionPlan
from lms.registry.models import Membership, Person
from tests import factories as make


@dataclass
class Scene:
    """The centre's staff, what it teaches with, and a run of one session in ten days, open for enrolment."""

    by: Membership
    room: Room
    trainer: Trainer
    run: CourseRun
    session: Session

    def people(self, number: int) -> list[Person]:
        """So many people in the run."""
        found = [make.make_person() for _ in range(number)]
        for person in found:
            make.make_enrollment(self.run, person)
        return found


def make_scene(capacity: int = 50, teacher: Person | None = None) -> Scene:
    by = make.make_trainer()
    assert by.centre is not None
    room = Room.objects.create(centre=by.centre, name="101", seats=40)
    trainer = Trainer.objects.create(centre=by.centre, name="陈老师", person=teacher)
    run = make.make_run(centre=by.centre, capacity=capacity)
    session = make.make_session(run, ahead(10), room=room, trainer=trainer)
    return Scene(by, room, trainer, run, session)


def ahead(days: int, hour: int = 9) -> datetime:
    """That many days from now, at this hour in Beijing."""
    return timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)


def plan_of(days: int, hour: int = 9, hours: int = 3, **kw: object) -> SessionPlan:
    """A session that many days from now."""
    starts = ahead(days, hour)
    return SessionPlan("照护", "skill", starts, starts + timedelta(hours=hours), **kw)  # type: ignore[arg-type]
