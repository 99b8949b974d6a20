"""A learner's course pages: hers only, and what she may do there."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import enrolling
from courses.models import Enrollment
from tests import factories
from tests.factories import signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def ahead(run=None, days: int = 3, **kw):
    return factories.make_session(run, timezone.now() + timedelta(days=days), **kw)


@pytest.fixture
def by():
    return factories.make_learner()


@pytest.fixture
def client(by):
    return signed_in(by)


def test_who_may_open_them():
    run = ahead().run
    urls = [reverse("my_courses"), reverse("my_checkin"), reverse("my_run", args=[run.pk])]
    for role, persona in factories.every_persona().items():
        expected = 200 if role == "learner" else 403
        assert {signed_in(persona).get(url).status_code for url in urls} == {expected}, role
        posted = signed_in(persona).post(reverse("run_enrol", args=[run.pk]))
        assert posted.status_code == (302 if role == "learner" else 403), role
    assert {signed_in(None).get(url).status_code for url in urls} == {302}
    assert Enrollment.objects.count() == 1


def test_enrol_and_withdraw(by, client):
    run = ahead().run
    client.post(reverse("run_enrol", args=[run.pk]))
    row = run.enrollments.get()
    assert (row.person, row.source, row.state) == (by.user.person, "self", "enrolled")
    assert row.institution == by.user.person.posts.get().institution
    page = client.get(reverse("my_run", args=[run.pk]))
    assert (page.context["may_enrol"], page.context["may_withdraw"]) == (False, True)
    client.post(reverse("run_enrol", args=[run.pk]), {"act": "withdraw"})
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_a_full_run_and_a_ban_are_refused_in_words(by, client):
    full = ahead(factories.make_run(capacity=1)).run
    factories.make_enrollment(full)
    assert "run_full" in client.post(reverse("run_enrol", args=[full.pk]), follow=True).content.decode()
    factories.make_ban(by.user.person)
    other = ahead().run
    assert "person_barred" in client.post(reverse("run_enrol", args=[other.pk]), follow=True).content.decode()
    assert not by.user.person.enrollments.exists()


def test_only_runs_of_her_city_and_her_own(by, client):
    near = ahead(factories.make_run(centre=factories.make_centre(region=factories.qingpu()))).run
    far = ahead(factories.make_run(centre=factories.make_centre(region=factories.yuecheng()))).run
    closed = ahead(factories.make_run(state="planned")).run
    past = factories.make_session().run
    hers = factories.make_enrollment(factories.make_session().run, by.user.person).run
    assert [run.pk for run in client.get(reverse("my_courses")).context["near"]] == [near.pk]
    codes = {run: client.get(reverse("my_run", args=[run.pk])).status_code for run in (near, far, closed, past, hers)}
    assert codes == {near: 200, far: 404, closed: 404, past: 404, hers: 200}
    assert client.post(reverse("run_enrol", args=[far.pk])).status_code == 404


def test_checkin_shows_today_and_what_is_recorded(by, client):
    today = factories.make_session(starts_at=timezone.localtime().replace(hour=0, minute=0), minutes=45)
    factories.make_enrollment(today.run, by.user.person)
    others = factories.make_session(starts_at=today.starts_at)
    factories.make_enrollment(others.run)
    context = client.get(reverse("my_checkin")).context
    assert [(session.pk, session.mark) for session in context["today"]] == [(today.pk, None)]
    mark = factories.make_attendance(today, by.user.person)
    assert client.get(reverse("my_checkin")).context["today"][0].mark == mark
    assert "1 课时" in client.get(reverse("my_checkin")).content.decode()


def test_pages_take_few_queries_however_much_there_is(by, client, django_assert_max_num_queries):
    run = ahead().run
    for number in (2, 12):
        for _ in range(number):
            mine = ahead(days=number).run
            factories.make_enrollment(mine, by.user.person)
            past = factories.make_session(mine)
            factories.make_attendance(past, by.user.person)
            ahead(days=number)
        for url in (reverse("my_courses"), reverse("my_checkin"), reverse("my_run", args=[run.pk])):
            with django_assert_max_num_queries(MOST_QUERIES):
                assert client.get(url).status_code == 200


def test_a_learner_without_a_person_sees_empty_pages():
    nobody = signed_in(factories.make_membership("learner"))
    assert nobody.get(reverse("my_courses")).status_code == 200
    assert nobody.get(reverse("my_checkin")).status_code == 200


def test_a_withdrawn_place_is_hers_no_more(by, client):
    run = ahead().run
    row = factories.make_enrollment(run, by.user.person)
    enrolling.withdraw(by=by, enrollment=row)
    page = client.get(reverse("my_courses")).context
    assert (page["going"], [found.pk for found in page["near"]]) == ([], [run.pk])
