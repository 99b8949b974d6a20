"""Every page of this room: who may open it, what it says, what it costs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certification import printing, qualifying
from certification.models import Certificate, Qualification
from lms.registry.models import CertificateClaim, Membership, Role
from tests import certified, factories
from tests.factories import YEAR

pytestmark = pytest.mark.django_db
NOW = timezone.localdate().year
BUREAU = {"bureau_officer", "bureau_supervisor", "platform_admin"}
PAGES: dict[str, set[str]] = {
    "my_home": {"learner"},
    "my_record": {"learner"},
    "my_certificate": {"learner"},
    "bureau_certificates": BUREAU,
    "bureau_certificate": BUREAU,
    "bureau_qualifications": BUREAU,
}


@pytest.fixture
def certificate() -> Certificate:
    return certified.issue_yearly(person=certified.make_reached(), year=YEAR)


def address(name: str, certificate: Certificate) -> str:
    args = [certificate.pk] if name in ("my_certificate", "bureau_certificate", "certificate_pdf") else []
    return reverse(name, args=args)


def claim(person: Any, number: str = "Y001") -> None:
    kind = factories.make_kind("infant_carer")
    CertificateClaim.objects.create(person=person, kind=kind.pk, name="育婴员", number=number)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_for_its_roles_alone(name: str, certificate: Certificate) -> None:
    personas: dict[str, Membership | None] = {**factories.every_persona(), "anonymous": None}
    personas["learner"] = factories.make_learner(certificate.person)
    for role, membership in personas.items():
        status = factories.signed_in(membership).get(address(name, certificate)).status_code
        expected = 200 if role in PAGES[name] else 302 if role == "anonymous" else 403
        assert status == expected, role


def test_the_pdf_is_handed_to_holder_bureau_and_manager_alone(certificate: Certificate) -> None:
    url = address("certificate_pdf", certificate)
    own = certificate.person.posts.get().institution
    allowed = [
        factories.make_learner(certificate.person),
        factories.make_officer(),
        factories.make_supervisor(),
        factories.make_manager(own),
        factories.make_admin(),
    ]
    others = [
        factories.make_learner(),
        factories.make_officer(factories.qingpu()),
        factories.make_manager(),
        factories.make_trainer(),
        factories.make_editor(),
    ]
    for membership in allowed:
        response = factories.signed_in(membership).get(url)
        assert response.status_code == 200
        assert response.content == printing.content_of(printing.pdf_of(certificate))
    assert [factories.signed_in(row).get(url).status_code for row in others] == [404] * len(others)
    assert factories.signed_in(None).get(url).status_code == 302


def test_the_pdf_keeps_its_chinese_name_and_is_not_cached(certificate: Certificate) -> None:
    client = factories.signed_in(factories.make_learner(certificate.person))
    response = client.get(address("certificate_pdf", certificate))
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%B9%B4%E5%BA%A6")
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]


def test_a_manager_loses_sight_of_those_who_left(certificate: Certificate) -> None:
    post = certificate.person.posts.get()
    manager = factories.signed_in(factories.make_manager(post.institution))
    post.ended_on, post.state = timezone.localdate(), "left"
    post.save()
    assert manager.get(address("certificate_pdf", certificate)).status_code == 404


def test_another_learners_certificate_does_not_exist(certificate: Certificate) -> None:
    other = factories.signed_in(factories.make_learner())
    assert other.get(address("my_certificate", certificate)).status_code == 404


def test_home_says_what_is_missing_until_when_and_what_is_coming() -> None:
    factories.make_standard()
    person = factories.make_post().person
    factories.give_hours(person, NOW, skill=76 * 45, ethics=40 * 45)
    run = factories.make_run()
    ahead = timezone.now() + timedelta(days=2)
    factories.make_session(run, ahead, minutes=180)
    factories.make_enrollment(run, person)
    response = factories.signed_in(factories.make_learner(person)).get("/my/")
    skill, ethics = response.context["lines"]
    assert (skill.missing, ethics.missing) == (12, 0)
    coming = 4 if timezone.localdate(ahead).year == NOW else 0
    assert (skill.coming, skill.covered) == (coming, False)
    text = response.content.decode()
    assert f"还差 <strong>12</strong> 课时（{skill.bucket.label}）" in text
    assert "12 月 31 日前完成" in text
    assert run.title in text


def test_home_without_a_standard_says_so_calmly() -> None:
    person = factories.make_post(institution=factories.make_institution(region=factories.yuecheng())).person
    response = factories.signed_in(factories.make_learner(person)).get("/my/")
    assert response.status_code == 200
    assert response.context["policy_missing"] is True


def test_home_without_a_person_or_a_post_stays_a_page() -> None:
    for membership in (factories.make_membership(Role.LEARNER), factories.make_learner(factories.make_person())):
        client = factories.signed_in(membership)
        assert client.get("/my/").status_code == 200
        assert client.get("/my/record/").status_code == 200


def test_a_barred_person_is_told(certificate: Certificate) -> None:
    factories.make_ban(certificate.person)
    client = factories.signed_in(factories.make_learner(certificate.person))
    assert "person_barred" in client.get("/my/").content.decode()
    assert client.get(address("my_certificate", certificate)).context["status"] == "barred"


def test_the_record_says_why_an_hour_did_not_count() -> None:
    person = factories.make_post().person
    factories.give_hours(person, YEAR, skill=45)
    run = factories.make_run()
    absent, late, back = (factories.make_session(run) for _ in range(3))
    factories.make_attendance(absent, person, state="absent", arrived_at=None, left_at=None, minutes=0)
    factories.make_attendance(late, person, state="late", minutes=90)
    factories.make_entry(person, late, 90)
    taken = factories.make_entry(person, back, 180)
    factories.make_entry(person, back, -180, reverses=taken, note="代签")
    response = factories.signed_in(factories.make_learner(person)).get(f"/my/record/?year={YEAR}")
    reasons = {line.begins: (line.counted, line.why) for line in response.context["year"].lines}
    assert reasons[absent.starts_at][0] == 0
    assert "缺课" in reasons[absent.starts_at][1]
    assert reasons[late.starts_at][0] == 90
    assert "迟到" in reasons[late.starts_at][1]
    assert reasons[back.starts_at] == (0, "已扣回：代签")
    assert sum(not reason for _, reason in reasons.values()) == 1


@pytest.mark.parametrize("size", [1, 12])
def test_learner_pages_cost_the_same_with_more_rows(size: int, django_assert_max_num_queries: Any) -> None:
    person = certified.make_reached(NOW)
    certified.issue_yearly(person=person, year=NOW)
    for _ in range(size):
        certified.issue_post(enrollment=certified.make_passed(person))
        run = factories.make_run()
        factories.make_session(run, timezone.now() + timedelta(days=1))
        factories.make_enrollment(run, person)
    client = factories.signed_in(factories.make_learner(person))
    for url in ("/my/", "/my/record/", f"/my/record/?year={NOW}"):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200


@pytest.mark.parametrize("size", [1, 12])
def test_bureau_pages_cost_the_same_with_more_rows(size: int, django_assert_max_num_queries: Any) -> None:
    people = [certified.make_reached() for _ in range(size)]
    for person in people:
        claim(person)
        certificate = certified.issue_yearly(person=person, year=YEAR)
    qualifying.take_up_claims()
    client = factories.signed_in(factories.make_officer())
    for url in ("/bureau/certificates/", f"/bureau/certificates/{certificate.pk}/", "/bureau/qualifications/"):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200


def test_certificates_are_found_by_name_number_kind_and_state(certificate: Certificate) -> None:
    barred = certified.issue_yearly(person=certified.make_reached(name="张𬱖明"), year=YEAR)
    factories.make_ban(barred.person)
    client = factories.signed_in(factories.make_officer())

    def found(**query: str) -> list[Certificate]:
        return [row for row, _ in client.get("/bureau/certificates/", query).context["rows"]]

    assert set(found()) == {certificate, barred}
    assert found(q="𬱖") == [barred]
    assert found(q=certificate.serial) == [certificate]
    assert found(kind="post_training") == []
    assert found(state="barred") == [barred]
    assert found(state="valid") == [certificate]
    assert found(state="revoked") == found(state="expired") == found(state="superseded") == []


def test_an_officer_revokes_and_corrects_on_the_page(certificate: Certificate) -> None:
    client = factories.signed_in(factories.make_officer())
    url = address("bureau_certificate", certificate)
    missing = client.post(url, {"act": "supersede", "supersede-name": "王芳", "supersede-reason": ""})
    assert missing.status_code == 200
    assert "王芳" in missing.content.decode()
    response = client.post(url, {"act": "supersede", "supersede-name": "王芳", "supersede-reason": "改名"})
    newer = Certificate.objects.get(version=2)
    assert (response.status_code, response["Location"]) == (302, address("bureau_certificate", newer))
    assert client.post(url, {"act": "revoke", "revoke-reason": "造假"}).status_code == 409
    assert (
        client.post(address("bureau_certificate", newer), {"act": "revoke", "revoke-reason": "造假"}).status_code == 302
    )
    newer.refresh_from_db()
    assert newer.revocation.reason == "造假"
    assert client.get(address("bureau_certificate", newer)).context["status"] == "revoked"


def test_a_platform_admin_reads_and_changes_nothing(certificate: Certificate) -> None:
    client = factories.signed_in(factories.make_admin())
    response = client.post(address("bureau_certificate", certificate), {"act": "revoke", "revoke-reason": "造假"})
    assert (response.status_code, response.context["refusal"].code) == (409, "not_allowed")
    certificate.refresh_from_db()
    assert not hasattr(certificate, "revocation")


def test_qualifications_are_filtered_and_decided_in_bulk() -> None:
    institution = factories.make_institution()
    here = factories.make_staff(institution, 2)
    elsewhere = factories.make_post().person
    for person in (*here, elsewhere):
        claim(person)
    factories.make_kind("other")
    qualifying.take_up_claims()
    client = factories.signed_in(factories.make_officer())
    url = f"/bureau/qualifications/?state=unverified&institution={institution.name}"
    assert client.get(url).context["page"].paginator.count == 2
    nothing = client.post(url, {"act": "verify", "picked": ["no-key"]})
    assert (nothing.status_code, nothing.context["refusal"].code) == (409, "nothing_picked")
    assert client.post(url, {"act": "verify_all"}).status_code == 302
    assert set(Qualification.objects.filter(state="valid").values_list("person", flat=True)) == {p.pk for p in here}
    one = Qualification.objects.filter(person=here[0]).get()
    back = client.post("/bureau/qualifications/", {"act": "doubt", "picked": [str(one.pk)], "reason": ""})
    assert (back.status_code, back.context["refusal"].code) == (409, "reason_missing")
    assert client.post("/bureau/qualifications/", {"act": "doubt", "picked": [str(one.pk)], "reason": "查无此证"})
    one.refresh_from_db()
    assert one.state == "doubtful"
    manager = factories.signed_in(factories.make_manager(institution))
    assert manager.post("/bureau/qualifications/", {"act": "verify_all"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "role"), [("bureau_qualifications", "officer"), ("my_record", "learner"), ("bureau_person", "officer")]
)
def test_an_expired_certificate_from_outside_says_so(name: str, role: str) -> None:
    person = factories.make_post().person
    claim(person)
    qualifying.take_up_claims()
    officer = factories.make_officer()
    qualifying.verify_many(by=officer, picked=Qualification.objects.all())
    client = factories.signed_in(officer if role == "officer" else factories.make_learner(person))
    url = reverse(name, args=[person.pk] if name == "bureau_person" else [])
    assert "有效" in _pills(client.get(url).content.decode())
    Qualification.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert "过期" in _pills(client.get(url).content.decode())
    assert "有效" not in _pills(client.get(url).content.decode())


def _pills(page: str) -> list[str]:
    return re.findall(r'<span class="pill [^"]*"><svg.*?</svg>([^<]+)</span>', page)
