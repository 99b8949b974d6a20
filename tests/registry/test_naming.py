"""A new name with its evidence: the old one finds her, and her certificates stay what they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from certification import verifying
from certification.verifying import Status
from lms.jobs.errors import DomainError
from lms.registry import naming
from lms.registry.models import AuditEntry, NameChange, Person, Purpose
from lms.registry.registering import sort_key
from tests import factories as f
from tests.registry.merging_scene import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code == code


def rename(scene: Scene, name: str = "沈𬱖", **kw: object) -> NameChange:
    values = {"by": scene.officer, "reason": "户口簿更名", "evidence": f.make_file(Purpose.EVIDENCE)}
    return naming.change_name(person=scene.other, name=name, **(values | kw))  # type: ignore[arg-type]


def test_the_new_name_counts_and_the_old_one_finds_her(scene: Scene) -> None:
    learner = f.make_learner(scene.other, user=f.make_user(person=scene.other, name=scene.other.name))
    change = rename(scene)
    person = Person.objects.get(pk=scene.other.pk)
    learner.user.refresh_from_db()
    assert (person.name, person.sort_key, learner.user.name) == ("沈𬱖", sort_key("沈𬱖"), "沈𬱖")
    assert (change.old_name, change.changed_by) == ("沈秋云", scene.officer.user)
    assert naming.formerly("秋云") == {person.pk}
    assert naming.formerly("沈𬱖") == naming.formerly("") == set()
    entry = AuditEntry.objects.get(action="person.rename")
    assert "沈" not in str(entry.after)


def test_her_certificate_stays_valid_under_the_name_it_was_issued_with(scene: Scene) -> None:
    rename(scene)
    answer = verifying.verify(scene.certificate.serial)
    assert (answer.status, answer.certificate and answer.certificate.holder_name) == (Status.VALID, "沈秋云")


def test_lists_find_her_by_the_old_name(scene: Scene) -> None:
    rename(scene)
    manager = f.make_manager(scene.post.institution)
    for reader, page in ((scene.officer, "bureau_people"), (manager, "institution_roster")):
        text = f.signed_in(reader).get(reverse(page), {"q": "沈秋云"}).content.decode()
        assert "沈𬱖" in text, page
        assert "沈𬱖" not in f.signed_in(reader).get(reverse(page), {"q": "沈春云"}).content.decode(), page


def test_a_merged_record_is_found_under_its_name(scene: Scene) -> None:
    Person.objects.filter(pk=scene.other.pk).update(name="沈丘云")
    scene.merge()
    assert naming.formerly("丘云") == {scene.kept.pk}


def test_refusals(scene: Scene) -> None:
    with refused("reason_missing"):
        rename(scene, reason="")
    for evidence in (None, f.make_file(Purpose.SCAN)):
        with refused("name_evidence"):
            rename(scene, evidence=evidence)
    with refused("not_allowed"):
        rename(scene, by=f.make_manager(scene.post.institution))
    with refused("not_found"):
        rename(scene, by=f.make_officer(f.qingpu()))
    with refused("name_same"):
        rename(scene, name="沈秋云")
    with refused("own_case"):
        rename(scene, by=f.make_officer(user=f.make_user(person=scene.other)))
    assert not NameChange.objects.exists()
    scene.merge()
    with pytest.raises(DomainError):
        rename(scene)
    assert not NameChange.objects.exists()


def test_a_change_of_name_is_never_rewritten(scene: Scene) -> None:
    change = rename(scene)
    with pytest.raises(IntegrityError, match="guard:append_only"), transaction.atomic():
        NameChange.objects.filter(pk=change.pk).update(old_name="别名")
