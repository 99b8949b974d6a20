"""Lists that look for people: by a part of the name, by a former name, by the beginning of a number."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone

from certification.models import Certificate, EntryState, Qualification
from lms.registry import naming, searching
from lms.registry.models import CorrectionRequest, Membership, Person, Purpose
from tests import factories as f
from tests.certification.entry_scene import Scene, make_entry, make_qualification
from tests.certification.entry_scene import make_scene as make_entries
from tests.registry.merging_scene import make_scene
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db


def listed(by: Membership, name: str, *args: Any, **query: str) -> list[Any]:
    page: Page[Any] = f.signed_in(by).get(reverse(name, args=args), query).context["page"]
    return list(page)


def renamed(person: Person, name: str) -> None:
    evidence = f.make_file(Purpose.EVIDENCE)
    naming.change_name(by=f.make_officer(), person=person, name=name, reason="户口簿更名", evidence=evidence)


def of_ban(scene: Scene, person: Person) -> Any:
    return f.make_ban(person)


def of_qualification(scene: Scene, person: Person) -> Any:
    return make_qualification(person)


def of_entry(scene: Scene, person: Person) -> Any:
    return make_entry(scene, person, state=EntryState.SUBMITTED, submitted_at=timezone.now())


def of_correction(scene: Scene, person: Person) -> Any:
    asked_by = f.make_learner(person).user
    return CorrectionRequest.objects.create(person=person, about="name", text="错了", asked_by=asked_by)


@pytest.mark.parametrize(
    ("reader", "name", "make"),
    [
        ("officer", "bureau_bans", of_ban),
        ("officer", "bureau_qualifications", of_qualification),
        ("manager", "institution_qualifications", of_qualification),
        ("officer", "bureau_entries", of_entry),
        ("manager", "institution_entries", of_entry),
        ("officer", "bureau_corrections", of_correction),
    ],
)
def test_a_list_finds_its_people_by_present_and_former_names(
    reader: str, name: str, make: Callable[[Scene, Person], Any]
) -> None:
    scene = make_entries()
    by = getattr(scene, reader)
    her, other = (f.make_post(f.make_person(name=text), scene.institution).person for text in ("沈秋云", "赵一鸣"))
    hers, others = make(scene, her), make(scene, other)
    renamed(her, "沈𬱖")
    assert listed(by, name, q="𬱖") == listed(by, name, q="秋云") == [hers]
    assert listed(by, name, q="一鸣") == [others]
    assert listed(by, name, q="云秋") == []


def test_a_certificate_is_found_by_every_name_and_by_how_its_serial_begins() -> None:
    scene = make_scene()
    renamed(scene.other, "沈𬱖")
    serial = scene.certificate.serial

    def found(text: str) -> list[Certificate]:
        return listed(scene.officer, "bureau_certificates", q=text)

    assert found("沈𬱖") == found("秋云") == found("云") == [scene.certificate]
    assert found("秋云沈") == []
    for text in (serial, serial.lower(), serial.replace("-", ""), f" {serial} ", serial[:14], serial[:6]):
        assert found(text) == [scene.certificate], text
    assert found(serial[:-2] + "00") == found(serial[7:]) == []


def test_a_certificate_from_outside_is_found_by_its_number_and_its_institution() -> None:
    scene = make_entries()
    her = f.make_post(f.make_person(name="沈秋云"), scene.institution).person
    row = make_qualification(her, number="Y0123456789X")
    elsewhere = f.make_post(institution=f.make_institution(name="春申托育园")).person
    other = make_qualification(elsewhere, number="20250001")

    def found(**query: str) -> set[Qualification]:
        return set(listed(scene.officer, "bureau_qualifications", **query))

    assert found() == {row, other}
    assert found(q="Y01234") == found(q="y0123456789x") == {row}
    assert found(q="2025") == found(institution="春申") == {other}
    assert found(q="123456") == found(institution="申春") == set()


def test_checks_before_hiring_are_found_by_name_and_institution() -> None:
    manager = f.make_manager(f.make_institution(name="小太阳托育园"))
    row = make_query(manager, name="沈秋云")
    officer = f.make_officer()
    assert listed(officer, "bureau_queries", q="秋云") == listed(officer, "bureau_queries", q="太阳") == [row]
    assert listed(officer, "bureau_queries", q="阳太") == []


def test_learners_of_a_run_are_found_by_a_former_name() -> None:
    scene = make_scene()
    renamed(scene.other, "沈𬱖")
    trainer = scene.trainer
    assert [row.person for row in listed(trainer, "centre_run", scene.run.pk, q="秋云")] == [scene.other]
    assert listed(trainer, "centre_run", scene.run.pk, q="春云") == []


def test_a_queue_longer_than_is_counted_offers_no_verifying_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_entries()
    for number in range(3):
        make_qualification(f.make_post(institution=scene.institution).person, number=f"Y{number}")
    url = reverse("bureau_qualifications")

    def offered() -> bool:
        page = f.signed_in(scene.officer).get(url, {"state": "unverified"}).content.decode()
        return 'value="verify_all"' in page

    assert offered()
    monkeypatch.setattr(searching, "MOST_COUNTED", 2)
    assert not offered()
