"""The monitor of classes: needed, present and short on any day, and the veto that follows from it."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lms.registry.models import ClassCount, ClassGroup, Institution, Leave, Post
from reports import rules
from reports.metrics import Staff
from reports.staffing import ClassDay, Staffing
from reports.vetoes import ratio_breach
from tests.factories import make_ban, make_institution, make_post, make_region, qingpu
from tests.reports.classes import OPENED, make_class, serve

TODAY = timezone.localdate()
db = pytest.mark.django_db


def on(group: ClassGroup, day: date = TODAY) -> ClassDay:
    return next(row for row in Staffing(first=day, institution=group.institution).on(day) if row.group == group)


# --- Arithmetic -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("children", "per_staff", "needed"),
    [(0, 3, 0), (1, 3, 1), (3, 3, 1), (4, 3, 2), (15, 5, 3), (16, 5, 4), (20, 7, 3)],
)
def test_each_begun_group_asks_for_one_more(children: int, per_staff: int, needed: int) -> None:
    assert rules.staff_needed(children, per_staff) == needed


@given(st.integers(0, 50), st.integers(1, 20), st.fractions(0, 10))
def test_so_many_more_are_just_enough(children: int, per_staff: int, present: Fraction) -> None:
    needed = rules.staff_needed(children, per_staff)
    short = rules.staff_short(needed, present)
    assert present + short >= needed
    assert short == 0 or present + short - 1 < needed
    assert needed * per_staff >= children > (needed - 1) * per_staff or children == needed == 0


# --- Who is there ---------------------------------------------------------------------------


@db
@pytest.mark.parametrize(
    ("kind", "children", "staff", "short", "over"),
    [
        ("infant", 10, 4, 0, 0),
        ("infant", 10, 3, 1, 0),
        ("infant", 11, 4, 0, 1),
        ("small", 15, 3, 0, 0),
        ("small", 16, 3, 1, 1),
        ("big", 20, 3, 0, 0),
        ("big", 15, 0, 3, 0),
        ("mixed", 18, 4, 0, 0),
    ],
)
def test_norms_of_the_four_types(kind: str, children: int, staff: int, short: int, over: int) -> None:
    row = on(make_class(kind=kind, children=children, staff=staff))
    assert (row.short, row.over, row.state) == (short, over, "breach" if short or over else "good")


@db
def test_only_posts_of_care_count() -> None:
    group = make_class(children=5)
    serve(group, make_post(institution=group.institution, kind="nutrition"))
    row = on(group)
    assert (row.present, row.short) == (Fraction(0), 1)
    assert row.members[0].why
    serve(group, make_post(institution=group.institution, kind="teacher"))
    assert on(group).short == 0


@db
def test_somebody_in_several_classes_counts_by_her_share() -> None:
    first = make_class(children=5, staff=0)
    post = serve(first).post
    assert on(first).present == 1
    others = [make_class(first.institution, children=5) for _ in range(2)]
    for group in others:
        serve(group, post)
    assert [on(group).present for group in (first, *others)] == [Fraction(1, 3)] * 3
    ClassGroup.objects.filter(pk=others[0].pk).update(closed_on=TODAY)
    assert (on(first).present, on(first, TODAY - timedelta(days=1)).present) == (Fraction(1, 2), Fraction(1, 3))
    assert on(first).short == 1


def away(post: Post, start: int, *, until: int | None = None, back: int | None = None, kind: str = "sick") -> Leave:
    """Leave from and to so many days from today."""
    expected, ended = (TODAY + timedelta(days=offset) if offset is not None else None for offset in (until, back))
    return Leave.objects.create(
        post=post,
        kind=kind,
        started_on=TODAY + timedelta(days=start),
        expected_until=expected,
        ended_on=ended,
    )


def there(group: ClassGroup, *offsets: int) -> str:
    """ "+" on the days she counts, "-" on those she doesn't."""
    monitor = Staffing(
        first=TODAY + timedelta(days=min(offsets)),
        last=TODAY + timedelta(days=max(offsets)),
        institution=group.institution,
    )
    return "".join("+" if monitor.on(TODAY + timedelta(days=offset))[0].present else "-" for offset in offsets)


@db
@pytest.mark.parametrize(
    ("leave", "expected"),
    [
        ({"start": 2, "until": 4}, "+++---+"),
        ({"start": 2}, "+++----"),
        ({"start": -5, "until": 1}, "---++++"),
        ({"start": -9, "until": -3}, "--+++++"),
        ({"start": -9, "back": 0}, "-++++++"),
        ({"start": 0, "until": 29, "kind": "suspension"}, "+------"),
    ],
)
def test_leave_takes_people_away_for_its_days(leave: dict, expected: str) -> None:
    group = make_class(children=5, staff=1)
    away(group.duties.get().post, leave.pop("start"), **leave)
    assert there(group, -1, 0, 1, 2, 3, 4, 5) == expected


@db
def test_duties_posts_and_bans_end_what_they_end() -> None:
    group = make_class(children=5, staff=1)
    duty = group.duties.get()
    Post.objects.filter(pk=duty.post_id).update(state="left", ended_on=TODAY)
    assert there(group, -1, 0) == "+-"
    other = serve(group, since=TODAY)
    assert there(group, -1, 0, 1) == "+++"
    make_ban(other.post.person)
    assert there(group, -1, 0, 1) == "+--"
    assert [member.duty.name for member in on(group).members] == [other.post.person.name]


@db
def test_a_state_without_a_leave_holds_from_today() -> None:
    group = make_class(children=5, staff=1)
    Post.objects.update(state="suspended")
    assert there(group, -1, 0, 1) == "+--"


@db
def test_counts_hold_from_their_day_on() -> None:
    group = make_class(children=None, staff=1)
    assert (on(group).children, on(group).state) == (None, "uncounted")
    ClassCount.objects.create(group=group, since=TODAY, children=6)
    ClassCount.objects.create(group=group, since=TODAY + timedelta(days=2), children=5)
    assert [on(group, TODAY + timedelta(days=offset)).short for offset in (-1, 0, 1, 2, 3)] == [0, 1, 1, 0, 0]


@db
def test_a_closed_class_and_one_that_opens_later_are_not_there() -> None:
    group = make_class()
    ClassGroup.objects.filter(pk=group.pk).update(closed_on=TODAY)
    days = [
        row.group
        for offset in (-1, 0)
        for row in Staffing(first=TODAY, institution=group.institution).on(TODAY + timedelta(days=offset))
    ]
    assert days == []
    monitor = Staffing(first=TODAY - timedelta(days=1), institution=group.institution)
    assert [row.group for row in monitor.on(TODAY - timedelta(days=1))] == [group]
    assert (
        Staffing(first=OPENED - timedelta(days=1), institution=group.institution).on(OPENED - timedelta(days=1)) == []
    )


@db
def test_a_region_is_read_in_a_constant_number_of_queries(django_assert_max_num_queries) -> None:
    for _ in range(5):
        make_class(staff=2)
    make_class(make_institution(region=qingpu()))
    with django_assert_max_num_queries(7):
        monitor = Staffing(first=TODAY, last=TODAY + timedelta(days=13), region=make_region("310117"))
        found = monitor.breaches(TODAY + timedelta(days=offset) for offset in range(14))
    assert set(found.values()) == {0}
    assert len(monitor.on(TODAY)) == 5


# --- The veto -------------------------------------------------------------------------------


def facts(site: Institution) -> list[tuple[str, str, str]]:
    found = ratio_breach(Staff(on=TODAY, institution=site)).get(site.pk, [])
    return [(fact["code"], fact["group"], fact["present"]) for fact in found]


@db
def test_the_veto_names_the_class_and_what_it_lacks() -> None:
    group = make_class(children=16, staff=3, name="小星星班")
    make_class(group.institution, children=5, staff=1)
    assert facts(group.institution) == [("staff_short", "小星星班", "3"), ("class_too_large", "小星星班", "3")]
    ClassCount.objects.update(children=5)
    assert facts(group.institution) == []
