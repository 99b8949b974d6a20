"""A carer, her manager, her bureau, and hours she earned elsewhere."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from courses import recognising
from courses.models import HourClaim, HourClaimItem
from courses.recognising import Stretch
from lms.registry.models import Membership, Person, Purpose
from tests import factories as f

DAY = date(2025, 3, 5)


@dataclass
class Scene:
    """Everybody of one district who has to do with a claim."""

    learner: Membership = field(default_factory=f.make_learner)

    def __post_init__(self) -> None:
        person = self.learner.user.person
        assert person is not None
        self.person: Person = person
        post = person.posts.first() or f.make_post(person)
        self.site = post.institution
        self.manager = f.make_manager(self.site)
        self.officer = f.make_officer(self.site.region)

    def claim(self, *stretches: Stretch, by: Membership | None = None, **kw: Any) -> HourClaim:
        values: dict[str, Any] = {
            "person": self.person,
            "source": "outside",
            "title": "托育机构负责人培训",
            "organiser": "市托育服务指导中心",
            "evidence": f.make_file(Purpose.EVIDENCE),
            "stretches": stretches or [stretch()],
        }
        return recognising.claim(by=by or self.learner, **(values | kw))

    def item(self, *stretches: Stretch, **kw: Any) -> HourClaimItem:
        return self.claim(*stretches, **kw).items.select_related("claim__region", "claim__person").get(number=1)


def stretch(starts: str = "09:00", ends: str = "10:30", minutes: int = 90, **kw: Any) -> Stretch:
    """An hour and a half on the morning of DAY; without times only its minutes."""
    values: dict[str, Any] = {"day": DAY, "minutes": minutes, "bucket": "skill"}
    if starts:
        values |= {"starts_at": f.at(f"{DAY} {starts}"), "ends_at": f.at(f"{DAY} {ends}")}
    return Stretch(**(values | kw))


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def photo() -> SimpleUploadedFile:
    """A photo of a certificate, as a phone sends it."""
    from io import BytesIO

    drawn = BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "JPEG")
    return SimpleUploadedFile("证明.jpg", drawn.getvalue(), content_type="image/jpeg")


def sent(**kw: Any) -> dict[str, Any]:
    """The form as a phone sends it, with one part."""
    return {
        "source": "outside",
        "title": "急救培训",
        "organiser": "红十字会",
        "evidence": photo(),
        "items-TOTAL_FORMS": "6",
        "items-INITIAL_FORMS": "0",
        "items-0-day": DAY.isoformat(),
        "items-0-starts": "09:00",
        "items-0-ends": "10:30",
        "items-0-bucket": "skill",
        "items-0-category": "安全防范",
        **{f"items-{number}-bucket": "skill" for number in range(1, 6)},
        **kw,
    }
