"""Duties of an organiser, published for a region."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from lms.registry.models import PolicyStatus, Region
from reports.models import Duty
from tests.factories import next_number

PDF = b"%PDF-1.4\n%%EOF\n"


def make_duty(region: Region, **kw: Any) -> Duty:
    """Four times a year for every institution of `region`, for good."""
    values: dict[str, Any] = {
        "code": f"duty-{next_number()}",
        "name": "卫生保健业务指导",
        "name_en": "Guidance on health care",
        "per": Duty.Per.INSTITUTION,
        "times": 4,
        "audiences": ["家长"],
        "year_from": 2021,
        "paper": "test",
        "line": "1",
        "status": PolicyStatus.IN_FORCE,
        "published_at": timezone.now(),
    }
    return Duty.objects.create(region=region, **(values | kw))


def paper(content: bytes = PDF) -> SimpleUploadedFile:
    """A document somebody hands in."""
    return SimpleUploadedFile("记录.pdf", content, content_type="application/pdf")
