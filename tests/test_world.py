"""The synthetic world: valid, the same each time, through every guard, and finished after a stop."""

import json
import re
from datetime import date
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from certification.models import CertificateKind, Qualification
from courses.models import TrainingYear
from lms.jobs.errors import DomainError
from lms.registry import auditing, guards
from lms.registry.models import Ban, IdentityDocument, Institution, Membership, Person, Post
from lms.registry.registering import find_person
from lms.registry.rosters.identity import normalise_id, parse_uscc
from lms.world import drawing, loading
from lms.world.people import FIRST_BIRTH, LAST_BIRTH, resident_number, staff_of
from tests import factories as f

pytestmark = pytest.mark.django_db


def load(**options: Any) -> dict[str, Any]:
    out = StringIO()
    wanted = {"staff": 200, "institutions": 20, "years": 2, "seed": 7, "processes": 1, **options}
    call_command("load_world", json=True, stdout=out, stderr=StringIO(), **wanted)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "CHUNK", 8)


def test_a_small_world_is_whole_and_valid() -> None:
    answer = load()
    assert (answer["people"], answer["institutions"], answer["bans"]) == (200, 20, 1)
    assert Person.objects.count() == IdentityDocument.objects.count() == 200
    today = timezone.localdate()
    for document in IdentityDocument.objects.select_related("person"):
        read = normalise_id(document.number, today=today)
        person = document.person
        assert (read.number, read.sex, read.born_on) == (document.number, person.sex, person.born_on)
        assert person.born_on is not None
        assert FIRST_BIRTH <= person.born_on <= LAST_BIRTH
        assert find_person(document.number) == person
        assert document.number not in document.masked
        assert len(person.phone) == 11
    for institution in Institution.objects.all():
        assert parse_uscc(institution.uscc) == (institution.uscc, False)
    for post in Post.objects.select_related("institution", "person"):
        post.full_clean(exclude=["person", "institution", "manager"])
        assert post.ended_on is not None or post.institution.filing in ("filed", "pending")
    patterns = dict(CertificateKind.objects.values_list("code", "number_patterns"))
    for row in Qualification.objects.all():
        assert row.number
        assert not patterns[row.kind_id] or _fits(row.number, patterns[row.kind_id])
    assert set(TrainingYear.objects.values_list("year", flat=True)) == {today.year, today.year - 1}
    assert Ban.objects.get().state == "standing"
    assert not guards.missing()
    assert auditing.verify().intact
    connection.check_constraints()


def _fits(number: str, patterns: list[str]) -> bool:
    return any(re.fullmatch(pattern, number) for pattern in patterns)


def test_guards_judge_bulk_rows_as_every_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed institution's new post is refused on this path too."""
    write = drawing.draw

    def with_closed_places(plan: Any, chunk: range) -> Any:
        rows = write(plan, chunk)
        rows.institutions = [(*row[:5], "closed", *row[6:]) for row in rows.institutions]
        return rows

    monkeypatch.setattr(loading, "draw", with_closed_places)
    with pytest.raises(CommandError, match="world_collides"):
        load()
    assert not Post.objects.exists()


def test_the_same_seed_gives_the_same_world_and_another_one_another() -> None:
    plan = loading._plan(7, 200, 20, 1, f.make_user())
    other = loading._plan(8, 200, 20, 1, f.make_user())
    first, again, elsewhere = (drawing.draw(one, range(20)) for one in (plan, plan, other))

    def told(rows: drawing.Rows) -> list[Any]:
        return [[row[:8] for row in rows.people], rows.posts, rows.institutions, [row[4] for row in rows.documents]]

    assert told(first) == told(again)
    assert not {row[4] for row in first.documents} & {row[4] for row in elsewhere.documents}


def test_an_interrupted_load_is_finished_by_the_same_call(small_chunks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = loading.write
    written: list[range] = []

    def stops(plan: drawing.Plan, chunk: range) -> dict[str, int]:
        if written:
            raise KeyboardInterrupt
        written.append(chunk)
        return real(plan, chunk)

    monkeypatch.setattr(loading, "write", stops)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert Institution.objects.count() == 8
    monkeypatch.setattr(loading, "write", real)
    with pytest.raises(CommandError, match="world_not_empty"):
        load()
    answer = load(add=True)
    assert (answer["chunks_kept"], answer["institutions"]) == (1, 12)
    assert (Person.objects.count(), Institution.objects.count()) == (200, 20)
    once_more = load(add=True)
    assert (once_more["people"], once_more["bans"], once_more["chunks_kept"]) == (0, 0, 3)
    assert Person.objects.count() == 200


def test_accounts_have_no_password_unless_one_is_given() -> None:
    load()
    users = [row.user for row in Membership.objects.current().filter(user__username__startswith="world-")]
    assert len(users) == 12 + 5
    assert not any(user.has_usable_password() for user in users)


@pytest.mark.parametrize("asked", [{"institutions": 201}, {"institutions": 0}, {"staff": 9000}, {"years": -1}])
def test_a_world_that_cannot_be_is_refused(asked: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="world_size") as refused:
        load(**asked)
    assert refused.value.returncode == 2
    assert not Person.objects.exists()


def test_everybody_has_a_place_and_nobody_two() -> None:
    for staff, institutions in ((200, 20), (1003, 101), (7, 7), (1000, 3)):
        counts = [staff_of(number, staff=staff, institutions=institutions) for number in range(institutions)]
        assert sum(counts) == staff
        assert min(counts) > 0
    homes = ["310117", "330602"]
    numbers = {resident_number(1, number, homes) for number in range(40_000)}
    assert len(numbers) == 40_000
    assert all(date(1960, 1, 1) <= normalise_id(one, today=date(2026, 1, 1)).born_on for one in list(numbers)[:300])  # type: ignore[operator]
    assert all(first != second for first, second in pairwise(sorted(numbers)))


def test_people_stand_at_one_place_once() -> None:
    load()
    open_posts = Post.objects.filter(ended_on__isnull=True).values("person", "institution").annotate(n=Count("pk"))
    assert not open_posts.filter(n__gt=1).exists()
    with pytest.raises(DomainError, match="--add"):
        loading.load(seed=7, staff=200, institutions=20, years=1, add=False, password=None, processes=1, say=_silent)


def _silent(done: int, total: int) -> None:
    pass
