"""Merges that meet something else at the same moment: one of the two waits, and nothing is lost or doubled.

Real threads with connections of their own; what each waits for is read from PostgreSQL.
"""

import pytest
from django.db import transaction

from courses import attending
from courses.attending import Mark
from courses.models import HourEntry
from lms.jobs.errors import DomainError
from lms.registry import banning
from lms.registry.models import Ban, Person, PersonMerge
from tests import factories as f
from tests.registry.merging_scene import Scene, held_session, make_scene
from tests.registry.test_ban_races import Other

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def code_of(error: BaseException | None) -> str:
    assert isinstance(error, DomainError), repr(error)
    return error.code


def test_two_merges_of_one_pair_are_one(scene: Scene) -> None:
    with transaction.atomic():
        scene.merge()
        other = Other(scene.merge)
        other.wait_until_blocked()
    assert code_of(other.ended()) == "merged_record"
    assert PersonMerge.objects.count() == 1


def test_two_merges_in_opposite_directions_are_one(scene: Scene) -> None:
    opposite = Scene(**{**vars(scene), "kept": scene.other, "other": scene.kept})
    with transaction.atomic():
        scene.merge()
        other = Other(opposite.merge)
        other.wait_until_blocked()
    assert code_of(other.ended()) == "merged_record"
    assert Person.objects.filter(merged_into__isnull=False).get() == scene.other


@pytest.mark.parametrize("who", ["kept", "other"])
def test_a_ban_that_is_being_proposed_stops_the_merge(scene: Scene, who: str) -> None:
    decision, officer = f.make_file(), f.make_officer()
    with transaction.atomic():
        banning.propose_ban(
            by=officer,
            person=getattr(scene, who),
            scope="person",
            case_number="A1",
            summary="x",
            legal_basis="x",
            decision=decision,
        )
        other = Other(scene.merge)
        other.wait_until_blocked()
    assert code_of(other.ended()) == "merge_barred"
    assert not PersonMerge.objects.exists()


def test_a_ban_waits_for_the_merge_and_finds_the_record_closed(scene: Scene) -> None:
    decision, officer = f.make_file(), f.make_officer()

    def propose() -> Ban:
        return banning.propose_ban(
            by=officer,
            person=scene.other,
            scope="person",
            case_number="A1",
            summary="x",
            legal_basis="x",
            decision=decision,
        )

    with transaction.atomic():
        scene.merge()
        other = Other(propose)
        other.wait_until_blocked()
    assert code_of(other.ended()) == "merged_record"
    assert not Ban.objects.exists()


def test_hours_are_credited_before_the_merge_or_refused_after_it(scene: Scene) -> None:
    first, second = held_session(), held_session("2025-05-10 09:00")
    for session in (first, second):
        f.make_enrollment(session.run, scene.other)

    def call(session: object) -> None:
        marks = [Mark(scene.other, session.starts_at, session.ends_at)]  # type: ignore[attr-defined]
        attending.call_roll(by=scene.trainer, session=session, marks=marks)  # type: ignore[arg-type]

    with transaction.atomic():
        call(first)
        other = Other(scene.merge)
        other.wait_until_blocked()
    assert other.ended() is None
    assert HourEntry.objects.get(session=first).person == scene.kept
    merge = PersonMerge.objects.get()
    scene.unmerge(merge)
    with transaction.atomic():
        scene.merge()
        late = Other(lambda: call(second))
        late.wait_until_blocked()
    assert late.ended() is not None
    assert not HourEntry.objects.filter(session=second).exists()
