"""Samples for audit: the seed decides, the centre hands in, the bureau compares."""

import hashlib
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from courses import sampling
from courses.models import AuditSample, SampledSession
from lms.jobs.errors import DomainError
from lms.registry.models import Notice
from tests import factories as f

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def sessions():
    run = f.make_run(centre=f.make_centre(region=f.songjiang()))
    rows = [f.make_session(run, f.at(f"2025-0{month}-10 09:00")) for month in (1, 2, 3, 4)]
    for row in rows:
        f.make_attendance(row, f.make_person())
    return rows


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def drawn(officer, **kw):
    values: dict[str, Any] = {"region": f.songjiang(), "quarter": "2025Q1", "size": 2, "seed": "公证摇号 7"}
    return sampling.draw(by=officer, **(values | kw))


def test_quarters() -> None:
    assert sampling.quarter_span("2025Q1") == (date(2025, 1, 1), date(2025, 4, 1))
    assert sampling.quarter_span("2025Q4") == (date(2025, 10, 1), date(2026, 1, 1))


def test_anybody_draws_the_same_with_the_seed(sessions) -> None:
    sample = drawn(f.make_officer())
    keys = sorted(str(row.pk) for row in sessions[:3])
    assert sample.drawn_from == keys
    expected = sorted(keys, key=lambda key: hashlib.sha256(f"公证摇号 7:{key}".encode()).hexdigest())[:2]
    assert [str(row.session_id) for row in sample.sessions.all()] == expected


def test_what_cannot_be_drawn(sessions) -> None:
    officer = f.make_officer()
    assert code_of(lambda: drawn(f.make_supervisor())) == "not_allowed"
    assert code_of(lambda: drawn(officer, region=f.qingpu())) == "not_allowed"
    assert code_of(lambda: drawn(officer, quarter="2099Q1")) == "quarter_ahead"
    assert code_of(lambda: drawn(officer, seed=" ")) == "seed_missing"
    assert code_of(lambda: drawn(officer, quarter="2024Q1")) == "nothing_to_draw"
    drawn(officer)
    assert code_of(lambda: drawn(officer)) == "sample_exists"
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditSample.objects.update(seed="换一个")


def test_a_sheet_is_handed_in_and_compared(sessions) -> None:
    officer, staff = f.make_officer(), f.make_trainer(sessions[0].run.centre)
    sample = drawn(officer)
    assert Notice.objects.filter(to=staff.user, code="sheets_wanted").count() == 1
    row, other = sample.sessions.all()
    centre = f.signed_in(staff)
    listed = centre.get(reverse("centre_samples")).content.decode()
    assert sessions[0].run.title in listed
    sheet = SimpleUploadedFile("签到表.pdf", PDF, content_type="application/pdf")
    assert centre.post(reverse("centre_samples"), {"sampled": row.pk, "sheet": sheet}).status_code == 302
    row.refresh_from_db()
    assert row.paper is not None
    wrong = SimpleUploadedFile("签到表.pdf", b"MZ", content_type="application/pdf")
    assert centre.post(reverse("centre_samples"), {"sampled": other.pk, "sheet": wrong}).status_code == 409
    stranger = f.signed_in(f.make_trainer())
    sheet.seek(0)
    assert stranger.post(reverse("centre_samples"), {"sampled": row.pk, "sheet": sheet}).status_code == 404
    bureau = f.signed_in(officer)
    page = reverse("bureau_sample", args=[sample.pk])
    assert bureau.post(page, {"sampled": row.pk, "act": "differs"}).status_code == 409
    assert bureau.post(page, {"sampled": row.pk, "act": "differs", "note": "少两人签名"}).status_code == 302
    assert bureau.post(page, {"sampled": other.pk, "act": "agrees"}).status_code == 302
    assert {(r.verdict, r.note) for r in SampledSession.objects.all()} == {("differs", "少两人签名"), ("agrees", "")}
    assert "少两人签名" in bureau.get(page).content.decode()
    assert code_of(lambda: sampling.judge(by=officer, sampled=row, verdict="agrees", note="")) == "sample_decided"
    assert code_of(lambda: sampling.hand_in(by=staff, sampled=row, upload=sheet)) == "sample_decided"


def test_the_page_draws_and_keeps_what_was_typed(sessions) -> None:
    client = f.signed_in(f.make_officer())
    typed = {"region": f.songjiang().code, "quarter": "2025Q1", "size": "2", "seed": "7"}
    assert client.post(reverse("bureau_samples"), typed | {"quarter": "去年"}).status_code == 422
    refused = client.post(reverse("bureau_samples"), typed | {"quarter": "2099Q1"})
    assert (refused.status_code, "2099Q1" in refused.content.decode()) == (409, True)
    assert client.post(reverse("bureau_samples"), typed).status_code == 302
    assert "2025Q1" in client.get(reverse("bureau_samples")).content.decode()
