"""The desks and their figures: who may see which page, what it says, and how many queries it takes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lms.registry.models import AuditEntry, Institution, Membership, Role
from reports import metrics
from reports.models import RateSnapshot
from tests.factories import (
    every_persona,
    give_hours,
    make_admin,
    make_ban,
    make_institution,
    make_manager,
    make_officer,
    make_person,
    make_post,
    make_staff,
    make_supervisor,
    qingpu,
    signed_in,
)
from tests.reports.staff import assess, certify

pytestmark = pytest.mark.django_db
LONG = "欧阳" * 20
BUREAU = {"bureau_officer", "bureau_supervisor", "platform_admin"}
PAGES: dict[str, set[str]] = {
    "bureau_home": BUREAU,
    "bureau_rates": BUREAU,
    "bureau_rate_people": BUREAU,
    "rate_export": BUREAU | {"institution_manager"},
    "institution_home": {"institution_manager"},
    "institution_rates": {"institution_manager"},
}


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("name", PAGES)
def test_every_page_for_every_persona(name: str) -> None:
    for role, membership in every_persona().items():
        answer = signed_in(membership).get(reverse(name))
        assert answer.status_code == (200 if role in PAGES[name] else 403), role
    assert signed_in(None).get(reverse(name)).status_code == 302


@pytest.fixture
def site() -> Institution:
    """Four people who should hold a certificate, of whom one does."""
    site = make_institution(name="松江小树苗托育园")
    holder, *_others = make_staff(site, 3)
    certify(holder)
    make_post(make_person(name=LONG), site)
    return site


def test_the_bureau_rate_leads_down_to_the_people(site: Institution) -> None:
    officer = signed_in(make_officer())
    page = text(officer.get(reverse("bureau_rates")))
    assert "25.0%" in page
    assert "1 / 4" in page
    assert site.name in page
    people = reverse("bureau_rate_people")
    listed = text(officer.get(people, {"institution": site.uscc, "show": "lacking"}))
    assert LONG in listed
    assert "没有证书记录" in listed
    assert LONG not in text(officer.get(people, {"institution": site.uscc, "show": "holds"}))
    assert officer.get(reverse("bureau_rates"), {"institution": site.uscc})["Location"] == (
        f"{people}?institution={site.uscc}"
    )


def test_any_day_in_the_address(site: Institution) -> None:
    officer = signed_in(make_officer())
    before = {"on": "2020-01-01"}
    assert "—" in text(officer.get(reverse("bureau_rates"), before))
    unreadable = officer.get(reverse("bureau_rates"), {"on": "2025-02-31", "metric": "nonsense"})
    assert unreadable.status_code == 200
    assert "25.0%" in text(unreadable)


def test_the_official_figure_may_be_named_in_the_address(site: Institution) -> None:
    officer = signed_in(make_officer())
    for name in ("bureau_rates", "bureau_rate_people"):
        named = officer.get(reverse(name), {"metric": metrics.OFFICIAL})
        assert not named.context["form"].errors
        assert officer.get(reverse(name), {"metric": "nonsense"}).context["form"].errors


def test_what_lies_elsewhere_does_not_exist(site: Institution) -> None:
    elsewhere = signed_in(make_officer(qingpu()))
    for name, query in (
        ("bureau_rate_people", {"institution": site.uscc}),
        ("rate_export", {"institution": site.uscc}),
        ("bureau_rate_people", {"region": "310117"}),
    ):
        assert elsewhere.get(reverse(name), query).status_code == 404
    assert site.name not in text(elsewhere.get(reverse("bureau_rates")))
    other = signed_in(make_manager())
    assert other.get(reverse("institution_rates"), {"institution": site.uscc}).status_code == 404
    assert site.name not in text(other.get(reverse("institution_rates")))


def test_a_manager_sees_who_lacks_what() -> None:
    site = make_institution()
    today = timezone.localdate()
    expired = make_post(make_person(name="钱枫"), site, health_expires_on=today - timedelta(1)).person
    short = make_post(make_person(name="孙莉"), site, no_crime_checked_on=today, health_expires_on=today).person
    assess(short, reached=False, year=today.year)
    certify(short)
    page = text(signed_in(make_manager(site)).get(reverse("institution_home")))
    assert "健康证已过期" in page
    assert "技能还差 87 课时" in page
    assert "50.0%" in page
    assert expired.name in page
    assert short.name in page


def test_a_bureau_sees_what_waits() -> None:
    post = make_post()
    make_ban(post.person)
    make_ban(make_post().person, confirmed=False)
    certify(make_post().person, state="unverified")
    page = text(signed_in(make_officer()).get(reverse("bureau_home")))
    assert "1 名禁入人员仍在岗" in page
    assert "1 条禁入" in page
    assert "1 份外部证书" in page
    assert "今天没有需要您处理的事" in text(signed_in(make_officer(qingpu())).get(reverse("bureau_home")))


def grow(number: int) -> None:
    for _ in range(number):
        site = make_institution()
        for person in make_staff(site, 3):
            certify(person, state="unverified")
            assess(person, reached=False, year=timezone.localdate().year)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("bureau_home", Role.BUREAU_OFFICER),
        ("bureau_rates", Role.BUREAU_SUPERVISOR),
        ("bureau_rate_people", Role.BUREAU_OFFICER),
        ("institution_home", Role.INSTITUTION_MANAGER),
        ("institution_rates", Role.INSTITUTION_MANAGER),
    ],
)
def test_queries_do_not_grow(name: str, role: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    site = make_institution()
    by = make_manager(site) if role == Role.INSTITUTION_MANAGER else make_officer()
    if role == Role.BUREAU_SUPERVISOR:
        by = make_supervisor()
    browser = signed_in(by)
    for size in (1, 4):
        grow(size)
        make_staff(site, size)
        with django_assert_max_num_queries(15):
            assert browser.get(reverse(name)).status_code == 200


# --- Dossiers -------------------------------------------------------------------------------


def dossier(by: Membership, audience: str, person: Any) -> Any:
    return signed_in(by).get(reverse(f"{audience}_person", args=[person.pk]))


def test_a_dossier_says_what_is_on_record_and_who_looked(site: Institution) -> None:
    person = make_post(institution=site).person
    certify(person, "childcare_worker")
    assess(person, reached=False)
    give_hours(person, 2024, skill=90)
    officer = make_officer()
    page = text(dossier(officer, "bureau", person))
    assert site.name in page
    assert "保育师职业技能等级证书" in page
    assert "2025" in page
    assert "2024" in page
    assert person.documents.get().number not in page
    assert person.documents.get().masked in page
    looked = AuditEntry.objects.get(action="view_dossier")
    assert (looked.actor, looked.subject_id) == (officer.user, str(person.pk))


def test_a_dossier_is_there_only_for_ones_own_people(site: Institution) -> None:
    person = make_post(institution=site).person
    assert dossier(make_manager(site), "institution", person).status_code == 200
    assert dossier(make_manager(), "institution", person).status_code == 404
    assert dossier(make_officer(qingpu()), "bureau", person).status_code == 404
    assert dossier(make_admin(), "bureau", person).status_code == 200
    assert dossier(make_officer(), "institution", person).status_code == 403


def test_a_manager_learns_no_more_of_those_who_left(site: Institution) -> None:
    person = make_post(institution=site).person
    certify(person)
    source = assess(person, reached=True).standard.source
    assert source in text(dossier(make_manager(site), "institution", person))
    site.posts.filter(person=person).update(ended_on=timezone.localdate(), state="left")
    page = text(dossier(make_manager(site), "institution", person))
    assert site.name in page
    assert source not in page
    assert "育婴员" not in page
    assert source in text(dossier(make_officer(), "bureau", person))


def test_a_ban_shows_to_both_but_its_case_to_the_bureau(site: Institution) -> None:
    person = make_post(institution=site).person
    ban = make_ban(person)
    manager_page = text(dossier(make_manager(site), "institution", person))
    assert "禁入" in manager_page
    assert ban.case.number not in manager_page
    assert ban.case.number in text(dossier(make_officer(), "bureau", person))


# --- Frozen ---------------------------------------------------------------------------------


def freeze(browser: Client, **values: str) -> Any:
    return browser.post(reverse("bureau_rate_freeze"), values, follow=True)


def test_only_a_supervisor_freezes(site: Institution) -> None:
    assert "按上报口径锁定" not in text(signed_in(make_officer()).get(reverse("bureau_rates")))
    assert freeze(signed_in(make_officer())).status_code == 403
    supervisor = signed_in(make_supervisor())
    assert "按上报口径锁定" in text(supervisor.get(reverse("bureau_rates")))
    answer = freeze(supervisor)
    snapshot = RateSnapshot.objects.get()
    assert answer.status_code == 200
    assert snapshot.sha256 in text(answer)
    assert (snapshot.numerator, snapshot.denominator, snapshot.version) == (1, 4, 1)
    assert signed_in(make_officer(qingpu())).get(reverse("bureau_rate_frozen", args=[snapshot.pk])).status_code == 404


def test_a_late_fact_shows_as_a_difference(site: Institution) -> None:
    supervisor = signed_in(make_supervisor())
    freeze(supervisor)
    late = site.posts.get(person__name=LONG).person
    certify(late)
    page = text(freeze(supervisor))
    assert LONG in page
    assert "1 / 4 → 2 / 4" in page
    assert "没有证书记录" in page
    assert "持有与岗位相符的证书" in page
