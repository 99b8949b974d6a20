"""Certificates from outside: claimed by rosters, verified or doubted by the bureau."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from certification import qualifying
from certification.models import Qualification
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, CertificateClaim, Person
from tests import factories

pytestmark = pytest.mark.django_db


def claim(person: Person, **kw: Any) -> CertificateClaim:
    factories.make_kind("other")
    values = {"kind": factories.make_kind("infant_carer").pk, "name": "育婴员", "number": "Y001"}
    return CertificateClaim.objects.create(person=person, **(values | kw))


def test_a_claim_becomes_a_qualification_that_waits_for_verification() -> None:
    person = factories.make_post().person
    claim(person, level=4, issuer="上海市职业技能鉴定中心", issued_on=date(2024, 3, 5), expires_on=date(2029, 3, 4))
    assert qualifying.take_up_claims() == 1
    found = Qualification.objects.get()
    assert (found.kind_id, found.number, found.level, found.state) == ("infant_carer", "Y001", 4, "unverified")
    assert (found.issued_on, found.expires_on) == (date(2024, 3, 5), date(2029, 3, 4))
    assert qualifying.take_up_claims() == 0


def test_odd_claims_are_taken_up_too() -> None:
    person = factories.make_post().person
    claim(person, kind="never_heard_of")
    claim(person, number="")
    claim(person, number="Y002", issued_on=date(2024, 3, 5), expires_on=date(2023, 3, 5))
    assert qualifying.take_up_claims() == 3
    kinds = dict(Qualification.objects.values_list("number", "kind_id"))
    assert kinds == {"Y001": "other", "": "infant_carer", "Y002": "infant_carer"}
    assert Qualification.objects.get(number="Y002").expires_on is None


def test_what_is_known_already_stays_as_it_was_decided() -> None:
    person = factories.make_post().person
    first = claim(person)
    qualifying.take_up_claims()
    officer = factories.make_officer()
    qualifying.verify_many(by=officer, picked=Qualification.objects.all())
    CertificateClaim.objects.filter(pk=first.pk).update(taken_up_at=None)
    assert qualifying.take_up_claims() == 1
    assert Qualification.objects.get().state == "valid"


def test_many_are_verified_at_once_and_counted_from_then_on() -> None:
    people = factories.make_staff(factories.make_institution(), 3)
    for person in people:
        claim(person)
    qualifying.take_up_claims()
    officer = factories.make_officer()
    assert not Qualification.objects.valid_on(timezone.localdate()).exists()
    assert qualifying.verify_many(by=officer, picked=Qualification.objects.all()) == 3
    assert Qualification.objects.valid_on(timezone.localdate()).count() == 3
    assert set(Qualification.objects.values_list("verified_by", flat=True)) == {officer.user_id}
    assert AuditEntry.objects.filter(action="verify_qualification").count() == 3
    assert qualifying.verify_many(by=officer, picked=Qualification.objects.all()) == 0


def test_a_doubted_one_counts_no_longer() -> None:
    claim(factories.make_post().person)
    qualifying.take_up_claims()
    officer = factories.make_officer()
    qualifying.verify_many(by=officer, picked=Qualification.objects.all())
    with pytest.raises(DomainError) as refusal:
        qualifying.doubt(by=officer, picked=Qualification.objects.all(), reason=" ")
    assert refusal.value.code == "reason_missing"
    assert qualifying.doubt(by=officer, picked=Qualification.objects.all(), reason="编号查无此证") == 1
    assert not Qualification.objects.valid_on(timezone.localdate()).exists()
    act = AuditEntry.objects.get(action="doubt_qualification")
    assert act.after == {"state": "doubtful", "reason": "编号查无此证"}


def test_only_the_bureau_of_the_place_decides() -> None:
    claim(factories.make_post().person)
    qualifying.take_up_claims()
    rows = Qualification.objects.all()
    with pytest.raises(DomainError) as refusal:
        qualifying.verify_many(by=factories.make_manager(), picked=rows)
    assert refusal.value.code == "not_allowed"
    with pytest.raises(DomainError) as refusal:
        qualifying.verify_many(by=factories.make_officer(), picked=rows.none())
    assert refusal.value.code == "nothing_picked"
    assert qualifying.verify_many(by=factories.make_officer(factories.qingpu()), picked=rows) == 0
    assert rows.get().state == "unverified"


def test_a_verified_one_is_shown_as_expired_after_its_last_day() -> None:
    last = date(2026, 3, 4)
    person = factories.make_post().person
    claim(person, expires_on=last)
    claim(person, number="Y002")
    qualifying.take_up_claims()
    claimed = Qualification.objects.get(number="Y001")
    assert claimed.standing(last + timedelta(days=1)) == "unverified"
    qualifying.verify_many(by=factories.make_officer(), picked=Qualification.objects.all())
    ends, lasts = Qualification.objects.order_by("number")
    assert [ends.standing(last), ends.standing(last + timedelta(days=1))] == ["valid", "expired"]
    assert lasts.standing(last + timedelta(days=1)) == "valid"


@pytest.mark.parametrize("state", ["unverified", "valid", "revoked", "doubtful", "expired"])
def test_the_filter_of_a_standing_picks_what_shows_it(state: str) -> None:
    today = date(2026, 3, 4)
    person, officer = factories.make_person(), factories.make_officer()
    decided = {"verified_by": officer.user, "verified_at": timezone.now()}
    kind = factories.make_kind("infant_carer")
    for number, written in enumerate(("unverified", "valid", "revoked", "doubtful")):
        for offset in (-1, 0, None):
            Qualification.objects.create(
                person=person,
                kind=kind,
                number=f"{number} {offset}",
                state=written,
                expires_on=None if offset is None else today + timedelta(days=offset),
                **({} if written == "unverified" else decided),
            )
    every = set(Qualification.objects.all())
    picked = set(Qualification.objects.standing_as(state, today))
    assert picked == {row for row in every if row.standing(today) == state}
    assert picked
