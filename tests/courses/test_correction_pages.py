"""Corrections by two on their pages, closing and reopening, the roll with what was scanned and excused."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from courses import attending, closing, correcting
from courses.attending import Mark
from courses.models import Attendance, CorrectionProposal, Excuse, Scan, SessionPaper, Way
from lms.registry.models import PrivateFile, Purpose
from tests import factories as f
from tests.factories import signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture
def session() -> Any:
    return f.make_session(starts_at=f.at("2025-03-05 09:00"))


@pytest.fixture
def by(session: Any) -> Any:
    return f.make_trainer(session.run.centre)


def marked(session: Any, by: Any) -> Attendance:
    person = f.make_enrollment(session.run).person
    [row] = attending.call_roll(by=by, session=session, marks=[Mark(person, session.starts_at, session.ends_at)])
    return row


def proposed(by: Any, row: Attendance) -> CorrectionProposal:
    return correcting.propose_correction(by=by, attendance=row, arrived_at=None, left_at=None, reason="系代签")


def test_one_proposes_with_a_photo_and_a_colleague_confirms(session: Any, by: Any) -> None:
    row, url = marked(session, by), reverse("centre_session", args=[session.pk])
    first, second = signed_in(by), signed_in(f.make_trainer(session.run.centre))
    photo = SimpleUploadedFile("签到表.png", PNG, "image/png")
    typed = {"attendance": str(row.pk), "absent": "on", "reason": "签到表无此人", "evidence": photo}
    assert first.post(url, typed).status_code == 302
    proposal = CorrectionProposal.objects.get()
    assert (proposal.evidence.purpose, row.proposals.count()) == (Purpose.EVIDENCE, 1)
    assert [r.proposed for r in first.get(url).context["rows"]] == [True]
    assert first.get(url, {"correct": str(row.pk)}).context["waiting"] == proposal

    desk = reverse("centre_corrections")
    own = first.post(desk, {"proposal": str(proposal.pk), "act": "confirm"})
    assert (own.status_code, own.context["refusal"].code) == (409, "same_person")
    assert second.get(reverse("private_file", args=[proposal.evidence_id])).status_code == 200
    assert second.post(desk, {"proposal": str(proposal.pk), "act": "confirm"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.minutes, row.revision) == ("absent", 0, 2)
    assert list(second.get(desk).context["page"]) == []
    assert list(second.get(desk, {"state": "all"}).context["page"]) == [proposal]


def test_an_officer_is_a_second_person_too_and_gives_a_reason_for_no(session: Any, by: Any) -> None:
    row = marked(session, by)
    proposal, desk = proposed(by, row), reverse("bureau_attendance_corrections")
    officer = signed_in(f.make_officer(session.run.region))
    bare = officer.post(desk, {"proposal": str(proposal.pk), "act": "reject", "reason": " "})
    assert (bare.status_code, bare.context["refusal"].code) == (409, "reason_missing")
    assert officer.post(desk, {"proposal": str(proposal.pk), "act": "reject", "reason": "照片可证"}).status_code == 302
    proposal.refresh_from_db()
    row.refresh_from_db()
    assert (proposal.state, proposal.decision, row.minutes) == ("rejected", "照片可证", 180)
    for stranger in (f.make_officer(f.make_region("330602")),):
        again = signed_in(stranger).post(desk, {"proposal": str(proposal.pk), "act": "confirm"})
        assert again.status_code == 404
    supervisor = signed_in(f.make_supervisor(session.run.region))
    assert supervisor.get(desk).status_code == 200
    told = supervisor.post(desk, {"proposal": str(proposal.pk), "act": "confirm"})
    assert (told.status_code, told.context["refusal"].code) == (409, "not_allowed")


def test_the_centre_closes_and_the_bureau_reopens(session: Any, by: Any) -> None:
    row, url = marked(session, by), reverse("centre_session", args=[session.pk])
    missing = f.make_enrollment(session.run).person
    centre = signed_in(by)
    early = centre.post(url, {"act": "close"})
    assert (early.status_code, early.context["refusal"].code) == (409, "roll_incomplete")
    attending.call_roll(by=by, session=session, marks=[Mark(missing, None, None)])
    assert centre.post(url, {"act": "close"}).status_code == 302
    session.refresh_from_db()
    assert session.closed_at is not None
    assert not centre.get(url).context["may_close"]
    late = centre.post(url, {"attendance": str(row.pk), "absent": "on", "reason": "代签"})
    assert (late.status_code, CorrectionProposal.objects.count()) == (409, 0)

    officer = signed_in(f.make_officer(session.run.region))
    shown = reverse("bureau_session", args=[session.pk])
    assert officer.get(shown).context["may_reopen"]
    assert officer.post(shown, {"reason": ""}).context["refusal"].code == "reason_missing"
    assert officer.post(shown, {"reason": "补交签到表"}).status_code == 302
    session.refresh_from_db()
    assert session.closed_at is None
    assert [act["title"] for act in officer.get(shown).context["acts"]] != []


def test_the_bureau_finds_sessions_and_sees_their_evidence(
    session: Any, by: Any, django_assert_max_num_queries: Any
) -> None:
    officer = signed_in(f.make_officer(session.run.region))
    file = PrivateFile.objects.get(pk=f.make_file(Purpose.EVIDENCE).pk)
    SessionPaper.objects.create(session=session, kind="sheet", file=file, sent_by=by.user)
    other = f.make_session(f.make_run(centre=session.run.centre, title="秋季班"), f.at("2025-10-05 09:00"))
    f.make_session(f.make_run(centre=f.make_centre(region=f.make_region("330602"))))
    listed, shown = reverse("bureau_sessions"), reverse("bureau_session", args=[session.pk])
    assert {row.pk for row in officer.get(listed).context["page"]} == {session.pk, other.pk}
    assert [row.pk for row in officer.get(listed, {"q": "秋季"}).context["page"]] == [other.pk]
    assert [row.pk for row in officer.get(listed, {"until": "2025-03-05"}).context["page"]] == [session.pk]
    for _ in range(12):
        person = f.make_enrollment(session.run).person
        Scan.objects.create(session=session, person=person, way="code", came_at=session.starts_at)
        attending.record(
            by=by,
            session=session,
            marks=[Mark(person, session.starts_at, session.ends_at)],
            way=Way.CODE,
        )
    for url in (listed, shown):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert officer.get(url).status_code == 200
    rows = officer.get(shown).context["rows"]
    assert [(row.way, scan.came_at) for row, scan in rows] == [("code", session.starts_at)] * 12
    assert officer.get(reverse("private_file", args=[file.pk])).status_code == 200
    assert signed_in(f.make_trainer()).get(reverse("private_file", args=[file.pk])).status_code == 404
    closed = {"state": "closed"}
    assert list(officer.get(listed, closed).context["page"]) == []
    closing.close_session(by=by, session=session)
    assert [row.pk for row in officer.get(listed, closed).context["page"]] == [session.pk]
    assert [row.pk for row in officer.get(listed, {"state": "open"}).context["page"]] == [other.pk]
    for state in ("ahead", "cancelled"):
        assert list(officer.get(listed, {"state": state}).context["page"]) == []


def test_the_sheet_knows_who_is_excused_and_who_only_scanned_in(session: Any, by: Any) -> None:
    away, came, plain = (f.make_enrollment(session.run).person for _ in range(3))
    excuse = {"reason": "住院", "asked_by": by.user, "state": "granted", "decided_by": by.user}
    Excuse.objects.create(session=session, person=away, decided_at=timezone.now(), **excuse)
    Scan.objects.create(session=session, person=came, way="code", came_at=f.at("2025-03-05 09:07"))
    url, client = reverse("centre_session", args=[session.pk]), signed_in(by)
    rows = {row.enrollment.person: row for row in client.get(url).context["rows"]}
    assert (rows[away].excused, rows[away].absent) == (True, True)
    assert (rows[came].came, rows[came].scan is not None) == ("09:07", True)
    assert (rows[plain].came, rows[plain].absent) == ("09:00", False)
    typed = {f"absent-{rows[away].key}": "on"}
    for row in rows.values():
        typed |= {f"came-{row.key}": row.came, f"went-{row.key}": row.went}
    assert client.post(url, typed).status_code == 302
    states = dict(Attendance.objects.values_list("person_id", "state"))
    assert states == {away.pk: "excused", came.pk: "late", plain.pk: "present"}
