"""A correction from beginning to end: one proposes it, a colleague of hers confirms it."""

from datetime import datetime

from django.db import transaction

from courses import correcting
from courses.models import Attendance
from lms.registry.models import Membership
from tests.factories import make_trainer


def corrected(
    *, by: Membership, attendance: Attendance, arrived_at: datetime | None, left_at: datetime | None, reason: str
) -> Attendance:
    """The attendance as both want it; refusals of either step come through."""
    with transaction.atomic():
        proposal = correcting.propose_correction(
            by=by, attendance=attendance, arrived_at=arrived_at, left_at=left_at, reason=reason
        )
        return correcting.confirm_correction(by=make_trainer(by.centre), proposal=proposal)
