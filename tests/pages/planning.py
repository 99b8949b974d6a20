"""The centre's plan beside its runs: rooms, trainers, the calendar, invitations, requests, opinions."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from courses.models import Excuse, Invitation, Room, Trainer
from tests import factories as make
from tests.pages.table import Page, pk
from tests.world import Place


def of(name: str) -> Any:
    return lambda place: {"pk": place.rows[name].pk}


PAGES: dict[str, Page] = {
    "centre_calendar": Page(("trainer",)),
    "centre_rooms": Page(("trainer",), shows="surname"),
    "centre_room_new": Page(("trainer",), post=422),
    "centre_room": Page(("trainer",), post=422, at=of("room"), shows="surname"),
    "centre_trainers": Page(("trainer",), shows="surname"),
    "centre_trainer_new": Page(("trainer",), post=422),
    "centre_trainer": Page(("trainer",), post=422, at=of("teacher"), shows="surname"),
    "centre_figures": Page(("trainer",)),
    "centre_excuses": Page(("trainer",), post=404, shows="learner_name"),
    "centre_run_change": Page(("trainer",), post=422, at=of("open_run")),
    "centre_session_new": Page(("trainer",), post=422, at=of("open_run")),
    "centre_invite": Page(("trainer",), post=422, at=of("open_run"), shows="institution"),
    "centre_evaluation": Page(("trainer",), at=pk("run"), shows="run"),
    "centre_session_plan": Page(("trainer",), post=422, at=pk("session"), shows="run"),
    "institution_invitations": Page(("manager",)),
    "institution_invitations_today": Page(("manager",)),
    "institution_invitation": Page(("manager",), post=422, at=of("invitation"), shows="learner_name"),
    "my_evaluation": Page(("learner",), post=422, at=pk("run"), shows="run"),
    "my_excuse": Page(("learner",), post=422, at=pk("session"), shows="run"),
}


def furnish(place: Place) -> None:
    """A room and a trainer, a run ahead that the institution is invited to, and a request that waits."""
    place.rows["room"] = Room.objects.create(centre=place.centre, name=f"{place.surname}家讲堂", seats=20)
    place.rows["teacher"] = Trainer.objects.create(centre=place.centre, name=f"{place.surname}讲师")
    run = make.make_run(place.run.course, place.centre)
    session = make.make_session(run, timezone.now() + timedelta(days=20))
    place.rows["open_run"] = run
    place.rows["invitation"] = Invitation.objects.create(
        run=run, institution=place.institution, places=3, invited_by=place.trainer.user
    )
    Excuse.objects.create(session=session, person=place.staff[0], reason="家里有事", asked_by=place.learner.user)
