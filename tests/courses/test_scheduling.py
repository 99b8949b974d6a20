"""Planning runs, and the states they go through."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses import scheduling
from courses.models import CourseRun, Session
from courses.scheduling import SessionPlan
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db


def plan(starts: str, ends: str, **kw: object) -> SessionPlan:
    return SessionPlan("照护", "skill", at(starts), at(ends), **kw)  # type: ignore[arg-type]


MORNING = plan("2025-03-05 09:00", "2025-03-05 12:00", break_minutes=15)
AFTERNOON = plan("2025-03-05 13:00", "2025-03-05 16:00")


def planned(by=None, sessions=(MORNING, AFTERNOON), **kw):
    by = by or factories.make_trainer()
    values: dict[str, Any] = {"title": "三月班", "place": "松江", "capacity": 30} | kw
    course = values.pop("course", None) or factories.make_course()
    return scheduling.plan_run(by=by, course=course, centre=by.centre, sessions=sessions, **values)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_plan_opens_with_sessions_in_order_of_time():
    by = factories.make_trainer()
    run = planned(by, sessions=(AFTERNOON, MORNING), open=True)
    assert run.state == "open"
    assert [s.starts_at for s in run.sessions.order_by("number")] == [MORNING.starts_at, AFTERNOON.starts_at]
    assert AuditEntry.objects.get(action="plan_run").actor == by.user


def test_codes_count_up_per_region_and_year():
    by = factories.make_trainer()
    codes = [planned(by).code, planned(by).code]
    assert codes == ["310117-2025-0001", "310117-2025-0002"]
    assert planned(factories.make_trainer(factories.make_centre(region=factories.qingpu()))).code == "310118-2025-0001"


@pytest.mark.parametrize(
    ("sessions", "code"),
    [
        ([plan("2025-03-05 12:00", "2025-03-05 09:00")], "session_times"),
        ([plan("2025-03-05 09:00", "2025-03-05 09:00")], "session_times"),
        ([plan("2025-03-05 22:00", "2025-03-06 22:01")], "session_times"),
        ([plan("2025-03-05 09:00", "2025-03-05 10:00", break_minutes=60)], "break_too_long"),
        ([MORNING, plan("2025-03-05 11:00", "2025-03-05 14:00")], "sessions_overlap"),
        ([], "run_without_sessions"),
    ],
)
def test_plan_refuses(sessions, code):
    assert code_of(lambda: planned(sessions=sessions, open=True)) == code
    assert not CourseRun.objects.exists()
    assert not Session.objects.exists()


def test_a_session_may_end_at_midnight():
    assert planned(sessions=[plan("2025-12-31 22:00", "2026-01-01 00:00")]).sessions.count() == 1


def test_plan_refuses_a_course_no_longer_offered():
    course = factories.make_course(active=False)
    assert code_of(lambda: planned(course=course)) == "course_inactive"


def test_open_then_finish():
    by = factories.make_trainer()
    run = planned(by)
    assert run.state == "planned"
    assert scheduling.open_run(by=by, run=run).state == "open"
    assert code_of(lambda: scheduling.open_run(by=by, run=run)) == "run_state"
    assert scheduling.finish_run(by=by, run=run).state == "finished"
    assert code_of(lambda: scheduling.cancel_run(by=by, run=run)) == "run_state"


def test_open_needs_a_session():
    by = factories.make_trainer()
    run = planned(by, sessions=[])
    assert code_of(lambda: scheduling.open_run(by=by, run=run)) == "run_without_sessions"


def test_finish_waits_for_the_last_session():
    by = factories.make_trainer()
    run = factories.make_run(centre=by.centre)
    factories.make_session(run, timezone.now() - timedelta(hours=1), minutes=120)
    assert code_of(lambda: scheduling.finish_run(by=by, run=run)) == "sessions_ahead"
    run.refresh_from_db()
    assert run.state == "open"


def test_cancel_unless_somebody_was_there():
    by = factories.make_trainer()
    run, held = factories.make_run(centre=by.centre), factories.make_run(centre=by.centre)
    factories.make_attendance(factories.make_session(held), factories.make_person())
    assert scheduling.cancel_run(by=by, run=run).state == "cancelled"
    assert code_of(lambda: scheduling.cancel_run(by=by, run=held)) == "roll_called"
