"""Pages of classes: opened, counted and staffed by tapping; the bureau sees who is in breach."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.registry.models import ClassDuty, ClassGroup, Leave, Membership
from tests.factories import make_institution, make_manager, make_officer, make_post, qingpu, signed_in
from tests.reports.classes import make_class, serve

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def manager() -> Membership:
    return make_manager()


@pytest.fixture
def desk(manager: Membership) -> Client:
    return signed_in(manager)


@pytest.fixture
def group(manager: Membership) -> ClassGroup:
    return make_class(manager.institution, children=10)


def act(desk: Client, group: ClassGroup, name: str, **typed: object) -> int:
    return desk.post(reverse("institution_class", args=[group.pk]), {"act": name, **typed}).status_code


def test_a_class_is_opened_once(desk: Client) -> None:
    typed = {"name": "小星星班", "kind": "small", "opened_on": TODAY.isoformat()}
    assert desk.post(reverse("institution_classes"), typed).status_code == 302
    again = desk.post(reverse("institution_classes"), typed)
    assert (again.status_code, again.context["refused"].code) == (409, "class_exists")
    assert ClassGroup.objects.count() == 1


def test_staff_and_children_are_set_by_tapping(desk: Client, group: ClassGroup) -> None:
    post = make_post(institution=group.institution)
    assert act(desk, group, "assign", post=str(post.pk)) == 302
    page = desk.get(reverse("institution_classes"))
    assert [(row.present, row.short) for row in page.context["rows"]] == [(1, 1)]
    assert act(desk, group, "count", children="5", since=TODAY.isoformat()) == 302
    assert not desk.get(reverse("institution_classes")).context["breaches"]
    assert act(desk, group, "count", children="-1", since=TODAY.isoformat()) == 422
    assert act(desk, group, "release", duty=str(ClassDuty.objects.get().pk)) == 302
    assert desk.get(reverse("institution_class", args=[group.pk])).context["row"].short == 1
    assert act(desk, group, "close") == 302
    assert act(desk, group, "close") == 409


def test_nothing_of_another_institution_is_touched(desk: Client, group: ClassGroup) -> None:
    foreign = serve(make_class())
    assert act(desk, group, "assign", post=str(foreign.post.pk)) == 404
    assert act(desk, group, "release", duty=str(foreign.pk)) == 404
    assert act(desk, foreign.group, "close") == 404
    assert ClassDuty.objects.get().ended_on is None


def test_the_days_ahead_show_planned_leave(desk: Client, group: ClassGroup) -> None:
    posts = [serve(group).post for _ in range(2)]
    start = TODAY + timedelta(days=3)
    Leave.objects.create(post=posts[0], kind="other", started_on=start, expected_until=start)
    strip = list(desk.get(reverse("institution_classes")).context["strip"])
    assert [day for day, short in strip if short] == [start]
    assert len(strip) == 14
    on = desk.get(reverse("institution_classes"), {"on": start.isoformat()})
    assert on.context["missing"] == 1


def test_a_bureau_sees_breaches_first_and_only_its_own() -> None:
    good = make_class(make_institution(name="甲园"), children=5, staff=1)
    bad = make_class(make_institution(name="乙园"), children=15, staff=1)
    make_class(make_institution(region=qingpu(), name="丙园"), children=15)
    officer = signed_in(make_officer())
    page = officer.get(reverse("bureau_ratios"))
    assert [(site[0].name, site[2], site[3]) for site in page.context["page"]] == [("乙园", 1, 2), ("甲园", 0, 0)]
    page = officer.get(reverse("bureau_ratios"), {"show": "breach"})
    assert [site[0].name for site in page.context["page"]] == ["乙园"]
    assert officer.get(reverse("bureau_ratio", args=[good.institution_id])).status_code == 200
    assert signed_in(make_officer(qingpu())).get(reverse("bureau_ratio", args=[bad.institution_id])).status_code == 404


def test_lists_stay_flat(desk: Client, group: ClassGroup, django_assert_max_num_queries) -> None:
    officer = signed_in(make_officer())
    for _ in range(5):
        serve(make_class(group.institution))
        make_class(staff=2)
    pages = [(desk, reverse("institution_classes")), (desk, reverse("institution_class", args=[group.pk]))]
    pages += [(officer, reverse("bureau_ratios"))]
    for client, url in pages:
        client.get(url)
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200
