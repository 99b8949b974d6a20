"""Classes: opened, counted, closed, and who serves in them."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import grouping, posting
from lms.registry.models import ClassCount, ClassDuty, ClassGroup, Institution, Membership, Post
from tests.factories import make_institution, make_manager, make_officer, make_post

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
OPENED = date(2025, 9, 1)


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


@pytest.fixture
def site() -> Institution:
    return make_institution()


@pytest.fixture
def manager(site: Institution) -> Membership:
    return make_manager(site)


@pytest.fixture
def group(site: Institution, manager: Membership) -> ClassGroup:
    return open_class(manager, site)


def open_class(by: Membership, site: Institution, name: str = "小星星班") -> ClassGroup:
    return grouping.open_class(by=by, institution=site, name=name, kind="small", opened_on=OPENED)


def test_a_name_stands_for_one_open_class(site: Institution, manager: Membership, group: ClassGroup) -> None:
    with refused("class_exists"):
        open_class(manager, site, " 小星星班 ")
    with refused("title_missing"):
        open_class(manager, site, " ")
    grouping.close_class(by=manager, group=group, on=TODAY)
    assert open_class(manager, site).pk != group.pk


def test_only_the_own_manager(site: Institution, group: ClassGroup) -> None:
    with refused("not_found"):
        open_class(make_manager(), site)
    with refused("not_allowed"):
        open_class(make_officer(), site)
    with refused("not_found"):
        grouping.close_class(by=make_manager(), group=group, on=TODAY)
    assert ClassGroup.objects.get().closed_on is None


def test_a_class_closes_once_and_not_ahead(manager: Membership, group: ClassGroup) -> None:
    for on in (OPENED - timedelta(days=1), TODAY + timedelta(days=1)):
        with refused("class_dates"):
            grouping.close_class(by=manager, group=group, on=on)
    grouping.close_class(by=manager, group=group, on=TODAY)
    with refused("class_closed"):
        grouping.close_class(by=manager, group=group, on=TODAY)
    with refused("class_closed"):
        grouping.count_children(by=manager, group=group, since=TODAY, children=3)


def test_a_second_count_of_a_day_takes_the_place_of_the_first(manager: Membership, group: ClassGroup) -> None:
    for children in (12, 12, 14):
        grouping.count_children(by=manager, group=group, since=TODAY, children=children)
    grouping.count_children(by=manager, group=group, since=OPENED, children=9)
    assert list(ClassCount.objects.values_list("since", "children")) == [(TODAY, 14), (OPENED, 9)]
    with refused("class_closed"):
        grouping.count_children(by=manager, group=group, since=OPENED - timedelta(days=1), children=9)


def assign(by: Membership, group: ClassGroup, post: Post, on: date = TODAY) -> ClassDuty:
    return grouping.assign(by=by, group=group, post=post, on=on)


def test_somebody_serves_once_in_a_class_and_in_several(
    manager: Membership, group: ClassGroup, site: Institution
) -> None:
    post = make_post(institution=site)
    duty = assign(manager, group, post)
    assert assign(manager, group, post) == duty
    assign(manager, open_class(manager, site, "大月亮班"), post)
    assert ClassDuty.objects.count() == 2
    grouping.release(by=manager, duty=duty, on=TODAY)
    with refused("class_closed"):
        grouping.release(by=manager, duty=duty, on=TODAY)
    assert assign(manager, group, post) != duty


def test_who_cannot_serve(manager: Membership, group: ClassGroup, site: Institution) -> None:
    with refused("not_found"):
        assign(manager, group, make_post())
    late = make_post(institution=site, started_on=TODAY)
    with refused("post_dates"):
        assign(manager, group, late, TODAY - timedelta(days=1))
    posting.end_post(by=manager, post=late, on=TODAY, reason="辞职")
    with refused("post_ended"):
        assign(manager, group, late)
    with refused("class_closed"):
        assign(manager, group, make_post(institution=site), OPENED - timedelta(days=1))
    assert not ClassDuty.objects.exists()


def test_the_database_keeps_class_and_post_of_one_institution(group: ClassGroup, site: Institution) -> None:
    with pytest.raises(IntegrityError, match="guard:class_elsewhere"), transaction.atomic():
        ClassDuty.objects.create(group=group, post=make_post(), started_on=TODAY)
    duty = ClassDuty.objects.create(group=group, post=make_post(institution=site), started_on=TODAY)
    with pytest.raises(IntegrityError, match="guard:class_elsewhere"), transaction.atomic():
        ClassDuty.objects.filter(pk=duty.pk).update(post=make_post())


def test_duties_go_on_with_a_post_of_another_kind(manager: Membership, group: ClassGroup, site: Institution) -> None:
    post = make_post(institution=site)
    assign(manager, group, post, TODAY - timedelta(days=9))
    new = posting.place_on_post(by=manager, person=post.person, institution=site, kind="teacher", started_on=TODAY)
    old, later = ClassDuty.objects.order_by("started_on")
    assert (old.post_id, old.ended_on) == (post.pk, TODAY)
    assert (later.post_id, later.started_on, later.ended_on) == (new.pk, TODAY, None)
