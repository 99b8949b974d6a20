"""The demo's classes, leave and employment files: who serves where, who is away, and what is on file."""

from datetime import date, timedelta

from django.utils import timezone

from lms.demo.staff import District
from lms.registry import absenting, employing, grouping
from lms.registry.models import ClassType, Institution, LeaveKind, Membership, NoteKind, Post, PostKind, Role

#: Per type of class: its name, its children, and how many serve in it.
CLASSES = {
    ClassType.INFANT: ("小芽班", 5, 2),
    ClassType.SMALL: ("小星星班", 10, 2),
    ClassType.BIG: ("小太阳班", 14, 2),
}
LEADING = (PostKind.DIRECTOR,)
CARING = (PostKind.TEACHER, PostKind.CARER)


def build_care(district: District) -> None:
    """Classes and employment files of every institution of a district."""
    for order, institution in enumerate(district.institutions):
        posts = list(Post.objects.filter(institution=institution).select_related("person").order_by("recorded_at"))
        manager = Membership.objects.get(institution=institution, role=Role.INSTITUTION_MANAGER)
        _classes(manager, institution, [post for post in posts if post.kind in CARING], order)
        _files(district, manager, posts)
        _leave(district, manager, posts, order)


def _classes(manager: Membership, institution: Institution, carers: list[Post], order: int) -> None:
    opened = _september()
    free = iter(carers)
    for number, kind in enumerate(institution.class_types):
        name, children, staff = CLASSES[ClassType(kind)]
        group = grouping.open_class(by=manager, institution=institution, name=name, kind=kind, opened_on=opened)
        # Every second institution has taken in more children than its staff allows.
        more = 6 if order == 1 and number == 0 else 0
        grouping.count_children(by=manager, group=group, since=opened, children=children + more)
        for _ in range(staff):
            if (post := next(free, None)) is not None:
                grouping.assign(by=manager, group=group, post=post, on=max(opened, post.started_on))


def _files(district: District, manager: Membership, posts: list[Post]) -> None:
    """Everybody is led by the director; contracts run, some are on probation, some have been praised."""
    draw, today = district.draw.random, timezone.localdate()
    director = next(post for post in posts if post.kind in LEADING)
    for post in posts:
        if post != director:
            employing.set_manager(by=manager, post=post, manager=director)
        new = today - post.started_on < timedelta(days=60)
        employing.set_employment(
            by=manager,
            post=post,
            contract_until=today + timedelta(days=draw.randint(30, 900)),
            social_insurance=True,
            probation_until=today + timedelta(days=45) if new else None,
        )
        if draw.random() < 0.2:
            employing.add_note(
                by=manager,
                post=post,
                kind=NoteKind.APPRAISAL,
                on=max(post.started_on, date(today.year - 1, 12, 20)),
                title="年度考核：优秀",
                text="照护细致，家长评价好。",
            )


def _leave(district: District, manager: Membership, posts: list[Post], order: int) -> None:
    """At the first institution one is on maternity leave and one goes soon; at the second an inquiry is open."""
    today = timezone.localdate()
    caring = [post for post in posts if post.kind in CARING]
    old = [post for post in caring if post.started_on < today - timedelta(days=200)]
    if order == 0 and len(old) > 3:
        begun = today - timedelta(days=40)
        absenting.begin_leave(
            by=manager,
            post=old[-1],
            kind=LeaveKind.MATERNITY,
            on=begun,
            expected_until=begun + timedelta(days=157),
        )
        absenting.begin_leave(
            by=manager,
            post=old[1],
            kind=LeaveKind.OTHER,
            on=today + timedelta(days=4),
            expected_until=today + timedelta(days=6),
            reason="婚假",
        )
    if order == 1 and district.place.key == "qingpu" and old:
        absenting.suspend(
            by=manager, post=old[0], on=today, until=today + timedelta(days=29), reason="家长投诉，正在调查"
        )


def _september() -> date:
    """The first day of the school year that is under way."""
    today = timezone.localdate()
    return date(today.year if today.month >= 9 else today.year - 1, 9, 1)
