"""What a bureau makes of a finding: honest, and everything stays; or false, and the hours are reversed."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from courses import crediting
from courses.errors import refuse
from courses.models import Anomaly, Attendance
from lms.registry import auditing, noticing
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import ConductCase, Membership, Role, User
from lms.registry.noticing import News

#: Working days in which somebody may object to hours that were rejected (domain §7).
OBJECTION_DAYS = 5


def attendances_of(anomaly: Anomaly) -> "QuerySet[Attendance]":
    """The attendances in evidence."""
    rows = Attendance.objects.filter(pk__in=anomaly.evidence.get("attendances", ()))
    return rows.select_related("person", "session__run__centre", "session__room", "session__trainer").order_by(
        "arrived_at", "person_id"
    )


@transaction.atomic
def accept(*, by: Membership, anomaly: Anomaly, reason: str) -> Anomaly:
    """Take what was found for honest. Codes: not_allowed, own_unit, reason_missing, anomaly_decided."""
    anomaly = _open(by, anomaly, reason)
    return _decide(by, anomaly, Anomaly.State.ACCEPTED, reason)


@transaction.atomic
def reject(*, by: Membership, anomaly: Anomaly, reason: str, false: Iterable[UUID], case_number: str = "") -> Anomaly:
    """Take the attendances `false` (of those in evidence) for false: all of their hours are reversed, or none.

    With a `case_number` a conduct case is opened. Everybody concerned is told, and that she may object.
    Codes: not_allowed, own_unit, reason_missing, anomaly_decided, nothing_picked, case_taken, entry_spent
    when some of the hours stand on a certificate: it is revoked first.
    """
    anomaly = _open(by, anomaly, reason)
    wanted = set(false)
    picked = [row for row in attendances_of(anomaly) if row.pk in wanted]
    if anomaly.evidence.get("attendances") and not picked:
        raise refuse("nothing_picked")
    # In the order of people's keys, as everybody locks them.
    for row in sorted(picked, key=lambda row: (row.person_id, row.pk)):
        crediting.reverse_attendance(by=by, attendance=row, note=reason.strip())
    if case_number.strip():
        anomaly.case = _open_case(by, anomaly, case_number.strip(), reason.strip())
    _decide(by, anomaly, Anomaly.State.REJECTED, reason)
    _tell(anomaly, picked)
    return anomaly


def _open(by: Membership, anomaly: Anomaly, reason: str) -> Anomaly:
    anomaly = Anomaly.objects.select_for_update(of=("self",)).select_related("region", "centre").get(pk=anomaly.pk)
    within = by.region is not None and anomaly.region.prefix.startswith(by.region.prefix)
    if by.role != Role.BUREAU_OFFICER or not within:
        raise refuse_by_registry("not_allowed")
    if Membership.objects.current().filter(user=by.user, centre=anomaly.centre).exists():
        raise refuse("own_unit")
    if not reason.strip():
        raise refuse("reason_missing")
    if anomaly.state != Anomaly.State.OPEN:
        raise refuse("anomaly_decided")
    return anomaly


def _decide(by: Membership, anomaly: Anomaly, state: str, reason: str) -> Anomaly:
    anomaly.state, anomaly.reason = state, reason.strip()
    anomaly.decided_by, anomaly.decided_at = by.user, timezone.now()
    anomaly.save(update_fields=["state", "reason", "decided_by", "decided_at", "case"])
    after = {
        "pattern": anomaly.pattern,
        "reason": anomaly.reason,
        "case": anomaly.case.number if anomaly.case else None,
    }
    auditing.record(by, f"anomaly.{state}", anomaly, after=after)
    return anomaly


def _open_case(by: Membership, anomaly: Anomaly, number: str, summary: str) -> ConductCase:
    if ConductCase.objects.filter(number=number).exists():
        raise refuse("case_taken")
    case = ConductCase.objects.create(number=number, region=anomaly.region, summary=summary, opened_by=by.user)
    auditing.record(by, "case.open", case, after={"number": number})
    return case


def _tell(anomaly: Anomaly, rows: list[Attendance]) -> None:
    accounts = {user.person_id: user for user in User.objects.filter(person__in=[row.person_id for row in rows])}
    noticing.tell_all(
        News(
            accounts[row.person_id],
            "hours_rejected",
            str(row.pk),
            {
                "run": row.session.run.title,
                "day": timezone.localdate(row.session.starts_at).isoformat(),
                "reason": anomaly.reason,
                "days": OBJECTION_DAYS,
            },
            reverse("my_run", args=[row.session.run_id]),
        )
        for row in rows
        if row.person_id in accounts
    )
