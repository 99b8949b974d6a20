"""The officer's page of hours and holding rules: what applies, where it comes from, and where there is none."""

import pytest
from django.urls import reverse

from lms.registry.models import Region
from tests.factories import (
    every_persona,
    make_admin,
    make_officer,
    make_region,
    make_standard,
    make_supervisor,
    signed_in,
    songjiang,
    yuecheng,
)

pytestmark = pytest.mark.django_db
URL = "/bureau/standards/"
MAY = {"bureau_officer", "bureau_supervisor", "platform_admin"}


def page(membership):
    response = signed_in(membership).get(URL)
    assert response.status_code == 200
    return response


def test_officer_sees_what_applies_and_its_source():
    response = page(make_officer(songjiang()))
    (row, state), *rest = response.context["above"]
    assert (row.code, state, rest) == ("songjiang-hours-2021", "holds", [])
    rules = {rule.post: rule.code for rule in response.context["rules"]}
    assert (rules["carer"], rules["teacher"]) == ("songjiang-carer", "national-teacher")
    body = response.content.decode()
    assert "松江区托育服务三年行动计划" in body
    assert "S25" in body


def test_standard_above_is_shown_as_not_applying():
    make_standard(make_region("310000"), year_from=2021, skill_hours=60, code="shanghai")
    rows = page(make_officer(songjiang())).context["above"]
    assert [(row.code, state) for row, state in rows] == [("songjiang-hours-2021", "holds"), ("shanghai", "overruled")]


def test_region_without_a_standard_gets_a_calm_page():
    response = page(make_supervisor(yuecheng()))
    assert response.context["above"] == []
    assert response.context["below"] == []
    assert len(response.context["rules"]) == 11
    assert "empty-title" in response.content.decode()


def test_administrators_see_every_district():
    codes = {row.region.code for row, _ in page(make_admin()).context["below"]}
    assert codes == {"310117", "310118", "310120"}


def test_city_sees_its_districts():
    response = page(make_officer(Region.objects.get(code="310000")))
    assert response.context["above"] == []
    assert len(response.context["below"]) == 3


def test_only_bureaus_and_administrators():
    for name, membership in every_persona().items():
        expected = 200 if membership.role in MAY else 403
        assert signed_in(membership).get(URL).status_code == expected, name
    response = signed_in(None).get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("sign_in"))
    assert signed_in(make_officer(songjiang())).post(URL).status_code == 405


def test_few_queries_however_many_standards(django_assert_max_num_queries):
    client = signed_in(make_officer(Region.objects.get(code="310000")))
    for region in Region.objects.filter(prefix__startswith="3101", level="district"):
        make_standard(region, year_from=2026, skill_hours=50)
    with django_assert_max_num_queries(10):
        assert len(client.get(URL).context["below"]) > 15
