"""Hours earned elsewhere in the demo: granted, granted in part, waiting; and next year's hours as a draft."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from certification import standardising
from courses import recognising
from courses.models import Bucket, HourClaim, Source
from courses.recognising import Stretch
from lms.demo.outcomes import paper
from lms.demo.staff import District
from lms.registry.models import Membership, PolicyStatus, Purpose, Role

#: source, what it was, who held it, category, days ago; the first is granted, the second in part, the third waits.
CLAIMS = (
    (Source.OUTSIDE, "婴幼儿急救与意外伤害处置培训", "市红十字会培训中心", "安全防范", 75),
    (Source.PRACTICE, "托小班跟岗实践", "带教老师：周慧敏（区托育服务指导中心）", "职业技能", 50),
    (Source.DRILL, "消防疏散应急演练", "街道应急管理办公室", "安全防范", 20),
)
IN_PART = "含午休时间，午休不计学时。"


def claim(district: District) -> None:
    """One institution claims for three of its staff; the bureau has decided on two."""
    by = Membership.objects.current().filter(role=Role.INSTITUTION_MANAGER, institution__in=district.institutions)
    manager = by.order_by("institution__name", "pk").first()
    if manager is None:
        return
    staff = [person for person, _kind, institution, _share in district.people if institution == manager.institution]
    rows = []
    for person, (source, title, organiser, category, ago) in zip(staff, CLAIMS, strict=False):
        day = timezone.localdate() - timedelta(days=ago)
        starts = datetime.combine(day, time(18, 30), tzinfo=timezone.get_current_timezone())
        stretch = Stretch(day, 120, Bucket.SKILL, category, False, starts, starts + timedelta(hours=2))
        rows.append(
            recognising.claim(
                by=manager,
                person=person,
                source=source,
                title=title,
                organiser=organiser,
                evidence=paper(f"{title}证明", Purpose.EVIDENCE, manager.user),
                stretches=[stretch],
            )
        )
    for row, (minutes, reason) in zip(rows, ((120, ""), (90, IN_PART)), strict=False):
        _decide(district, row, minutes, reason)


def _decide(district: District, row: HourClaim, minutes: int, reason: str) -> None:
    item = row.items.select_related("claim__region", "claim__person").get()
    recognising.decide(by=district.officers[0], item=item, minutes=minutes, reason=reason)


def draft(district: District) -> None:
    """Next year's hours, as an officer would like them: a colleague may publish them."""
    standardising.draft(
        by=district.officers[0],
        region=district.region,
        values={
            "year_from": timezone.localdate().year + 1,
            "year_to": None,
            "skill_hours": 90,
            "ethics_hours": 40,
            "lesson_minutes": 45,
            "variant": "prorata",
            "year_kind": "calendar",
            "categories": ["职业道德", "职业技能", "安全防范"],
            "category_hours": {},
            "onsite_percent": 50,
            "day_ceiling": 8,
            "paper": "新一轮托育服务三年行动计划（征求意见稿）",
            "line": "第12条",
            "status": PolicyStatus.CONSULTATION,
        },
    )
