"""What the rooms of learning hand over when two records are one person: turns, scans, claims and their hours."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from courses import crediting
from courses.models import HourClaim, HourClaimItem, HourEntry, Scan, TrainingYear, WaitingPlace
from lms.registry import absenting, news
from lms.registry.models import Person, Purpose
from tests import factories as f
from tests.registry.merging_scene import Scene, make_scene

pytestmark = pytest.mark.django_db


def claim_of(person: Person, starts: str, ends: str) -> HourClaim:
    """An hour outside, granted and credited."""
    officer = f.make_officer()
    claim = HourClaim.objects.create(
        person=person,
        source="outside",
        title="外省培训",
        organiser="师范大学",
        region=f.songjiang(),
        evidence=f.make_file(Purpose.EVIDENCE),
        claimed_by=officer.user,
    )
    item = HourClaimItem.objects.create(
        claim=claim,
        number=1,
        day=date(2025, 3, 5),
        starts_at=f.at(f"2025-03-05 {starts}"),
        ends_at=f.at(f"2025-03-05 {ends}"),
        bucket="skill",
        asked_minutes=60,
        granted_minutes=60,
        state="granted",
        decided_by=officer.user,
        decided_at=timezone.now(),
    )
    crediting.credit_item(by=None, item=item)
    return claim


def minutes(person: Person) -> int:
    return sum(TrainingYear.objects.filter(person=person).values_list("skill_minutes", flat=True))


def turn(scene: Scene, run: Any, person: Person) -> WaitingPlace:
    return WaitingPlace.objects.create(run=run, person=person, source="self", asked_by=scene.officer.user)


def test_claims_pass_and_no_minute_of_them_counts_twice() -> None:
    scene = make_scene()
    claim_of(scene.kept, "09:00", "10:00")
    same, free = claim_of(scene.other, "09:30", "10:30"), claim_of(scene.other, "14:00", "15:00")
    scene.merge()
    assert minutes(scene.kept) == 120
    assert HourEntry.objects.get(item__claim=free).person == scene.kept
    assert HourEntry.objects.get(item__claim=same).person == scene.other
    assert set(HourClaim.objects.values_list("person", flat=True)) == {scene.kept.pk}


def test_turns_and_scans_pass_unless_she_has_both() -> None:
    scene = make_scene()
    both, one = f.make_run(), f.make_run()
    turn(scene, both, scene.kept)
    second, only = turn(scene, both, scene.other), turn(scene, one, scene.other)
    session, other_session = f.make_session(one), f.make_session(one)
    Scan.objects.create(session=session, person=scene.kept, way="code", came_at=session.starts_at)
    kept_back = Scan.objects.create(session=session, person=scene.other, way="code", came_at=session.starts_at)
    passed = Scan.objects.create(session=other_session, person=scene.other, way="code", came_at=session.starts_at)
    merge = scene.merge()
    for row in (second, only, kept_back, passed):
        row.refresh_from_db()
    assert (second.person, second.left_at is not None) == (scene.other, True)
    assert (only.person, only.left_at) == (scene.kept, None)
    assert (kept_back.person, passed.person) == (scene.other, scene.kept)
    scene.unmerge(merge)
    for row in (second, only, passed):
        row.refresh_from_db()
    assert (second.left_at, only.person, passed.person) == (None, scene.other, scene.other)


def test_a_suspension_is_news_for_whoever_counts_hours(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr(news, "suspensions_changed", [lambda: told.append("x")])
    post, today = f.make_post(), timezone.localdate()
    with django_capture_on_commit_callbacks(execute=True):
        leave = absenting.begin_leave(by=None, post=post, kind="sick", on=today)
        absenting.end_leave(by=None, leave=leave, on=today)
    assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        leave = absenting.suspend(by=None, post=post, on=today, until=today, reason="调查")
        absenting.end_leave(by=None, leave=leave, on=today, reason="查无此事")
    assert told == ["x", "x"]
