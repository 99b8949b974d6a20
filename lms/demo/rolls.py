"""What became of the demo's rolls: corrections by two, sessions closed, one reopened."""

from datetime import timedelta

from django.utils import timezone

from courses import closing, correcting
from courses.models import Attendance, AttendanceState, Session
from lms.demo.staff import District

#: Sessions of the last weeks stay open: a centre closes them once the paper sheets are in.
STILL_OPEN = timedelta(days=30)


def settle(district: District) -> None:
    """Corrections of the last weeks first, for nothing is corrected once a session is closed."""
    by = district.staff
    assert by is not None
    _correct(district)
    over = Session.objects.filter(
        run__centre=district.centre, ends_at__lt=timezone.now() - STILL_OPEN, attendances__isnull=False
    )
    closed = [closing.close_session(by=by, session=session) for session in over.distinct().order_by("starts_at")]
    if closed and district.officers:
        reason = "机构补交签到表，需补录一人"
        closing.reopen_session(by=district.officers[0], session=closed[-1], reason=reason)


def _correct(district: District) -> None:
    """Three marks were wrong: one is put right by the bureau, two wait for a second person."""
    late = Attendance.objects.filter(
        session__run__centre=district.centre,
        session__ends_at__gte=timezone.now() - STILL_OPEN,
        state__in=(AttendanceState.LATE, AttendanceState.LEFT_EARLY),
    )
    proposals = []
    reasons = ("签到表上是 09:00，点名时写错了", "门口签到机卡住，到场时间记晚了", "课后在场整理教具，没有早退")
    for row, reason in zip(late.select_related("session").order_by("-session__starts_at", "pk"), reasons, strict=False):
        assert district.staff is not None
        starts, ends = row.session.starts_at, row.session.ends_at
        proposals.append(
            correcting.propose_correction(
                by=district.staff, attendance=row, arrived_at=starts, left_at=ends, reason=reason
            )
        )
    if proposals and district.officers:
        correcting.confirm_correction(by=district.officers[0], proposal=proposals[0])
