"""Telling everybody whom a change of plan concerns: who is enrolled or waits, who sent her, who teaches.

Notices appear on people's desks and go out by mail; see lms.registry.noticing.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from courses.models import CourseRun, EnrollmentState, Session, SessionAct, Trainer
from lms.registry import noticing
from lms.registry.models import Institution, Membership, Role, TrainingCentre, User
from lms.registry.noticing import News

Context = Mapping[str, str | int]


def staff_of(centre: TrainingCentre) -> list[User]:
    """The accounts that work for a centre now."""
    rows = Membership.objects.current().filter(role=Role.CENTRE_STAFF, centre=centre).select_related("user")
    return [row.user for row in rows]


def tell_session(session: Session, code: str, key: str, context: Context, trainers: Iterable[Trainer | None]) -> int:
    """Tell everybody in the session's run, the institutions that sent somebody, and these trainers."""
    news = _news(session.run, code, key, context)
    people = {trainer.person_id for trainer in trainers if trainer and trainer.person_id}
    for user in User.objects.filter(person__in=people, is_active=True):
        news.append(News(user, code, key, context))
    return noticing.tell_all(news)


def tell_moved(session: Session, act: SessionAct, trainers: Iterable[Trainer | None]) -> int:
    """A session was moved: from when to when, where, and why."""
    was = timezone.localtime(act.was_starts_at)
    context = _when(session) | {
        "was_day": was.date().isoformat(),
        "was_clock": clock(act.was_starts_at, act.was_ends_at),
        "reason": act.reason,
    }
    return tell_session(session, "session_moved", str(act.pk), context, trainers)


def tell_session_cancelled(session: Session, act: SessionAct) -> int:
    """A session was cancelled, and why."""
    context = _when(session) | {"reason": act.reason}
    return tell_session(session, "session_cancelled", str(act.pk), context, [session.trainer])


def tell_added(session: Session) -> int:
    """A run has one more session."""
    return tell_session(session, "session_added", str(session.pk), _when(session), [session.trainer])


def tell_cancelled(run: CourseRun) -> int:
    """A run was called off: to everybody in it or waiting for it, to senders and trainers."""
    context: Context = {"run": run.title}
    news = _news(run, "run_cancelled", str(run.pk), context)
    waiting = run.waiting.filter(placed_at__isnull=True, left_at__isnull=True).values("person")
    teaching = Trainer.objects.filter(sessions__run=run, person__isnull=False).values("person")
    users = User.objects.filter(Q(person__in=waiting) | Q(person__in=teaching), is_active=True)
    news += [News(user, "run_cancelled", str(run.pk), context) for user in users]
    return noticing.tell_all(news)


def tell_over(run: CourseRun) -> int:
    """A run is over: whoever was in it may say what she thinks of it."""
    path = reverse("my_evaluation", args=[run.pk])
    return noticing.tell_all(News(user, "run_over", str(run.pk), {"run": run.title}, path) for user in _learners(run))


def clock(starts_at: object, ends_at: object) -> str:
    """From when to when, by the 24-hour clock in Beijing: 09:00–11:15."""
    return "–".join(f"{timezone.localtime(at):%H:%M}" for at in (starts_at, ends_at))  # type: ignore[arg-type]


def when(session: Session) -> dict[str, str | int]:
    """Which session it is and when it takes place, as the wordings need it."""
    return {
        "run": session.run.title,
        "number": session.number,
        "day": timezone.localdate(session.starts_at).isoformat(),
        "clock": clock(session.starts_at, session.ends_at),
    }


def _when(session: Session) -> dict[str, str | int]:
    place = f"{session.run.place} {session.room}" if session.room else session.run.place
    return when(session) | {"place": place}


def _news(run: CourseRun, code: str, key: str, context: Context) -> list[News]:
    """The same for everybody enrolled and for the managers of whoever sent somebody."""
    path = reverse("my_run", args=[run.pk])
    news = [News(user, code, key, context, path) for user in _learners(run)]
    sent_by = run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).values("institution")
    for users in noticing.managers(Institution.objects.filter(pk__in=sent_by)).values():
        news += [News(user, code, key, context) for user in users]
    return news


def _learners(run: CourseRun) -> list[User]:
    enrolled = run.enrollments.exclude(state=EnrollmentState.WITHDRAWN).values("person")
    return list(User.objects.filter(person__in=enrolled, is_active=True))
