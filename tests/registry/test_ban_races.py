"""A ban and something given to the same person at the same moment: one of them waits for the other.

Real threads with connections of their own; what each waits for is read from PostgreSQL, so that
nothing here depends on time passing.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from lms.jobs.errors import DomainError
from lms.registry import banning
from lms.registry.models import Ban, Person, Post
from tests import factories as f
from tests.registry import attacks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

GIVEN: dict[str, Callable[[Person], Any]] = {
    "post": lambda person: attacks.new_post(_only(person)),
    "entry": lambda person: attacks.new_entry(_only(person)),
    "attendance": lambda person: attacks.new_attendance(_only(person)),
    "enrollment": lambda person: attacks.new_enrollment(_only(person)),
    "certificate": lambda person: attacks.new_certificate(_only(person)),
}


def _only(person: Person) -> Any:
    return type("World", (), {"banned": person})()


class Other(threading.Thread):
    """Runs one function on its own connection and keeps how it ended."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.act = act
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.act()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()

    def wait_until_blocked(self) -> None:
        """Return when some backend waits for a lock; fail when the thread has ended instead."""
        for _ in range(20_000):
            with connection.cursor() as cursor:  # pg_locks is live; pg_stat_activity stands still in a transaction
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return
            assert self.is_alive(), f"it did not wait: {self.error!r}"
        pytest.fail("nobody waits for a lock")

    def ended(self) -> BaseException | None:
        self.join(timeout=30)
        assert not self.is_alive()
        return self.error


@pytest.fixture
def ban() -> Ban:
    return f.make_ban(f.make_person(), confirmed=False)


@pytest.mark.parametrize("kind", GIVEN)
def test_what_comes_during_a_ban_waits_and_is_refused(kind: str, ban: Ban) -> None:
    row = GIVEN[kind](ban.person)
    with transaction.atomic():
        banning.confirm_ban(by=f.make_officer(), ban=ban)
        other = Other(lambda: attacks.create(row))
        other.wait_until_blocked()
    error = other.ended()
    assert isinstance(error, IntegrityError)
    assert "guard:person_barred" in str(error)
    assert not type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("kind", GIVEN)
def test_a_ban_waits_for_what_is_under_way(kind: str, ban: Ban) -> None:
    row = GIVEN[kind](ban.person)
    officer = f.make_officer()
    with transaction.atomic():
        attacks.create(row)
        other = Other(lambda: banning.confirm_ban(by=officer, ban=ban))
        other.wait_until_blocked()
        assert not Ban.objects.standing().exists()
    assert other.ended() is None
    # It was there before the ban, and nothing comes after it.
    assert type(row)._base_manager.filter(pk=row.pk).exists()
    assert Ban.objects.standing().filter(pk=ban.pk).exists()
    with pytest.raises(IntegrityError, match="guard:person_barred"):
        attacks.create(GIVEN[kind](ban.person))


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_older_snapshot_does_not_slip_through(kind: str, level: str, ban: Ban) -> None:
    """Such a transaction cannot see the ban, so it must fail rather than write."""
    row = GIVEN[kind](ban.person)
    officer = f.make_officer()

    def write_late() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                cursor.execute("SELECT count(*) FROM registry_ban")  # takes the snapshot
            assert Other(lambda: banning.confirm_ban(by=officer, ban=ban)).ended() is None
            attacks.create(row)

    with pytest.raises((OperationalError, IntegrityError)) as failure:
        write_late()
    assert "could not serialize" in str(failure.value) or "guard:person_barred" in str(failure.value)
    assert not type(row)._base_manager.filter(pk=row.pk).exists()


def test_a_ban_written_whole_takes_the_lock_too() -> None:
    """As raw SQL or an import would write it: confirmed from the beginning."""
    person = f.make_person()
    ban = f.make_ban(person, confirmed=False)
    whole = Ban(
        person=person,
        scope="person",
        case=ban.case,
        legal_basis="x",
        decision=ban.decision,
        region=ban.region,
        proposed_by=ban.proposed_by,
        confirmed_by=f.make_user(),
        confirmed_at=ban.proposed_at,
    )
    with transaction.atomic():
        attacks.create(whole)
        other = Other(lambda: attacks.create(GIVEN["post"](person)))
        other.wait_until_blocked()
    assert "guard:person_barred" in str(other.ended())
    assert not Post.objects.filter(person=person).exists()


def test_two_officers_at_once(ban: Ban) -> None:
    first, second = f.make_officer(), f.make_officer()
    with transaction.atomic():
        banning.confirm_ban(by=first, ban=ban)
        other = Other(lambda: banning.reject_ban(by=second, ban=ban))
        other.wait_until_blocked()
    error = other.ended()
    assert isinstance(error, DomainError)
    assert error.code == "ban_state"
    row = Ban.objects.get(pk=ban.pk)
    assert (row.state, row.confirmed_by, row.rejected_by) == ("standing", first.user, None)


def test_two_proposals_at_once_are_one() -> None:
    person, officers, files = f.make_person(), [f.make_officer() for _ in range(2)], [f.make_file() for _ in range(2)]

    def propose(i: int) -> Ban:
        return banning.propose_ban(
            by=officers[i],
            person=person,
            scope="person",
            case_number=f"A{i}",
            summary="x",
            legal_basis="x",
            decision=files[i],
        )

    with transaction.atomic():
        propose(0)
        other = Other(lambda: propose(1))
        other.wait_until_blocked()
    error = other.ended()
    assert isinstance(error, DomainError)
    assert error.code == "ban_exists"
    assert Ban.objects.filter(person=person).count() == 1
