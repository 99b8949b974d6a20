"""Closing a session and reopening it, and a correction that comes at the same moment."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from courses import attending, closing, correcting
from courses.attending import Mark
from courses.models import AttendanceCorrection, CorrectionProposal, SessionAct
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry
from tests import factories as f


def code_of(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def scene() -> tuple[Any, Any, Any]:
    """A session whose roll is called, its trainer, and one mark."""
    session = f.make_session(starts_at=f.at("2025-03-05 09:00"))
    by = f.make_trainer(session.run.centre)
    person = f.make_enrollment(session.run).person
    [row] = attending.call_roll(by=by, session=session, marks=[Mark(person, session.starts_at, session.ends_at)])
    return session, by, row


@pytest.mark.django_db
def test_closed_is_final_until_a_bureau_reopens_it() -> None:
    session, by, row = scene()
    late = f.make_enrollment(session.run).person
    with pytest.raises(DomainError) as refused:
        closing.close_session(by=by, session=session)
    assert (refused.value.code, refused.value.context["count"]) == ("roll_incomplete", 1)
    attending.call_roll(by=by, session=session, marks=[Mark(late, None, None)])
    session = closing.close_session(by=by, session=session)
    assert session.closed_at is not None
    assert code_of(lambda: closing.close_session(by=by, session=session)) == "session_closed"
    propose = correcting.propose_correction
    assert (
        code_of(lambda: propose(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签"))
        == "session_closed"
    )

    officer = f.make_officer(session.run.region)
    reopen = closing.reopen_session
    assert code_of(lambda: reopen(by=by, session=session, reason="漏点")) == "not_allowed"
    assert (
        code_of(lambda: reopen(by=f.make_supervisor(session.run.region), session=session, reason="漏点"))
        == "not_allowed"
    )
    elsewhere = f.make_officer(f.make_region("330602"))
    assert code_of(lambda: reopen(by=elsewhere, session=session, reason="漏点")) == "not_allowed"
    assert code_of(lambda: reopen(by=officer, session=session, reason=" ")) == "reason_missing"
    session = reopen(by=officer, session=session, reason="签到表补交")
    assert session.closed_at is None
    assert code_of(lambda: reopen(by=officer, session=session, reason="再次")) == "session_open"
    assert list(SessionAct.objects.order_by("at").values_list("step", "reason")) == [
        ("close", ""),
        ("reopen", "签到表补交"),
    ]
    assert AuditEntry.objects.filter(action__in=["close_session", "reopen_session"]).count() == 2
    propose(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签")


@pytest.mark.django_db
def test_what_stands_in_the_way_of_closing() -> None:
    session, by, row = scene()
    stranger = f.make_trainer()
    assert code_of(lambda: closing.close_session(by=stranger, session=session)) == "not_allowed"
    proposal = correcting.propose_correction(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签")
    assert code_of(lambda: closing.close_session(by=by, session=session)) == "correction_open"
    colleague = f.make_trainer(session.run.centre)
    correcting.reject_correction(by=colleague, proposal=proposal, reason="本人在场")
    running = f.make_session(session.run, timezone.now() - timedelta(minutes=5))
    assert code_of(lambda: closing.close_session(by=by, session=running)) == "session_not_ended"
    session.cancelled_at = timezone.now()
    session.save(update_fields=["cancelled_at"])
    assert code_of(lambda: closing.close_session(by=by, session=session)) == "session_cancelled"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["close", "propose"])
def test_a_correction_and_the_closing_never_both_happen(first: str) -> None:
    session, by, row = scene()
    outcomes: dict[str, str] = {}
    barrier = threading.Barrier(2)

    def act(name: str) -> None:
        try:
            barrier.wait()
            if name == "close":
                closing.close_session(by=by, session=session)
            else:
                correcting.propose_correction(by=by, attendance=row, arrived_at=None, left_at=None, reason="代签")
            outcomes[name] = "done"
        except DomainError as refusal:
            outcomes[name] = refusal.code
        finally:
            connections.close_all()

    names = [first, "propose" if first == "close" else "close"]
    threads = [threading.Thread(target=act, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes in (
        {"close": "done", "propose": "session_closed"},
        {"close": "correction_open", "propose": "done"},
    )
    session.refresh_from_db()
    assert (session.closed_at is not None) != CorrectionProposal.objects.filter(state="open").exists()
    assert not AttendanceCorrection.objects.exists()
