"""The demo's scans: half of today's first class has checked in with the code, some at the kiosk."""

from datetime import timedelta

from django.utils import timezone

from courses import scanning
from courses.models import Enrollment, EnrollmentState, Scan, Session
from lms.demo.staff import District
from lms.registry.crypto import blind_index
from lms.registry.models import Ban

#: Every so manieth has no phone with her.
AT_KIOSK = 7


def scan(district: District) -> None:
    """Check people in to the district's first session of today that has begun and whose roll isn't called."""
    now = timezone.now()
    sessions = Session.objects.filter(run__centre=district.centre, starts_at__lte=now, attendances__isnull=True)
    session = sessions.filter(starts_at__date=timezone.localdate()).order_by("starts_at").first()
    if session is None or district.staff is None:
        return
    banned = Ban.objects.standing().values("person_id")
    enrolled = Enrollment.objects.filter(run=session.run).exclude(state=EnrollmentState.WITHDRAWN)
    there = enrolled.exclude(person__in=banned).select_related("person").order_by("person_id")
    for number, row in enumerate(there[: there.count() // 2]):
        kiosk = number % AT_KIOSK == AT_KIOSK - 1
        scanning.check_in(
            by=district.staff,
            session=session,
            person=row.person,
            at=session.starts_at - timedelta(minutes=district.draw.random.randint(1, 20)),
            way=Scan.Way.KIOSK if kiosk else Scan.Way.CODE,
            device="" if kiosk else blind_index("device", f"demo {session.pk} {number}"),
        )
