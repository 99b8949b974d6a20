"""The front page, the catalogue, and the editors' screens."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site, Workflow

from courses import seeding
from courses.models import CataloguePage, Course, CoursePage, HomePage
from tests import factories
from tests.factories import signed_in

pytestmark = pytest.mark.django_db
CATALOGUE = "/catalogue/"


@pytest.fixture(autouse=True)
def site():
    return seeding.seed_site()


def published(**kw) -> CoursePage:
    return seeding.publish_page(factories.make_course(**kw), "<p>内容</p>")


def ahead(course):
    return factories.make_session(factories.make_run(course), timezone.now() + timedelta(days=3)).run


def test_migrate_alone_brings_the_site_and_repeating_changes_nothing(site):
    before = list(Page.objects.order_by("pk").values_list("pk", "path"))
    assert seeding.seed_site() == site
    assert list(Page.objects.order_by("pk").values_list("pk", "path")) == before
    assert Site.objects.get(is_default_site=True).root_page_id == site.pk
    assert (HomePage.objects.count(), CataloguePage.objects.count()) == (1, 1)


def test_front_page():
    page = published(title="回应性照护")
    ahead(page.course)
    answer = signed_in(None).get("/")
    assert "回应性照护" in answer.content.decode()
    assert answer.context["courses"][0].open_runs == 1


def test_catalogue_filters_by_part_of_a_chinese_word():
    first_aid = published(title="婴幼儿急救", skill_minutes=90)
    ethics = published(title="职业道德", skill_minutes=0, ethics_minutes=90, kind="pre_service")
    published(title="停开的急救课", active=False)
    client = signed_in(None)

    def found(**query: str) -> set:
        return {course.pk for course in client.get(CATALOGUE, query).context["courses"]}

    assert found() == {first_aid.course_id, ethics.course_id}
    assert found(q="急救") == {first_aid.course_id}
    assert found(bucket="ethics") == found(kind="pre_service") == {ethics.course_id}
    assert found(q="没有") == set()
    assert found(kind="nonsense") == {first_aid.course_id, ethics.course_id}


def test_course_page_offers_each_visitor_what_she_may_do():
    page = published()
    run = ahead(page.course)
    learner, trainer = factories.make_learner(), factories.make_trainer()
    new = f"{reverse('centre_run_new')}?course={page.course_id}"
    shown = {who: signed_in(who).get(page.url).content.decode() for who in (None, learner, trainer)}
    assert reverse("my_run", args=[run.pk]) in shown[learner]
    assert reverse("my_run", args=[run.pk]) not in shown[None] + shown[trainer]
    assert new in shown[trainer]
    assert new not in shown[None] + shown[learner]
    assert f"{reverse('sign_in')}?next={page.url}" in shown[None]


def test_a_trainer_of_another_region_cannot_open_a_run():
    page = published()
    far = factories.make_trainer(factories.make_centre(region=factories.yuecheng()))
    assert signed_in(far).get(page.url).context["may_open"] is False


def test_deleting_a_page_leaves_the_course_and_a_course_with_runs_stays():
    page = published()
    ahead(page.course)
    course = page.course
    page.delete()
    assert Course.objects.filter(pk=course.pk).exists()
    with pytest.raises(ProtectedError):
        course.delete()


@pytest.mark.parametrize("url", ["/", CATALOGUE])
def test_public_pages_take_few_queries(url, django_assert_max_num_queries):
    for number in (1, 8):
        for _ in range(number):
            ahead(published().course)
        client = signed_in(None)
        client.get(url)
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200


def test_course_page_takes_few_queries(django_assert_max_num_queries):
    page = published()
    client = signed_in(factories.make_learner())
    for number in (1, 8):
        for _ in range(number):
            ahead(page.course)
        with django_assert_max_num_queries(15):
            assert client.get(page.url).status_code == 200


def test_an_editor_keeps_courses_in_the_cms():
    by = factories.make_editor()
    by.user.groups.add(Group.objects.get(name=seeding.EDITORS))
    editor = signed_in(by)
    course = factories.make_course(title="婴幼儿急救")
    factories.make_course(title="职业道德")
    listed = editor.get("/cms/courses/", {"q": "急救"})
    assert listed.status_code == 200
    assert "婴幼儿急救" in listed.content.decode()
    assert "职业道德" not in listed.content.decode()
    url = f"/cms/courses/edit/{course.pk}/"
    form = {"code": course.code, "title": "婴幼儿急救入门", "title_en": "", "kind": "in_service", "summary": ""}
    form |= {
        "region": str(course.region_id),
        "skill_minutes": "90",
        "ethics_minutes": "0",
        "awards": "",
        "active": "on",
    }
    assert editor.post(url, form | {"audience": ["carer"]}).status_code == 302
    course.refresh_from_db()
    assert (course.title, course.audience) == ("婴幼儿急救入门", ["carer"])
    assert editor.post(f"/cms/courses/delete/{course.pk}/").status_code == 302
    assert Course.objects.filter(pk=course.pk).exists()


def test_nobody_else_comes_into_the_cms():
    for role, persona in factories.every_persona().items():
        if role != "content_editor":
            assert signed_in(persona).get("/cms/courses/").status_code in (302, 403), role


def test_editors_meet_no_english_names_and_own_names_stay() -> None:
    seeding.seed_site()
    assert not Page.objects.filter(title="Root").exists()
    assert not Workflow.objects.filter(name="Moderators approval").exists()
    root = Page.get_first_root_node()
    Page.objects.filter(pk=root.pk).update(title="育证全站")
    Workflow.objects.update(name="两人审核")
    seeding.seed_site()
    assert Page.objects.get(pk=root.pk).title == "育证全站"
    assert set(Workflow.objects.values_list("name", flat=True)) == {"两人审核"}
