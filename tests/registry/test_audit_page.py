"""The page of the audit trail: its filters, and what changed in words."""

import pytest
from django.db import transaction
from django.urls import reverse

from lms.registry import auditing
from tests import factories as f

pytestmark = pytest.mark.django_db

NUMBER = "310117199003077828"


def test_the_audit_page_filters() -> None:
    officer = f.make_officer()
    f.signed_in(officer).post(reverse("bureau_people"), {"number": NUMBER, "purpose": "核查甲"})
    client = f.signed_in(f.make_supervisor())

    def listed(**query: str) -> int:
        return client.get(reverse("bureau_audit"), query).context["page"].paginator.count

    assert listed() == 1
    assert listed(q="person.") == listed(actor=officer.user.name) == listed(role="bureau_officer") == 1
    assert listed(since="2020-01-01") == 1
    assert listed(until="2020-01-01") == listed(q="ban.") == listed(role="learner") == 0
    page = client.get(reverse("bureau_audit"))
    assert page.context["chain"].intact
    assert "核查甲" in page.content.decode()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"state": "on_post"}, "状态: 在岗"),
        ({"kind": "carer"}, "岗位: 保育人员"),
        ({"started_on": "2025-03-05"}, "入职日期: 2025年3月5日"),
        ({"registered_by": "resident"}, "登记依据: 居民身份证"),
        ({"found": True}, "是否查到: 是"),
        ({"fields": ["started_on", "kind", "odd"]}, "变更项: 入职日期、岗位、odd"),
        ({"person": "5f2d7f2e-7f0b-4f3e-9f6e-0123456789ab"}, "人员: 5f2d7f2e"),
        ({"sha256": "ab" * 32}, "文件指纹: abababab"),
        # 23:30 in London on New Year's Eve is the next morning in Beijing.
        ({"arrived_at": "2025-12-31T23:30:00+00:00"}, "arrived_at: 2026年1月1日 07:30"),
        ({"reason": None}, "事由: —"),
        # What has no word shows itself.
        ({"odd": "strange"}, "odd: strange"),
        ({"state": "strange"}, "状态: strange"),
        ({"since": "2025-13-45"}, "起始日期: 2025-13-45"),
    ],
)
def test_the_audit_page_tells_changes_in_words(told: dict[str, object], shown: str) -> None:
    officer = f.make_officer()
    with transaction.atomic():
        auditing.record(officer, "post.update", f.make_post(), before=told, after=told)
    page = f.signed_in(f.make_supervisor()).get(reverse("bureau_audit")).content.decode()
    assert f"− {shown}<" in page
    assert f"+ {shown}<" in page


def test_a_state_is_called_as_its_subject_calls_it() -> None:
    officer = f.make_officer()
    for subject in (f.make_run(), f.make_ban(f.make_person())):
        with transaction.atomic():
            auditing.record(officer, "test.act", subject, after={"state": subject.state})
    page = f.signed_in(f.make_supervisor()).get(reverse("bureau_audit")).content.decode()
    assert "+ 状态: 报名中<" in page
    assert "+ 状态: 生效中<" in page
