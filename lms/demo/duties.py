"""The demo's yearly duties: some done with proof, some behind the year."""

from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from lms.demo.outcomes import blank_document
from lms.demo.staff import District
from lms.registry.models import Membership, Role
from reports import organising
from reports.models import Duty


def fulfil(district: District) -> None:
    """Regional duties stand one short of the year; of the institutions the first did all, the others are behind."""
    today = timezone.localdate()
    for duty in organising.duties(district.region, today.year):
        due = organising.counter(duty, today.year, 0).due
        if duty.per == Duty.Per.REGION:
            for number in range(max(0, due - 1)):
                _record(district.officers[0], duty, _month(number, due), number)
            continue
        manager = Membership.objects.get(institution=district.institutions[0], role=Role.INSTITUTION_MANAGER)
        for number in range(max(due, 1)):
            _record(manager, duty, _month(number, max(due, 1)), number, institution=district.institutions[0])


def _record(by: Membership, duty: Duty, on: date, number: int, **kw: object) -> None:
    audience = duty.audiences[number % len(duty.audiences)] if duty.audiences else ""
    organiser = f"{by.region.name if by.region else '区'}妇幼保健院"
    organising.record_act(
        by=by,
        duty=duty,
        on=on,
        title=f"{duty.name}（第 {number + 1} 次）",
        organiser=organiser,
        headcount=18 + 7 * number,
        audience=audience,
        evidence=SimpleUploadedFile("签到表.pdf", blank_document("签到表"), content_type="application/pdf"),
        **kw,  # type: ignore[arg-type]
    )


def _month(number: int, of: int) -> date:
    """Spread over the part of the year that has passed."""
    today = timezone.localdate()
    first = date(today.year, 1, 1)
    return first + timedelta(days=(today - first).days * number // of)
