"""Checks of people: recorded by their institution, carried by their posts, never more than the law lets keep."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from certification import checking
from certification.checking import Result, Standing
from certification.models import EntryCheck
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Notice, Person, Post
from tests.certification.entry_scene import CHANNEL, Scene, days, make_entry, make_scene, record
from tests.factories import make_manager, make_person, make_post, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def post(scene: Scene) -> Post:
    return make_post(institution=scene.institution)


def refusal(scene: Scene, person: Person, kind: str, **kw: Any) -> str:
    with pytest.raises(DomainError) as caught:
        record(scene, person, kind, **kw)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("ban", {}, "check_by_system"),
        ("qualification", {}, "check_by_system"),
        ("identity", {"done_on": days(1)}, "check_dates"),
        ("health", {"valid_until": None}, "check_until_missing"),
        ("health", {"valid_until": days(-1)}, "check_dates"),
        ("health", {"done_on": days(-10), "valid_until": days(-20)}, "check_dates"),
        ("no_crime", {"channel": " "}, "channel_missing"),
        ("no_crime", {"consent": False}, "consent_missing"),
    ],
)
def test_what_cannot_be_a_check_is_refused(
    scene: Scene, post: Post, kind: str, values: dict[str, Any], code: str
) -> None:
    assert refusal(scene, post.person, kind, **values) == code
    assert not EntryCheck.objects.exists()
    if kind in checking.BY_PEOPLE:
        assert record(scene, post.person, kind).passed


def test_the_database_keeps_consent_too(scene: Scene, post: Post) -> None:
    row = {"person": post.person, "institution": scene.institution, "kind": "no_crime", "done_on": days(0)}
    for wrong in ({"consent": False, "channel": CHANNEL}, {"consent": True, "channel": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EntryCheck.objects.create(passed=True, **row, **wrong)
    EntryCheck.objects.create(passed=True, consent=True, channel=CHANNEL, **row)


def test_only_for_one_s_own_people(scene: Scene, post: Post) -> None:
    stranger = make_person()
    assert refusal(scene, stranger, "identity") == "not_found"
    make_entry(scene, stranger)
    assert record(scene, stranger, "identity").passed
    other = Scene(scene.institution, make_manager(), scene.officer)
    assert refusal(other, post.person, "identity") == "not_found"
    bureau = Scene(scene.institution, scene.officer, scene.officer)
    assert refusal(bureau, post.person, "identity") == "not_allowed"


def test_a_good_check_moves_the_dates_of_the_post_on(scene: Scene, post: Post) -> None:
    record(scene, post.person, "health", valid_until=days(200), number="JK2")
    record(scene, post.person, "no_crime", done_on=days(-3))
    post.refresh_from_db()
    assert (post.health_expires_on, post.health_number, post.no_crime_checked_on) == (days(200), "JK2", days(-3))
    record(scene, post.person, "health", valid_until=days(100), number="JK1")
    record(scene, post.person, "no_crime", done_on=days(-30))
    post.refresh_from_db()
    assert (post.health_expires_on, post.health_number, post.no_crime_checked_on) == (days(200), "JK2", days(-3))


def test_a_check_that_was_not_passed_moves_nothing_and_reaches_the_bureau(scene: Scene, post: Post) -> None:
    record(scene, post.person, "no_crime", passed=False)
    post.refresh_from_db()
    assert post.no_crime_checked_on is None
    assert Notice.objects.filter(to=scene.officer.user, code="check_failed").count() == 1


def test_a_withdrawn_check_gives_way_to_the_one_before(scene: Scene, post: Post) -> None:
    record(scene, post.person, "health", valid_until=days(100), number="JK1")
    wrong = record(scene, post.person, "health", valid_until=days(300), number="JK9")
    checking.withdraw_check(by=scene.manager, check=wrong)
    post.refresh_from_db()
    assert (post.health_expires_on, post.health_number) == (days(100), "JK1")
    with pytest.raises(DomainError) as caught:
        checking.withdraw_check(by=scene.manager, check=wrong)
    assert caught.value.code == "entry_state"
    only = record(scene, post.person, "no_crime")
    checking.withdraw_check(by=scene.manager, check=only)
    post.refresh_from_db()
    assert post.no_crime_checked_on is None


def test_the_audit_says_what_was_checked_and_no_number(scene: Scene, post: Post) -> None:
    record(scene, post.person, "health", number="JK20269999")
    act = AuditEntry.objects.get(action="check.record")
    assert act.after == {
        "kind": "health",
        "done_on": days(0).isoformat(),
        "passed": True,
        "person": str(post.person_id),
    }


def test_many_are_recorded_and_whoever_is_refused_is_named(scene: Scene) -> None:
    people = make_staff(scene.institution, 3)
    stranger = make_person()
    results = [Result(person, days(-1)) for person in [*people, stranger]]
    answer = checking.record_many(
        by=scene.manager,
        institution=scene.institution,
        kind="no_crime",
        results=results,
        channel=CHANNEL,
        consent=True,
    )
    assert answer.done == 3
    assert [(person, error.code) for person, error in answer.refused] == [(stranger, "not_found")]
    assert set(Post.objects.values_list("no_crime_checked_on", flat=True)) == {days(-1)}


@pytest.mark.parametrize(
    ("health", "checked", "standings"),
    [
        (None, None, {"health": Standing.MISSING, "no_crime": Standing.MISSING}),
        (-1, -400, {"health": Standing.RUN_OUT, "no_crime": Standing.RUN_OUT}),
        (30, -340, {"health": Standing.SOON, "no_crime": Standing.SOON}),
        (31, -300, {"health": Standing.DONE, "no_crime": Standing.DONE}),
    ],
)
def test_how_the_yearly_checks_of_a_post_stand(
    scene: Scene, health: int | None, checked: int | None, standings: dict[str, Standing]
) -> None:
    make_post(
        institution=scene.institution,
        health_expires_on=None if health is None else days(health),
        no_crime_checked_on=None if checked is None else days(checked),
    )
    posts = Post.objects.select_related("institution__region", "person")
    assert {due.kind.value: due.standing for due in checking.due_checks(posts, days(0))} == standings


def test_a_check_holds_until_its_anniversary() -> None:
    assert checking.runs_out(date(2025, 3, 5), 12) == date(2026, 3, 5)
    assert checking.runs_out(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert checking.runs_out(date(2025, 3, 5), None) is None
