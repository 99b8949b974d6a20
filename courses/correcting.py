"""Putting a recorded attendance right: one person proposes, a second one confirms or rejects.

The old value is kept with its reason, its hours are reversed and credited anew.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses import crediting, policies, rules
from courses.attending import account_of, judge, open_session, presence_of, span_of, teaching, words_of
from courses.enrolling import lock_people
from courses.errors import barred, refuse
from courses.models import Attendance, AttendanceCorrection, CorrectionProposal
from lms.registry import auditing
from lms.registry.errors import guarded
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Membership, PrivateFile, Role, User

By = Membership | User
#: Who may be the first or the second person: staff of the centre, or an officer of its region.
MAY_DECIDE = (Role.CENTRE_STAFF, Role.BUREAU_OFFICER)


@transaction.atomic
def propose_correction(
    *,
    by: By,
    attendance: Attendance,
    arrived_at: datetime | None,
    left_at: datetime | None,
    reason: str,
    evidence: PrivateFile | None = None,
) -> CorrectionProposal:
    """Ask for an attendance to say something else; both times None means absent. Nothing changes yet.

    Refuses `not_allowed`, `reason_missing`, `times_incomplete`, `times_outside`, `nothing_changed`, `session_closed`,
    `session_cancelled`, `attendance_false`, `correction_open` while another proposal for it awaits its second person.
    """
    refuse_unless_allowed(by)
    if not reason.strip():
        raise refuse("reason_missing")
    attendance = _locked(attendance)
    if (attendance.arrived_at, attendance.left_at) == (arrived_at, left_at):
        raise refuse("nothing_changed", person=attendance.person.name)
    presence_of(attendance.session, attendance.person, arrived_at, left_at)
    if attendance.proposals.filter(state=CorrectionProposal.State.OPEN).exists():
        raise refuse("correction_open", person=attendance.person.name)
    proposal = CorrectionProposal.objects.create(
        attendance=attendance,
        revision=attendance.revision,
        arrived_at=arrived_at,
        left_at=left_at,
        reason=reason.strip(),
        evidence=evidence,
        proposed_by=account_of(by),
    )
    auditing.record(by, "propose_correction", attendance, before=words_of(attendance), after=_wanted(proposal))
    return proposal


@transaction.atomic
def confirm_correction(*, by: By, proposal: CorrectionProposal) -> Attendance:
    """The second person's yes: the attendance says what was proposed, and the ledger follows.

    Refuses `not_allowed`, `same_person` for whoever proposed it, `correction_decided`, `correction_stale` when the
    attendance changed since, `session_closed`, `session_cancelled`, `attendance_false`, `own_session`, `entry_spent`
    when the hours stand on a certificate, `person_barred` when it would credit a barred person.
    """
    # Session, people, attendance: the order in which everybody locks them.
    open_session(proposal.attendance.session)
    banned = lock_people([proposal.attendance.person_id])
    attendance = _locked(proposal.attendance)
    person, session = attendance.person, attendance.session
    proposal = _open(by, proposal)
    if proposal.revision != attendance.revision:
        raise refuse("correction_stale")
    presence = presence_of(session, person, proposal.arrived_at, proposal.left_at)
    if presence and teaching(session, [person.pk]):
        raise refuse("own_session", person=person.name)
    if presence and banned:
        raise barred(person=person.name)
    before, old_minutes = words_of(attendance), attendance.minutes
    AttendanceCorrection.objects.create(
        attendance=attendance,
        proposal=proposal,
        revision=attendance.revision,
        old_state=attendance.state,
        old_arrived_at=attendance.arrived_at,
        old_left_at=attendance.left_at,
        old_minutes=attendance.minutes,
    )
    beside = crediting.beside(span_of(session), [person.pk], but=session)
    rule = policies.attendance_rule_for(session.run.region, rules.day_of(session.starts_at))
    judge(attendance, presence, rule, beside.get(person.pk, crediting.Beside()))
    attendance.revision += 1
    with guarded():
        attendance.save(update_fields=["state", "arrived_at", "left_at", "minutes", "less", "revision"])
    if attendance.minutes != old_minutes:
        entries = list(crediting.standing(session, [person.pk]).order_by("part"))
        crediting.reverse(by=by, entries=entries, note=proposal.reason)
        crediting.credit_all(by=by, session=session, attendances=[attendance], beside=beside)
    _decide(by, proposal, CorrectionProposal.State.CONFIRMED, "")
    auditing.record(by, "correct_attendance", attendance, before=before, after=words_of(attendance))
    return attendance


@transaction.atomic
def reject_correction(*, by: By, proposal: CorrectionProposal, reason: str) -> CorrectionProposal:
    """The second person's no; nothing changes. Refuses `not_allowed`, `reason_missing`, `same_person`,
    `correction_decided`."""
    if not reason.strip():
        raise refuse("reason_missing")
    proposal = _open(by, proposal)
    _decide(by, proposal, CorrectionProposal.State.REJECTED, reason.strip())
    auditing.record(by, "reject_correction", proposal.attendance, after={"reason": proposal.decision})
    return proposal


def _locked(attendance: Attendance) -> Attendance:
    """The attendance, read anew under its session's lock and its own."""
    session = open_session(attendance.session)
    row = Attendance.objects.select_for_update(of=("self",)).select_related("person").get(pk=attendance.pk)
    row.session = session
    if row.less == rules.FALSE:
        raise refuse("attendance_false", person=row.person.name)
    return row


def refuse_unless_allowed(by: By) -> None:
    """Refuses `not_allowed` for roles that have no say in attendance."""
    if isinstance(by, Membership) and by.role not in MAY_DECIDE:
        raise refuse_by_registry("not_allowed")


def _open(by: By, proposal: CorrectionProposal) -> CorrectionProposal:
    refuse_unless_allowed(by)
    proposal = CorrectionProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if proposal.state != CorrectionProposal.State.OPEN:
        raise refuse("correction_decided")
    if proposal.proposed_by_id == account_of(by).pk:
        raise refuse("same_person")
    return proposal


def _decide(by: By, proposal: CorrectionProposal, state: str, reason: str) -> None:
    proposal.state, proposal.decision = state, reason
    proposal.decided_by, proposal.decided_at = account_of(by), timezone.now()
    proposal.save(update_fields=["state", "decision", "decided_by", "decided_at"])


def _wanted(proposal: CorrectionProposal) -> dict[str, object]:
    return {
        "arrived_at": proposal.arrived_at.isoformat() if proposal.arrived_at else None,
        "left_at": proposal.left_at.isoformat() if proposal.left_at else None,
        "reason": proposal.reason,
    }
