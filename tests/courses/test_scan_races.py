"""Fifty scans at the same moment, on threads with connections of their own."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connections

from courses import scanning
from courses.models import Attendance, HourEntry, Scan, Session
from lms.jobs.errors import DomainError
from lms.registry.models import Membership
from tests import factories
from tests.factories import at

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MANY = 50
CAME, WENT = at("2025-03-05 08:55"), at("2025-03-05 12:01")


@pytest.fixture
def session() -> Session:
    return factories.make_session(factories.make_run(capacity=2 * MANY), at("2025-03-05 09:00"))


def learner(session: Session) -> Membership:
    return factories.make_learner(factories.make_enrollment(session.run).person)


def at_once(acts: Sequence[Callable[[], Any]]) -> Counter[str]:
    """Start all together; how often each ended well ("") or with which refusal."""
    gate, ends = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            act()
            ends.append("")
        except DomainError as refusal:
            ends.append(refusal.code)
        except BaseException as error:
            ends.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return Counter(ends)


def scan(act: Any, session: Session, by: Membership, when: Any, device: str = "") -> Callable[[], Any]:
    return lambda: act(by=by, session=session, person=by.user.person, at=when, device=device)


def test_fifty_people_scan_one_code(session: Session) -> None:
    people = [learner(session) for _ in range(MANY)]
    came = at_once([scan(scanning.check_in, session, by, CAME, f"phone {n}") for n, by in enumerate(people)])
    assert came == {"": MANY}
    went = at_once([scan(scanning.check_out, session, by, WENT, f"phone {n}") for n, by in enumerate(people)])
    assert went == {"": MANY}
    assert (Scan.objects.count(), Attendance.objects.count(), HourEntry.objects.count()) == (MANY, MANY, MANY)


def test_one_person_scans_fifty_times(session: Session) -> None:
    by = learner(session)
    assert at_once([scan(scanning.check_in, session, by, CAME)] * MANY) == {"": MANY}
    assert at_once([scan(scanning.check_out, session, by, WENT)] * MANY) == {"": MANY}
    assert (Scan.objects.count(), Attendance.objects.count(), HourEntry.objects.count()) == (1, 1, 1)


def test_two_people_with_one_phone(session: Session) -> None:
    acts = [scan(scanning.check_in, session, learner(session), CAME, "phone") for _ in range(2)]
    assert at_once(acts) == {"": 1, "device_used": 1}
    assert Scan.objects.count() == 1


def test_one_person_with_two_phones(session: Session) -> None:
    by = learner(session)
    assert at_once([scan(scanning.check_in, session, by, CAME, phone) for phone in ("one", "two")]) == {"": 2}
    assert Scan.objects.count() == 1
