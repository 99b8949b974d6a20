"""Set-up shared by the tests of classes: classes with children and who serves in them, as rows."""

from datetime import date
from typing import Any

from lms.registry.models import ClassCount, ClassDuty, ClassGroup, Institution, Post
from tests.factories import make_institution, make_post, next_number

OPENED = date(2025, 9, 1)


def make_class(
    institution: Institution | None = None, *, children: int | None = 10, staff: int = 0, **kw: Any
) -> ClassGroup:
    """A class since 1 September 2025 with so many children and carers."""
    institution = institution or make_institution()
    values: dict[str, Any] = {"name": f"小星星{next_number()}班", "kind": "small", "opened_on": OPENED}
    group = ClassGroup.objects.create(institution=institution, **(values | kw))
    if children is not None:
        ClassCount.objects.create(group=group, since=group.opened_on, children=children)
    for _ in range(staff):
        serve(group)
    return group


def serve(group: ClassGroup, post: Post | None = None, *, since: date | None = None, **kw: Any) -> ClassDuty:
    """A post, a new carer's unless given, serves in the class."""
    post = post or make_post(institution=group.institution)
    return ClassDuty.objects.create(group=group, post=post, started_on=since or group.opened_on, **kw)
