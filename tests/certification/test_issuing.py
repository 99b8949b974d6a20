"""Issuing: who gets a certificate, who doesn't and why, and that nobody gets two."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from certification import issuing, revoking, tasks
from certification.drafting import last_valid_day
from certification.models import Certificate, CertificateEntry, SerialCounter
from courses.models import HourEntry
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Post
from tests import certified, factories
from tests.factories import YEAR

pytestmark = pytest.mark.django_db


def test_a_reached_year_is_certified_with_all_it_stands_on() -> None:
    person = certified.make_reached(name="张𬱖明")
    certificate = certified.issue_yearly(person=person, year=YEAR)

    assert (certificate.kind_id, certificate.credential, certificate.version) == ("yearly_training", str(YEAR), 1)
    assert certificate.holder_name == "张𬱖明"
    assert certificate.holder_id_masked == person.documents.get().masked
    assert (certificate.region.code, certificate.issuer_name) == ("310117", "上海市松江区教育局")
    assert certificate.frozen["region_name"] == "上海市松江区"
    assert certificate.frozen["hours"] == [
        {"bucket": "skill", "minutes": 88 * 45, "required": 88 * 45},
        {"bucket": "ethics", "minutes": 40 * 45, "required": 40 * 45},
    ]
    assert certificate.frozen["verify_url"] == f"http://testserver/v/{certificate.serial}"
    consumed = CertificateEntry.objects.filter(certificate=certificate).values_list("entry_id", flat=True)
    assert set(consumed) == set(HourEntry.objects.filter(person=person).values_list("pk", flat=True))
    act = AuditEntry.objects.get(action="issue_certificate")
    assert (act.subject_id, act.after["serial"]) == (str(certificate.pk), certificate.serial)  # type: ignore[index]


def test_asking_again_gives_the_same_certificate() -> None:
    person = certified.make_reached()
    first = certified.issue_yearly(person=person, year=YEAR)
    assert certified.issue_yearly(person=person, year=YEAR) == first
    assert Certificate.objects.count() == 1
    assert SerialCounter.objects.get().last == 1


def test_serials_count_up_by_authority_and_name_their_district() -> None:
    one, two = (certified.issue_yearly(person=certified.make_reached(), year=YEAR) for _ in range(2))
    year = timezone.localdate().year
    assert one.serial[:18] == f"310117-{year}-000001"
    assert two.serial[:18] == f"310117-{year}-000002"
    assert len(one.serial) == len("310117-2026-000001-KT")


def short(person: Any) -> None:
    year = person.training_years.get()
    year.skill_minutes -= 1
    year.save()


def suspend(person: Any) -> None:
    Post.objects.filter(person=person).update(state="suspended")


def leave(person: Any) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Post.objects.filter(person=person).update(state="left", ended_on=yesterday)


def ban(person: Any) -> None:
    factories.make_ban(person)


def unprintable(person: Any) -> None:
    person.name = "王\U0002fa1d"
    person.save()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (short, "year_not_reached"),
        (suspend, "not_on_post"),
        (leave, "not_on_post"),
        (ban, "person_barred"),
        (unprintable, "glyph_missing"),
    ],
)
def test_what_stands_against_it_is_said_and_nothing_is_written(spoil: Any, code: str) -> None:
    person, fine = certified.make_reached(), certified.make_reached()
    spoil(person)
    with pytest.raises(DomainError) as refusal:
        certified.issue_yearly(person=person, year=YEAR)
    assert refusal.value.code == code
    assert not Certificate.objects.exists()
    assert not SerialCounter.objects.exists()
    assert not AuditEntry.objects.filter(action="issue_certificate").exists()
    # The others of the same batch get theirs.
    with transaction.atomic():
        outcome = issuing.issue_year_of([person.pk, fine.pk], YEAR)
    assert [row.person_id for row in outcome.issued] == [fine.pk]
    assert dict(outcome.refused) == {code: 1}


def test_no_hours_at_all_is_not_reached() -> None:
    factories.make_standard()
    factories.make_kind()
    with pytest.raises(DomainError) as refusal:
        certified.issue_yearly(person=factories.make_post().person, year=YEAR)
    assert refusal.value.code == "year_not_reached"


def test_a_place_without_a_standard_certifies_no_year() -> None:
    factories.make_kind()
    institution = factories.make_institution(region=factories.yuecheng())
    person = factories.make_post(institution=institution).person
    factories.give_hours(person, skill=9000, ethics=9000)
    with pytest.raises(DomainError) as refusal:
        certified.issue_yearly(person=person, year=YEAR)
    assert refusal.value.code == "policy_missing"


def test_hours_taken_back_are_not_consumed() -> None:
    person = certified.make_reached()
    factories.give_hours(person, skill=90)
    entry = HourEntry.objects.filter(person=person, minutes=90).get()
    year = person.training_years.get()
    reverse(entry)
    year.skill_minutes -= 90
    year.changed_at = timezone.now()
    year.save()
    certificate = certified.issue_yearly(person=person, year=YEAR)
    assert entry.pk not in certificate.entries.values_list("entry_id", flat=True)
    assert certificate.entries.count() == 2


def reverse(entry: HourEntry) -> HourEntry:
    copied = ("person_id", "bucket", "day", "year", "source", "session_id", "rule_version")
    values = {name: getattr(entry, name) for name in copied}
    return HourEntry.objects.create(minutes=-entry.minutes, reverses=entry, note="签到有误", **values)


def test_consumed_hours_cannot_be_taken_back_until_the_certificate_is_revoked() -> None:
    certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    entry = certificate.entries.first().entry
    with pytest.raises(IntegrityError, match="guard:entry_spent"), transaction.atomic():
        reverse(entry)
    revoking.revoke(by=factories.make_officer(), certificate=certificate, reason="学时造假")
    assert reverse(entry).minutes == -entry.minutes


def test_a_revoked_year_is_not_issued_anew_by_itself() -> None:
    person = certified.make_reached()
    certificate = certified.issue_yearly(person=person, year=YEAR)
    revoking.revoke(by=factories.make_officer(), certificate=certificate, reason="学时造假")
    with pytest.raises(DomainError) as refusal:
        certified.issue_yearly(person=person, year=YEAR)
    assert refusal.value.code == "already_revoked"


def test_a_passed_run_is_certified() -> None:
    enrollment = certified.make_passed()
    certificate = certified.issue_post(enrollment=enrollment)
    assert (certificate.kind_id, certificate.credential) == ("post_training", enrollment.run.code)
    assert certificate.frozen["course"]["title"] == enrollment.run.course.title
    assert certificate.frozen["hours"] == [{"bucket": "skill", "minutes": 180}]
    assert certificate.entries.count() == 1
    assert certified.issue_post(enrollment=enrollment) == certificate
    enrollment.refresh_from_db()
    assert enrollment.assessed_at is not None


def test_a_passed_run_needs_no_post_but_no_suspension_either() -> None:
    newcomer = certified.make_passed(factories.make_person())
    assert certified.issue_post(enrollment=newcomer).person == newcomer.person
    suspended = certified.make_passed()
    suspend(suspended.person)
    with pytest.raises(DomainError) as refusal:
        certified.issue_post(enrollment=suspended)
    assert refusal.value.code == "not_on_post"


def test_a_run_not_passed_is_not_certified() -> None:
    enrollment = certified.make_passed()
    enrollment.state = "failed"
    enrollment.save()
    with pytest.raises(DomainError) as refusal:
        certified.issue_post(enrollment=enrollment)
    assert refusal.value.code == "not_passed"


def test_what_is_due_is_issued_once_and_the_unfit_cost_nothing(django_assert_max_num_queries: Any) -> None:
    year = timezone.localdate().year
    reached = certified.make_reached(year)
    enrollment = certified.make_passed()
    for spoil in (suspend, leave, ban):
        spoil(certified.make_reached(year))
        spoil(certified.make_passed().person)
    # A newcomer who has left another institution may still be certified for her new start.
    tasks.assess_changed()
    assert {row.person_id for row in Certificate.objects.filter(kind="yearly_training")} == {reached.pk}
    assert enrollment.person_id in {row.person_id for row in Certificate.objects.filter(kind="post_training")}
    before = Certificate.objects.count()
    with django_assert_max_num_queries(4):
        issuing.issue_pending()
    assert Certificate.objects.count() == before


def test_a_batch_takes_a_constant_number_of_queries(django_assert_max_num_queries: Any) -> None:
    people = [certified.make_reached() for _ in range(12)]
    with django_assert_max_num_queries(45), transaction.atomic():
        outcome = issuing.issue_year_of([person.pk for person in people], YEAR)
    assert len({row.serial for row in outcome.issued}) == 12


def test_a_corrected_certificate_takes_the_place_of_the_old() -> None:
    officer = factories.make_officer()
    old = certified.issue_yearly(person=certified.make_reached(name="王方"), year=YEAR)
    new = issuing.supersede(by=officer, certificate=old, name="王芳", reason="姓名录入有误")
    assert (new.version, new.supersedes, new.holder_name) == (2, old, "王芳")
    assert new.serial != old.serial
    assert new.frozen["hours"] == old.frozen["hours"]
    assert list(Certificate.objects.valid_on(timezone.localdate())) == [new]
    assert certified.issue_yearly(person=old.person, year=YEAR) == new


def test_a_correction_is_refused_with_its_reason() -> None:
    officer = factories.make_officer()
    old = certified.issue_yearly(person=certified.make_reached(name="王方"), year=YEAR)
    wrong = [
        (officer, "王芳", " ", "reason_missing"),
        (officer, " ", "改名", "name_missing"),
        (officer, "王方", "改名", "nothing_changed"),
        (factories.make_officer(factories.qingpu()), "王芳", "改名", "not_found"),
        (factories.make_manager(), "王芳", "改名", "not_allowed"),
        (officer, "王\U0002fa1d", "改名", "glyph_missing"),
    ]
    for by, name, reason, code in wrong:
        with pytest.raises(DomainError) as refusal:
            issuing.supersede(by=by, certificate=old, name=name, reason=reason)
        assert refusal.value.code == code
    assert Certificate.objects.count() == 1
    issuing.supersede(by=officer, certificate=old, name="王芳", reason="改名")
    with pytest.raises(DomainError) as refusal:
        issuing.supersede(by=officer, certificate=old, name="王芬", reason="改名")
    assert refusal.value.code == "certificate_superseded"


def test_revoking_takes_every_version_back_and_only_once() -> None:
    officer = factories.make_officer()
    old = certified.issue_yearly(person=certified.make_reached(name="王方"), year=YEAR)
    new = issuing.supersede(by=officer, certificate=old, name="王芳", reason="改名")
    with pytest.raises(DomainError) as refusal:
        revoking.revoke(by=officer, certificate=old, reason="造假")
    assert refusal.value.code == "certificate_superseded"
    revoking.revoke(by=officer, certificate=new, reason="造假")
    assert {row.revocation.reason for row in Certificate.objects.all()} == {"造假"}
    with pytest.raises(DomainError) as refusal:
        revoking.revoke(by=officer, certificate=new, reason="造假")
    assert refusal.value.code == "already_revoked"
    assert AuditEntry.objects.filter(action="revoke_certificate").count() == 1


@pytest.mark.parametrize(
    ("role", "reason", "code"),
    [("own", " ", "reason_missing"), ("other", "造假", "not_found"), ("manager", "造假", "not_allowed")],
)
def test_revoking_is_a_bureaus_act_with_a_reason(role: str, reason: str, code: str) -> None:
    people = {
        "own": factories.make_officer,
        "other": lambda: factories.make_officer(factories.qingpu()),
        "manager": factories.make_manager,
    }
    certificate = certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    with pytest.raises(DomainError) as refusal:
        revoking.revoke(by=people[role](), certificate=certificate, reason=reason)
    assert refusal.value.code == code
    assert not hasattr(Certificate.objects.get(), "revocation")


@pytest.mark.parametrize("table", ["certification_certificate", "certification_certificateentry"])
def test_a_certificate_never_changes(table: str) -> None:
    certified.issue_yearly(person=certified.make_reached(), year=YEAR)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
        with pytest.raises(IntegrityError, match="certificate_frozen"), transaction.atomic():
            connection.cursor().execute(statement)


def test_validity_ends_the_day_before_the_anniversary() -> None:
    assert last_valid_day(date(2026, 3, 31), 12) == date(2027, 3, 30)
    assert last_valid_day(date(2026, 1, 31), 1) == date(2026, 2, 27)
    assert last_valid_day(date(2026, 12, 1), 36) == date(2029, 11, 30)


def test_the_command_issues_keeps_and_says_what_it_refused(capsys: pytest.CaptureFixture[str]) -> None:
    people = [certified.make_reached() for _ in range(3)]
    certified.issue_yearly(person=people[0], year=YEAR)
    short(people[2])
    elsewhere = factories.make_institution(region=factories.qingpu())
    certified.make_reached(institution=elsewhere)
    with pytest.raises(SystemExit) as end:
        call_command("issue_certificates", "--year", str(YEAR), "--region", "310117", "--json")
    assert end.value.code == 1
    assert capsys.readouterr().out == '{"issued": 1, "kept": 1, "refused": {"year_not_reached": 1}}\n'
    assert Certificate.objects.count() == 2
    with pytest.raises(SystemExit):
        call_command("issue_certificates", "--year", str(YEAR), "--json")
    assert capsys.readouterr().out == '{"issued": 1, "kept": 2, "refused": {"year_not_reached": 1}}\n'
