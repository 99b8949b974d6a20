"""Closing a session: from then on its attendance is final, until a bureau reopens it."""

from django.db import transaction
from django.utils import timezone

from courses.errors import refuse
from courses.models import Attendance, CorrectionProposal, Enrollment, EnrollmentState, Excuse, Session, SessionAct
from lms.registry import auditing
from lms.registry.errors import guarded
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Membership, Role


@transaction.atomic
def close_session(*, by: Membership, session: Session) -> Session:
    """Make a session's attendance final; by staff of its centre.

    Refuses `not_allowed`, `session_closed`, `session_cancelled`, `session_not_ended`, `roll_incomplete` (with how
    many people aren't marked: `count`), `correction_open`, `excuse_open`.
    """
    session = _locked(session)
    if by.role != Role.CENTRE_STAFF or by.centre_id != session.run.centre_id:
        raise refuse_by_registry("not_allowed")
    if session.closed_at is not None:
        raise refuse("session_closed")
    if session.cancelled_at is not None:
        raise refuse("session_cancelled")
    if session.ends_at > timezone.now():
        raise refuse("session_not_ended")
    if missing := unmarked(session):
        raise refuse("roll_incomplete", count=missing)
    if CorrectionProposal.objects.filter(attendance__session=session, state=CorrectionProposal.State.OPEN).exists():
        raise refuse("correction_open")
    if session.excuses.filter(state=Excuse.State.OPEN).exists():
        raise refuse("excuse_open")
    session.closed_at = timezone.now()
    return _written(by, session, SessionAct.Step.CLOSE, "")


@transaction.atomic
def reopen_session(*, by: Membership, session: Session, reason: str) -> Session:
    """Let a centre change a closed session again; by a bureau officer of its region, with a reason.

    Refuses `not_allowed`, `reason_missing`, `session_open` when it isn't closed.
    """
    session = _locked(session)
    region = by.region.prefix if by.region else None
    if by.role != Role.BUREAU_OFFICER or region is None or not session.run.region.prefix.startswith(region):
        raise refuse_by_registry("not_allowed")
    if not reason.strip():
        raise refuse("reason_missing")
    if session.closed_at is None:
        raise refuse("session_open")
    session.closed_at = None
    return _written(by, session, SessionAct.Step.REOPEN, reason.strip())


def unmarked(session: Session) -> int:
    """How many of those enrolled have no mark."""
    marked = Attendance.objects.filter(session=session).values("person_id")
    rows = Enrollment.objects.filter(run_id=session.run_id).exclude(state=EnrollmentState.WITHDRAWN)
    return rows.exclude(person_id__in=marked).count()


def _locked(session: Session) -> Session:
    rows = Session.objects.select_for_update(of=("self",)).select_related("run__region")
    return rows.get(pk=session.pk)


def _written(by: Membership, session: Session, step: SessionAct.Step, reason: str) -> Session:
    """Write the act down, then the session: a guard reopens nothing without its act."""
    SessionAct.objects.create(
        session=session,
        step=step,
        was_starts_at=session.starts_at,
        was_ends_at=session.ends_at,
        was_room_id=session.room_id,
        reason=reason,
        by=by.user,
    )
    with guarded():
        session.save(update_fields=["closed_at"])
    after = {"reason": reason} if reason else None
    auditing.record(by, f"{step}_session", session, after=after)
    return session
