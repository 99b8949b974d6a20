"""Several documents for one person: each finds her, none belongs to two."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from lms.jobs.errors import DomainError
from lms.registry import documenting, registering
from lms.registry.models import AuditEntry, IdentityDocument, Likeness, Membership, Person, PossibleDuplicate
from lms.registry.rosters.identity import IdentityNumber, normalise_id
from tests import factories as f
from tests.registry.merging_scene import make_scene

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)
#: One of each kind, as written on it: old and new permanent cards, 15 and 18 digits.
NUMBERS = {
    "hmt_travel": "H12345678",
    "foreign_resident": "USA110190030701",
    "foreign_permit": "A1234567",
    "passport": "E12345678",
}


@pytest.fixture
def officer() -> Membership:
    return f.make_officer()


@pytest.fixture
def person() -> Person:
    return f.make_post(f.make_person(born_on=date(1990, 3, 7))).person


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code == code


def document(text: str, kind: str | None = None) -> IdentityNumber:
    return normalise_id(text, kind, today=TODAY)


PASSPORT = document("E12345678", "passport")


def test_she_is_found_by_every_document(officer: Membership, person: Person) -> None:
    for kind in ("hmt_travel", "foreign_resident", "foreign_permit", "passport"):
        added = documenting.add_document(by=officer, person=person, document=document(NUMBERS[kind], kind))
        assert (added.kind, registering.find_person(NUMBERS[kind], kind)) == (kind, person)
    indexes = set(person.documents.values_list("number_index", flat=True))
    assert len(indexes) == person.documents.count() == 5
    assert AuditEntry.objects.filter(action="person.document_add").count() == 4


def test_fifteen_digits_are_the_same_card(officer: Membership) -> None:
    number = f.make_id_number()
    holder = f.make_post(f.make_person(number=number)).person
    old = number[:6] + number[8:17]
    same = documenting.add_document(by=officer, person=holder, document=document(old))
    assert (same.number, holder.documents.count()) == (number, 1)


def test_adding_it_again_brings_its_dates_up_to_date(officer: Membership, person: Person) -> None:
    documenting.add_document(by=officer, person=person, document=PASSPORT, valid_from=date(2020, 1, 1))
    again = documenting.add_document(by=officer, person=person, document=PASSPORT, valid_until=date(2030, 1, 1))
    assert (again.valid_from, again.valid_until) == (date(2020, 1, 1), date(2030, 1, 1))
    assert person.documents.filter(kind="passport").count() == 1


def test_a_document_of_somebody_else_is_refused_and_asked_about(officer: Membership, person: Person) -> None:
    other = f.make_person()
    f.make_document(other, number=PASSPORT.number, kind="passport")
    for _ in range(2):
        with pytest.raises(DomainError) as refusal:
            documenting.add_document(by=officer, person=person, document=PASSPORT)
        assert (refusal.value.code, refusal.value.context) == ("document_taken", {})
        assert other.name not in str(refusal.value)
    assert IdentityDocument.objects.get(kind="passport").person == other
    pair = PossibleDuplicate.objects.get()
    assert ({pair.first, pair.second}, pair.likeness) == ({person, other}, Likeness.DOCUMENT)


def test_it_ends_and_still_finds_her(officer: Membership, person: Person) -> None:
    row = documenting.add_document(by=officer, person=person, document=PASSPORT, valid_from=date(2020, 1, 1))
    with refused("reason_missing"):
        documenting.end_document(by=officer, document=row, on=TODAY, reason=" ")
    with refused("document_dates"):
        documenting.end_document(by=officer, document=row, on=date(2019, 1, 1), reason="换发")
    ended = documenting.end_document(by=officer, document=row, on=TODAY, reason="换发")
    assert ended.valid_until == TODAY
    assert registering.find_person(PASSPORT.number, "passport") == person


def test_who_may(officer: Membership, person: Person) -> None:
    for by in (f.make_manager(person.posts.get().institution), f.make_supervisor(), f.make_trainer()):
        with refused("not_allowed"):
            documenting.add_document(by=by, person=person, document=PASSPORT)
    with refused("not_found"):
        documenting.add_document(by=f.make_officer(f.qingpu()), person=person, document=PASSPORT)
    with refused("document_dates"):
        documenting.add_document(
            by=officer, person=person, document=PASSPORT, valid_from=TODAY, valid_until=date(2020, 1, 1)
        )
    assert person.documents.count() == 1
    assert documenting.add_document(by=None, person=person, document=PASSPORT).person == person


def test_a_merged_record_takes_none() -> None:
    scene = make_scene()
    scene.merge()
    with refused("merged_record"):
        documenting.add_document(by=None, person=scene.other, document=PASSPORT)


def test_what_a_number_says_otherwise_is_shown(person: Person) -> None:
    own = person.documents.get()
    read = document(own.number)
    Person.objects.filter(pk=person.pk).update(sex="F", born_on=read.born_on)
    person.refresh_from_db()
    assert documenting.mismatches(person, [own]) == []
    person.sex, person.born_on = "M", date(1980, 1, 1)
    assert [row.field for row in documenting.mismatches(person, [own])] == ["sex", "born_on"]


def test_permits_that_run_out_are_called_up(officer: Membership, person: Person) -> None:
    soon, later = TODAY + timedelta(days=30), TODAY + timedelta(days=300)
    documenting.add_document(by=officer, person=person, document=PASSPORT, valid_until=later)
    permit = document("A1234567", "foreign_permit")
    documenting.add_document(by=officer, person=person, document=permit, valid_until=soon)
    post = person.posts.get()
    post.work_permit_until = TODAY - timedelta(days=1)
    found = documenting.expiring(person.documents.all(), [post], TODAY)
    assert [(row.until, row.over) for row in found] == [(TODAY - timedelta(days=1), True), (soon, False)]
