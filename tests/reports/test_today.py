"""The manager's desk: what is due today, most pressing first, each with the way to where it is done."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certification.models import EntryCheck, EntryReview
from lms.registry.models import ClassCount, ClassGroup, Institution
from tests import factories as f
from tests.reports.staff import assess, certify

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
GOOD: dict[str, Any] = {"health_expires_on": TODAY + timedelta(200), "no_crime_checked_on": TODAY - timedelta(30)}


@pytest.fixture
def site() -> Institution:
    return f.make_institution()


@pytest.fixture
def manager(site: Institution) -> Client:
    return f.signed_in(f.make_manager(site))


def tasks(client: Client) -> list[Any]:
    found: list[Any] = client.get(reverse("institution_home")).context["tasks"]
    return found


def in_order(site: Institution, name: str, **kw: Any) -> Any:
    post = f.make_post(f.make_person(name=name), site, **(GOOD | kw))
    certify(post.person)
    assess(post.person, reached=True, year=TODAY.year)
    return post


def test_nothing_due_is_said_calmly(manager: Client, site: Institution) -> None:
    in_order(site, "全齐")
    page = manager.get(reverse("institution_home"))
    assert page.context["tasks"] == []
    assert "全部在岗人员的证件、证书和学时都齐全。" in page.content.decode()


def test_most_pressing_first_and_each_leads_there(manager: Client, site: Institution) -> None:
    soon = in_order(site, "快到期", health_expires_on=TODAY + timedelta(5))
    expired = in_order(site, "过期", health_expires_on=TODAY - timedelta(5))
    unchecked = in_order(site, "未查询", no_crime_checked_on=None)
    uncertified = f.make_post(f.make_person(name="无证"), site, **GOOD)
    assess(uncertified.person, reached=False, year=TODAY.year)
    barred = in_order(site, "禁入")
    f.make_ban(barred.person)
    entry = EntryReview.objects.create(
        person=f.make_person(name="待入职"),
        institution=site,
        kind="carer",
        planned_on=TODAY,
        due_on=TODAY + timedelta(3),
        opened_by=f.make_user(),
    )
    found = tasks(manager)
    checks, act = reverse("institution_checks"), reverse("institution_staff_act")
    leads = {item.name: item.href for task in found for item in task.items}
    assert [task.items[0].name for task in found][:2] == ["禁入", "待入职"]
    assert found[-1].items[0].name == "快到期"
    assert leads["快到期"] == f"{checks}?kind=health&person={soon.person_id}"
    assert leads["过期"] == f"{checks}?kind=health&person={expired.person_id}"
    assert leads["未查询"] == f"{checks}?kind=no_crime&person={unchecked.person_id}"
    assert leads["待入职"] == reverse("institution_entry", args=[entry.pk])
    assert leads["无证"] == f"{act}?act=enrol&picked={uncertified.pk}"
    end = next(task.href for task in found if task.items[0].name == "禁入")
    assert end == f"{act}?act=end&picked={barred.pk}"
    for href in [*leads.values(), *(task.href for task in found)]:
        assert manager.get(href).status_code == 200, href


def test_a_class_short_of_staff_stands_on_the_desk(manager: Client, site: Institution) -> None:
    group = ClassGroup.objects.create(institution=site, name="小一班", kind="small", opened_on=TODAY)
    url = reverse("institution_classes_today")
    assert "小一班" not in manager.get(url).content.decode()
    ClassCount.objects.create(group=group, since=TODAY, children=10)
    assert "小一班" in manager.get(url).content.decode()
    f.make_post(institution=site)
    assert url in manager.get(reverse("institution_home")).content.decode()


def test_queries_do_not_grow(manager: Client, site: Institution, django_assert_max_num_queries: Any) -> None:
    for number in (1, 15):
        for person in f.make_staff(site, number):
            certify(person, state="unverified")
        for name in ("institution_home", "institution_classes_today"):
            with django_assert_max_num_queries(15):
                assert manager.get(reverse(name)).status_code == 200


def test_the_dossier_lists_the_checks_of_ones_own_institution(manager: Client, site: Institution) -> None:
    post = in_order(site, "全齐")
    other = f.make_post(post.person)
    for place, channel in ((site, "公安派出所"), (other.institution, "别家的渠道")):
        EntryCheck.objects.create(
            person=post.person,
            institution=place,
            kind="no_crime",
            done_on=TODAY,
            channel=channel,
            passed=True,
            consent=True,
        )
    page = manager.get(reverse("institution_person", args=[post.person_id])).content.decode()
    assert "公安派出所" in page
    assert "别家的渠道" not in page
    assert f"{reverse('institution_checks')}?kind=health&amp;person={post.person_id}" in page
