"""What scans, excuses and claims say of a person goes with her data; that she was there stays."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from courses.models import Attendance, Excuse, HourClaim, Scan, Session
from lms.jobs import running
from lms.registry import erasing, keeping
from lms.registry.models import Purpose
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_where_she_was_and_what_was_written_goes(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    person = f.make_post(state="left", ended_on=f"{f.YEAR}-06-30").person
    session, officer = f.make_session(), f.make_user()
    f.make_enrollment(session.run, person)
    f.make_attendance(session, person)
    place = {"latitude": 31.03, "longitude": 121.22, "accuracy": 9, "metres": 40}
    Scan.objects.create(
        session=session, person=person, way="code", came_at=session.starts_at, device="a" * 64, came_place=place
    )
    missed = f.make_session(session.run)
    upload = SimpleUploadedFile("病历.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
    proof = keeping.keep_document(upload, purpose=Purpose.EVIDENCE, owner=officer)
    excuse = Excuse.objects.create(session=missed, person=person, reason="孩子发烧", evidence=proof, asked_by=officer)
    claim = HourClaim.objects.create(
        person=person,
        source="outside",
        title="某医院进修",
        organiser="某医院",
        region=f.songjiang(),
        evidence=proof,
        claimed_by=officer,
    )
    # A closed session keeps who was there, and hides no more than others do.
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        job = erasing.enqueue(person.pk, "本人申请", None)
        running.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", (job.error_code, job.error_message)
    scan = Scan.objects.get()
    assert (scan.came_place, scan.device, scan.came_at) == (None, "", session.starts_at)
    excuse.refresh_from_db()
    claim.refresh_from_db()
    proof.refresh_from_db()
    assert (excuse.reason, claim.title, claim.organiser) == ("—", "—", "—")
    assert proof.erased_at is not None
    assert Attendance.objects.get().minutes == 180
