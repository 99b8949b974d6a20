"""Below the verbs of merging: what the database refuses, whoever asks."""

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from certification.models import Certificate
from courses.models import HourEntry
from lms.registry.models import PersonMerge
from tests import factories as f
from tests.registry.merging_scene import Scene, enrich, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def update(model: type[models.Model], **values: object) -> None:
    with transaction.atomic():
        model._base_manager.filter(person=values.pop("of")).update(**values)


def test_frozen_rows_change_hands_only_with_a_merge_that_names_them(scene: Scene) -> None:
    stranger = f.make_person()
    for model, code in ((Certificate, "certificate_frozen"), (HourEntry, "ledger_append_only")):
        for owner in (scene.kept, stranger):
            with pytest.raises(IntegrityError, match=f"guard:{code}"):
                update(model, of=scene.other, person=owner)
    merge = scene.merge()
    for model, code in ((Certificate, "certificate_frozen"), (HourEntry, "ledger_append_only")):
        for owner in (scene.other, stranger):  # not back while it stands, and to nobody else
            with pytest.raises(IntegrityError, match=f"guard:{code}"):
                update(model, of=scene.kept, person=owner)
    with pytest.raises(IntegrityError, match="guard:certificate_frozen"):
        update(Certificate, of=scene.kept, holder_name="别人")
    scene.unmerge(merge)
    for model, code in ((Certificate, "certificate_frozen"), (HourEntry, "ledger_append_only")):
        with pytest.raises(IntegrityError, match=f"guard:{code}"):  # and not once more
            update(model, of=scene.other, person=scene.kept)


def test_a_row_the_merge_does_not_name_stays(scene: Scene) -> None:
    enrich(scene)
    scene.merge()
    left = HourEntry.objects.filter(person=scene.other)
    assert left.count() == 2
    for entry in left:
        with pytest.raises(IntegrityError, match="guard:ledger_append_only"), transaction.atomic():
            HourEntry.objects.filter(pk=entry.pk).update(person=scene.kept)


def test_a_merge_is_never_rewritten(scene: Scene) -> None:
    merge = scene.merge()
    rows = PersonMerge.objects.filter(pk=merge.pk)
    changes: list[dict[str, Any]] = [
        {"kept": f.make_person()},
        {"moved": {}},
        {"reason": "y"},
        {"merged_by": f.make_user()},
    ]
    for values in changes:
        with pytest.raises(IntegrityError, match="guard:merge_final"), transaction.atomic():
            rows.update(**values)
    with pytest.raises(IntegrityError, match="guard:merge_final"), transaction.atomic():
        rows._raw_delete(using="default")
    scene.unmerge(merge)
    with pytest.raises(IntegrityError, match="guard:merge_final"), transaction.atomic():
        rows.update(undone_at=None, undone_by=None)
