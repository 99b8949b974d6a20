"""Leave and suspension: who may record them, which days fit, and the state of the post that follows."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import absenting, posting
from lms.registry.models import AuditEntry, Leave, Membership, Post, PostState, Role
from tests.factories import (
    make_ban,
    make_institution,
    make_manager,
    make_membership,
    make_officer,
    make_post,
    make_supervisor,
    make_trainer,
    make_user,
    qingpu,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


@pytest.fixture
def post() -> Post:
    return make_post()


@pytest.fixture
def manager(post: Post) -> Membership:
    return make_manager(post.institution)


def leave(
    by: Membership | None, post: Post, *, on: date = TODAY, kind: str = "sick", until: date | None = None
) -> Leave:
    return absenting.begin_leave(by=by, post=post, kind=kind, on=on, expected_until=until)


def suspend(by: Membership | None, post: Post, *, on: date = TODAY, days: int = 30, reason: str = "调查中") -> Leave:
    return absenting.suspend(by=by, post=post, on=on, until=on + timedelta(days=days - 1), reason=reason)


def state(post: Post) -> str:
    return Post.objects.get(pk=post.pk).state


# --- Leave ----------------------------------------------------------------------------------


def test_leave_begins_and_ends_with_the_state_of_the_post(post: Post, manager: Membership) -> None:
    touched = post.updated_at
    row = leave(manager, post, on=day(-3), kind="maternity")
    assert (state(post), row.recorded_by) == ("leave", manager.user)
    assert Post.objects.get(pk=post.pk).updated_at > touched
    absenting.end_leave(by=manager, leave=row, on=TODAY)
    assert (state(post), Leave.objects.get().ended_on) == ("on_post", TODAY)
    assert [entry.action for entry in AuditEntry.objects.filter(subject_kind="leave")] == ["leave.begin", "leave.end"]


def test_whoever_was_on_probation_comes_back_to_it(post: Post, manager: Membership) -> None:
    Post.objects.filter(pk=post.pk).update(state="probation", probation_until=day(10))
    row = leave(manager, post, on=day(-3))
    absenting.end_leave(by=manager, leave=row, on=TODAY)
    assert state(post) == "probation"


def test_planned_leave_begins_by_itself_and_an_ended_probation_is_over(post: Post, manager: Membership) -> None:
    leave(manager, post, on=day(5))
    assert state(post) == "on_post"
    Leave.objects.update(started_on=TODAY)
    probation = make_post(state=PostState.PROBATION, probation_until=day(-1))
    still = make_post(state=PostState.PROBATION, probation_until=TODAY)
    unknown = make_post(state=PostState.PROBATION)
    barred = make_post(state=PostState.PROBATION, probation_until=day(-1))
    make_ban(barred.person)
    assert absenting.keep_states() == 2
    assert [state(row) for row in (post, probation, still, unknown, barred)] == [
        *("leave", "on_post", "probation", "probation", "probation")
    ]
    assert absenting.keep_states() == 0
    assert AuditEntry.objects.filter(action="post.state").count() == 2


def test_posts_on_leave_are_touched_once_a_day(post: Post) -> None:
    leave(None, post, on=day(-3))
    other = make_post()
    yesterday = timezone.now() - timedelta(days=1, hours=1)
    Post.objects.update(updated_at=yesterday)
    absenting.keep_states()
    touched = Post.objects.get(pk=post.pk).updated_at
    assert touched > yesterday
    absenting.keep_states()
    assert Post.objects.get(pk=post.pk).updated_at == touched
    assert Post.objects.get(pk=other.pk).updated_at == yesterday


def test_a_planned_leave_that_is_called_off_was_never_taken(post: Post, manager: Membership) -> None:
    row = leave(manager, post, on=day(5))
    absenting.end_leave(by=manager, leave=row, on=day(5))
    leave(manager, post, on=day(2))
    assert Leave.objects.count() == 2


@pytest.mark.parametrize(
    ("on", "until", "code"),
    [
        (date(2023, 12, 31), None, "leave_dates"),
        (TODAY + timedelta(days=400), None, "leave_dates"),
        (TODAY, TODAY - timedelta(days=1), "leave_dates"),
    ],
)
def test_days_that_do_not_fit(post: Post, manager: Membership, on: date, until: date | None, code: str) -> None:
    with refused(code):
        leave(manager, post, on=on, until=until)
    assert not Leave.objects.exists()
    assert state(post) == "on_post"


def test_nobody_is_away_twice_on_one_day(post: Post, manager: Membership) -> None:
    absenting.end_leave(by=manager, leave=leave(manager, post, on=day(-20)), on=day(-10))
    with refused("leave_overlaps"):
        leave(manager, post, on=day(-15))
    leave(manager, post, on=day(-10))
    with refused("leave_overlaps"):
        suspend(manager, post)
    assert Leave.objects.count() == 2


def test_a_leave_ends_once_and_not_before_it_began(post: Post, manager: Membership) -> None:
    row = leave(manager, post, on=day(-3))
    for on in (day(-4), day(1)):
        with refused("leave_dates"):
            absenting.end_leave(by=manager, leave=row, on=on)
    absenting.end_leave(by=manager, leave=row, on=TODAY)
    with refused("leave_ended"):
        absenting.end_leave(by=manager, leave=row, on=TODAY)


def test_an_ended_post_has_no_leave(post: Post, manager: Membership) -> None:
    posting.end_post(by=manager, post=post, on=TODAY, reason="辞职")
    with refused("post_ended"):
        leave(manager, post)


def test_correction_keeps_the_old_days_in_the_trail(post: Post, manager: Membership) -> None:
    row = leave(manager, post, on=day(-3))
    with refused("reason_missing"):
        correct(manager, row, started_on=day(-5), reason=" ")
    correct(manager, row, started_on=day(-5), ended_on=day(-1))
    assert (state(post), Leave.objects.get().started_on) == ("on_post", day(-5))
    entry = AuditEntry.objects.get(action="leave.correct")
    assert (entry.before or {})["started_on"] == day(-3).isoformat()
    earlier = leave(manager, post, on=day(-1))
    with refused("leave_overlaps"):
        correct(manager, earlier, started_on=day(-4))


def correct(
    by: Membership, row: Leave, *, started_on: date, ended_on: date | None = None, reason: str = "记错了"
) -> Leave:
    return absenting.correct_leave(
        by=by, leave=row, started_on=started_on, ended_on=ended_on, expected_until=row.expected_until, reason=reason
    )


@pytest.mark.parametrize("who", ["other_manager", "officer", "trainer", "learner", "other_officer"])
def test_leave_is_recorded_by_the_manager_alone(post: Post, who: str) -> None:
    makers: dict[str, Callable[[], Membership]] = {
        "other_manager": make_manager,
        "officer": make_officer,
        "trainer": make_trainer,
        "learner": lambda: make_membership(Role.LEARNER, person=post.person),
        "other_officer": lambda: make_officer(qingpu()),
    }
    with refused("not_found" if who == "other_manager" else "not_allowed"):
        leave(makers[who](), post)
    assert not Leave.objects.exists()


# --- Suspension -----------------------------------------------------------------------------


def test_suspension_by_the_manager_or_the_bureau(post: Post, manager: Membership) -> None:
    row = suspend(manager, post)
    assert (state(post), row.expected_until) == ("suspended", day(29))
    absenting.end_leave(by=make_officer(), leave=row, on=TODAY, reason="查无实据")
    assert state(post) == "on_post"
    suspend(make_officer(), post, on=day(0))
    assert state(post) == "suspended"


@pytest.mark.parametrize("who", [make_supervisor, lambda: make_officer(qingpu()), make_trainer, make_manager])
def test_others_do_not_suspend(post: Post, who) -> None:
    with pytest.raises(DomainError) as refusal:
        suspend(who(), post)
    assert refusal.value.code in ("not_allowed", "not_found")
    assert state(post) == "on_post"


def test_nobody_suspends_herself(post: Post) -> None:
    herself = make_manager(post.institution, user=make_user(person=post.person))
    with refused("own_case"):
        suspend(herself, post)


@pytest.mark.parametrize(
    ("on", "days", "reason", "code"),
    [
        (0, 31, "x", "suspension_term"),
        (0, 0, "x", "suspension_term"),
        (1, 5, "x", "leave_dates"),
        (0, 5, "", "reason_missing"),
    ],
)
def test_suspensions_that_are_refused(
    post: Post, manager: Membership, on: int, days: int, reason: str, code: str
) -> None:
    with refused(code):
        suspend(manager, post, on=day(on), days=days, reason=reason)
    assert state(post) == "on_post"


def test_renewal_by_thirty_days_at_most_as_often_as_needed(post: Post, manager: Membership) -> None:
    row = suspend(manager, post, on=day(-20))
    for days in (0, 31):
        with refused("suspension_term"):
            absenting.renew_suspension(by=manager, leave=row, until=day(9 + days), reason="调查未完")
    for until in (39, 69):
        row = absenting.renew_suspension(by=manager, leave=row, until=day(until), reason="调查未完")
    assert Leave.objects.get().expected_until == day(69)
    with refused("reason_missing"):
        absenting.renew_suspension(by=manager, leave=row, until=day(80), reason="")
    sick = leave(manager, make_post(institution=post.institution))
    with refused("leave_kind"):
        absenting.renew_suspension(by=manager, leave=sick, until=day(3), reason="x")


def test_a_suspension_past_its_day_stands_until_somebody_ends_it(post: Post, manager: Membership) -> None:
    row = suspend(manager, post, on=day(-40))
    absenting.keep_states()
    assert state(post) == "suspended"
    with refused("reason_missing"):
        absenting.end_leave(by=manager, leave=row, on=TODAY)


# --- What the database keeps ----------------------------------------------------------------


def broken(code: str):
    return pytest.raises(IntegrityError, match=f"guard:{code}")


def test_a_suspended_person_is_not_brought_back_around_the_verb(post: Post, manager: Membership) -> None:
    suspend(manager, post)
    with broken("suspension_stands"), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(state="on_post")
    posting.end_post(by=manager, post=post, on=TODAY, reason="辞退")
    assert state(post) == "left"


def test_rows_that_overlap_or_begin_before_the_post(post: Post) -> None:
    Leave.objects.create(post=post, kind="sick", started_on=day(-10), ended_on=day(-5))
    with broken("leave_overlaps"), transaction.atomic():
        Leave.objects.create(post=post, kind="sick", started_on=day(-6))
    open_one = Leave.objects.create(post=post, kind="sick", started_on=day(-5))
    with broken("leave_overlaps"), transaction.atomic():
        Leave.objects.filter(pk=open_one.pk).update(started_on=day(-7))
    with broken("leave_dates"), transaction.atomic():
        Leave.objects.filter(pk=open_one.pk).update(started_on=date(2020, 1, 1))
    with broken("append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_leave")
    assert Leave.objects.count() == 2


# --- A post of another kind -----------------------------------------------------------------


def test_leave_and_file_go_on_with_the_succeeding_post(post: Post, manager: Membership) -> None:
    boss = make_post(institution=post.institution)
    below = make_post(institution=post.institution, manager=post)
    Post.objects.filter(pk=post.pk).update(manager=boss, contract_until=day(300), employment="dispatched")
    leave(manager, post, on=day(-3), kind="maternity", until=day(90))
    new = posting.place_on_post(
        by=manager, person=post.person, institution=post.institution, kind="teacher", started_on=TODAY
    )
    assert (new.state, new.manager, new.contract_until, new.employment) == ("leave", boss, day(300), "dispatched")
    old, later = Leave.objects.order_by("started_on")
    assert (old.post_id, old.ended_on) == (post.pk, TODAY)
    assert (later.post_id, later.started_on, later.ended_on, later.expected_until) == (new.pk, TODAY, None, day(90))
    assert Post.objects.get(pk=below.pk).manager == new


def test_planned_leave_moves_as_a_whole(post: Post, manager: Membership) -> None:
    planned = leave(manager, post, on=day(8))
    new = posting.place_on_post(
        by=manager, person=post.person, institution=make_institution(), kind="teacher", started_on=TODAY
    )
    assert Leave.objects.get().post_id == post.pk != new.pk
    new = posting.place_on_post(
        by=manager, person=post.person, institution=post.institution, kind="teacher", started_on=TODAY
    )
    assert (Leave.objects.get().pk, Leave.objects.get().post_id) == (planned.pk, new.pk)
