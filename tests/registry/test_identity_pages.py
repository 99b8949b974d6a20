"""The pages on which an officer sees and decides who is who, and on which a centre registers a learner."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Enrollment
from lms.registry import deduplicating
from lms.registry.models import NameChange, Person, PersonMerge, PossibleDuplicate
from tests import factories as f
from tests.registry.merging_scene import Scene, enrich, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def post(scene: Scene, page: str, *args: Any, **typed: Any) -> Any:
    return f.signed_in(scene.officer).post(reverse(page, args=args), typed)


def pair_of(scene: Scene) -> PossibleDuplicate:
    return deduplicating.note_pair(scene.kept.pk, scene.other.pk, "name_birth")


def test_one_tap_merges_and_leads_to_what_it_did(scene: Scene) -> None:
    enrich(scene)
    pair = pair_of(scene)
    shown = f.signed_in(scene.officer).get(reverse("bureau_duplicates")).content.decode()
    assert all(document.masked in shown for person in (scene.kept, scene.other) for document in person.documents.all())
    answer = post(scene, "bureau_duplicates", keep=f"{pair.pk}:{scene.kept.pk}")
    merge = PersonMerge.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("bureau_merge", args=[merge.pk]))
    assert (merge.kept, merge.absorbed) == (scene.kept, scene.other)
    page = f.signed_in(scene.officer).get(answer.url).content.decode()
    assert "merged_record" not in page
    undone = post(scene, "bureau_merge", merge.pk, reason="核实为两个人")
    assert undone.status_code == 302
    assert Person.objects.get(pk=scene.other.pk).merged_into is None


def test_many_are_told_apart_at_once(scene: Scene) -> None:
    third = f.make_post(f.make_person(name="沈秋云")).person
    pairs = [pair_of(scene), deduplicating.note_pair(scene.kept.pk, third.pk, "phone")]
    answer = post(scene, "bureau_duplicates", picked=[pair.pk for pair in pairs], reason="证件不同")
    assert answer.status_code == 302
    assert {row.decision for row in PossibleDuplicate.objects.all()} == {"different"}
    again = post(scene, "bureau_duplicates", different=[pairs[0].pk])
    assert (again.status_code, "duplicate_decided" in again.content.decode()) == (409, True)
    wrong = post(scene, "bureau_duplicates", keep=f"{pairs[0].pk}:{third.pk}")
    assert wrong.status_code == 409
    assert not PersonMerge.objects.exists()


def test_a_barred_pair_says_what_to_do(scene: Scene) -> None:
    pair = pair_of(scene)
    f.make_ban(scene.other)
    answer = post(scene, "bureau_duplicates", keep=f"{pair.pk}:{scene.kept.pk}")
    assert (answer.status_code, "merge_barred" in answer.content.decode()) == (409, True)


def test_a_merged_record_leads_to_the_kept_one(scene: Scene) -> None:
    scene.merge()
    client = f.signed_in(scene.officer)
    answer: Any = client.get(reverse("bureau_person", args=[scene.other.pk]))
    assert answer.url == reverse("bureau_person", args=[scene.kept.pk])
    page = client.get(answer.url).content.decode()
    assert scene.certificate.serial in page
    assert str(scene.other.pk) not in client.get(reverse("bureau_people")).content.decode()


def test_documents_and_name_are_changed_on_their_pages(scene: Scene) -> None:
    added = post(scene, "bureau_document_new", scene.kept.pk, number="E12345678", kind="passport")
    assert added.status_code == 302
    taken = post(scene, "bureau_document_new", scene.other.pk, number="E12345678", kind="passport")
    assert (taken.status_code, "document_taken" in taken.content.decode()) == (409, True)
    document = scene.kept.documents.get(kind="passport")
    assert post(scene, "bureau_document_end", document.pk, on="2026-01-01", reason="换发").status_code == 302
    document.refresh_from_db()
    assert document.valid_until == date(2026, 1, 1)
    scan = SimpleUploadedFile("户口簿.pdf", f.PDF)
    renamed = post(scene, "bureau_name_change", scene.kept.pk, name="沈𬱖", reason="更名", evidence=scan)
    assert renamed.status_code == 302
    change = NameChange.objects.get()
    client = f.signed_in(scene.officer)
    assert "沈秋云" in client.get(reverse("bureau_person", args=[scene.kept.pk])).content.decode()
    assert client.get(reverse("private_file", args=[change.evidence_id])).status_code == 200
    manager = f.make_manager(scene.kept.posts.get().institution)
    assert f.signed_in(manager).get(reverse("private_file", args=[change.evidence_id])).status_code == 404
    unchanged = post(
        scene,
        "bureau_name_change",
        scene.kept.pk,
        name="沈𬱖",
        reason="更名",
        evidence=SimpleUploadedFile("a.pdf", f.PDF),
    )
    assert (unchanged.status_code, "name_same" in unchanged.content.decode()) == (409, True)


def test_an_officer_names_the_pair_by_its_document(scene: Scene) -> None:
    number = scene.other.documents.get().number
    answer = post(scene, "bureau_same_person", scene.kept.pk, number=number, purpose="核对")
    assert answer.status_code == 302
    pair = PossibleDuplicate.objects.get()
    assert {pair.first, pair.second} == {scene.kept, scene.other}
    nobody = post(scene, "bureau_same_person", scene.kept.pk, number=f.make_id_number(), purpose="核对")
    assert (nobody.status_code, "not_found" in nobody.content.decode()) == (409, True)


def test_a_centre_registers_and_enrols_in_one_step() -> None:
    trainer = f.make_trainer()
    run = f.make_run(centre=trainer.centre)
    client, number = f.signed_in(trainer), f.make_id_number()
    typed = {"name": "顾晓岚", "number": number, "phone": "13912345678", "consent": "on", "run": str(run.pk)}
    without = client.post(reverse("centre_learner_new"), {**typed, "consent": ""})
    assert (without.status_code, Person.objects.filter(name="顾晓岚").count()) == (422, 0)
    assert client.post(reverse("centre_learner_new"), typed).status_code == 302
    assert Enrollment.objects.get(run=run).person.name == "顾晓岚"
    again = client.post(reverse("centre_learner_new"), typed)
    assert (again.status_code, "already_enrolled" in again.content.decode()) == (409, True)
    elsewhere = f.make_run()
    assert client.post(reverse("centre_learner_new"), {**typed, "run": str(elsewhere.pk)}).status_code == 422


def test_a_bureau_registers_a_learner() -> None:
    officer = f.make_officer()
    typed = {"name": "顾晓岚", "number": f.make_id_number(), "consent": "on"}
    answer: Any = f.signed_in(officer).post(reverse("bureau_learner_new"), typed)
    person = Person.objects.get(name="顾晓岚")
    assert (answer.status_code, answer.url) == (302, reverse("bureau_person", args=[person.pk]))
    assert person.name in f.signed_in(officer).get(answer.url).content.decode()


def test_queries_do_not_grow(scene: Scene) -> None:
    def queries() -> int:
        client = f.signed_in(scene.officer)
        client.get(reverse("bureau_duplicates"))
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse("bureau_duplicates")).status_code == 200
        return len(counted)

    pair_of(scene)
    before = queries()
    people = [f.make_post(f.make_person(name=f"对{n}")).person for n in range(8)]
    for one, other in zip(people[::2], people[1::2], strict=True):
        deduplicating.note_pair(one.pk, other.pk, "phone")
    assert queries() == before <= 15
