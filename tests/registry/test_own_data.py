"""One's own data: the copy of everything, and requests for correction."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job
from lms.registry import correcting, disclosing, keeping, noticing
from lms.registry.models import AuditEntry, CorrectionRequest, Membership, Notice, Post, PrivateFile
from tests import factories as f
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


@pytest.fixture
def learner() -> Membership:
    """Somebody on post with a phone, hours and a question asked about her."""
    post = f.make_post(f.make_person(name="王小雨", number=f.make_id_number(78), phone=PHONE))
    f.give_hours(post.person, skill=90)
    make_query(f.make_manager(), post.person, purpose="拟录用")
    return f.make_learner(post.person)


def copy_of(learner: Membership) -> tuple[dict[str, Any], PrivateFile, bytes]:
    """The copy she has made and downloads: the JSON, its row, the workbook."""
    client = f.signed_in(learner)
    client.post(reverse("my_data"), {"act": "copy"})
    running.run(Job.objects.get(kind=disclosing.KIND, owner_id=learner.user_id).pk)
    kept = disclosing.copies_of(learner).get()
    answer = client.get(reverse("private_file", args=[kept.pk]))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    return json.loads(archive.read("data.json")), kept, archive.read("data.xlsx")


def test_the_copy_holds_everything_about_her_and_nobody_else(learner: Membership) -> None:
    person = learner.user.person
    assert person is not None
    stranger = f.make_post(f.make_person(name="另一人", phone="13800000001")).person
    data, kept, workbook = copy_of(learner)
    assert data["registry.person"][0]["phone"] == PHONE
    assert data["registry.identitydocument"][0]["number"] == person.documents.get().number
    assert [row["kind"] for row in data["registry.post"]] == ["carer"]
    assert data["courses.trainingyear"][0]["skill_minutes"] == 90
    assert len(data["courses.hourentry"]) == 1
    assert data["registry.employmentquery"][0]["purpose"] == "拟录用"
    assert "reason" not in data["registry.employmentquery"][0]
    text = json.dumps(data, ensure_ascii=False)
    for other in (stranger.name, str(stranger.pk), "13800000001", "pbkdf2", "phone_index", "number_index"):
        assert other not in text, other
    assert "password" not in data["registry.user"][0]
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    assert any(PHONE in str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)
    assert kept.owner == learner.user


def test_every_table_that_points_at_people_is_walked() -> None:
    """A table of people made tomorrow is in the copy too: it is found by its key, not by a list."""
    person = f.make_person()
    ban = f.make_ban(person)
    tables = {table.table for table in disclosing.everything_about(person)}
    assert tables >= {"registry.person", "registry.identitydocument", "registry.ban"}
    assert ban.proposed_by.name not in str([table.rows for table in disclosing.everything_about(person)])


def test_only_she_downloads_it(learner: Membership) -> None:
    _data, kept, _book = copy_of(learner)
    for other in (f.make_officer(), f.make_admin(), f.make_learner(), f.make_manager()):
        assert f.signed_in(other).get(reverse("private_file", args=[kept.pk])).status_code == 404


def test_a_copy_a_day(learner: Membership) -> None:
    client = f.signed_in(learner)
    first, second = (client.post(reverse("my_data"), {"act": "copy"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Job.objects.filter(kind=disclosing.KIND).count() == 1


def test_an_account_of_nobody(learner: Membership) -> None:
    stray = f.make_membership("learner")
    client = f.signed_in(stray)
    assert client.get(reverse("my_data")).status_code == 200
    assert client.get(reverse("my_lookups")).status_code == 200
    assert client.post(reverse("my_data"), {"act": "copy"}).status_code == 404
    assert client.post(reverse("my_data"), {"about": "name", "text": "x"}).status_code == 404
    assert not Job.objects.exists()


# --- Corrections ----------------------------------------------------------------------------


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("户口簿.pdf", b"%PDF-1.4 page")


def test_she_asks_and_the_bureau_answers(learner: Membership) -> None:
    client, officer = f.signed_in(learner), f.signed_in(f.make_officer())
    typed = {"about": "name", "text": f"应为王晓雨，电话{PHONE}", "evidence": scan()}
    assert client.post(reverse("my_data"), typed).status_code == 302
    row = CorrectionRequest.objects.get()
    assert PHONE not in row.text
    page = officer.get(reverse("bureau_corrections"), {"state": "open", "q": "王小"})
    assert [shown.pk for shown in page.context["page"]] == [row.pk]
    assert row.evidence is not None
    assert officer.get(reverse("private_file", args=[row.evidence_id])).status_code == 200
    assert client.get(reverse("private_file", args=[row.evidence_id])).status_code == 200
    url = reverse("bureau_correction", args=[row.pk])
    assert officer.post(url, {"decision": "accepted"}).status_code == 422
    officer.post(url, {"decision": "accepted", "answer": "已改为王晓雨"})
    assert "已改为王晓雨" in client.get(reverse("my_data")).content.decode()
    assert officer.post(url, {"decision": "declined", "answer": "x"}).status_code == 409
    acts = AuditEntry.objects.filter(subject_id=str(row.pk)).order_by("id").values_list("action", flat=True)
    assert list(acts) == ["correction.ask", "correction.decide"]
    notice = Notice.objects.get()
    assert (notice.to, notice.path) == (learner.user, reverse("my_data"))
    assert noticing.sentence_of(notice) == "您的更正申请（姓名）：已同意。主管部门的答复请查看申请记录。"


def test_evidence_is_for_those_who_decide(learner: Membership) -> None:
    row = correcting.request_correction(by=learner, about="name", text="写错了", evidence=scan())
    for other in (f.make_officer(f.qingpu()), f.make_manager(), f.make_learner()):
        assert f.signed_in(other).get(reverse("private_file", args=[row.evidence_id])).status_code == 404


def code_of(act: Any, **kw: Any) -> str:
    before = list(CorrectionRequest.objects.order_by("pk").values())
    with pytest.raises(DomainError) as refusal:
        act(**kw)
    assert list(CorrectionRequest.objects.order_by("pk").values()) == before
    return refusal.value.code


def test_what_is_refused(learner: Membership) -> None:
    ask: dict[str, Any] = {"by": learner, "about": "name"}
    assert code_of(correcting.request_correction, text=" ", **ask) == "reason_missing"
    wrong = SimpleUploadedFile("x.pdf", b"MZ")
    assert code_of(correcting.request_correction, text="x", evidence=wrong, **ask) == "file_type"
    rows = [correcting.request_correction(text="写错了", **ask) for _ in range(correcting.MOST_OPEN)]
    assert code_of(correcting.request_correction, text="写错了", **ask) == "too_many_requests"
    answer: dict[str, Any] = {"request": rows[0], "decision": "declined", "answer": "与证件一致"}
    assert code_of(correcting.decide, by=learner, **answer) == "not_allowed"
    assert code_of(correcting.decide, by=f.make_admin(), **answer) == "not_allowed"
    assert code_of(correcting.decide, by=f.make_officer(f.qingpu()), **answer) == "not_found"
    officer = f.make_officer()
    assert code_of(correcting.decide, by=officer, **(answer | {"answer": " "})) == "answer_missing"
    assert code_of(correcting.decide, by=officer, **(answer | {"decision": "open"})) == "not_allowed"
    herself = f.make_officer(user=learner.user)
    assert code_of(correcting.decide, by=herself, **answer) == "own_case"
    correcting.decide(by=officer, **answer)
    assert code_of(correcting.decide, by=officer, **answer) == "correction_state"
    correcting.request_correction(text="写错了", **ask)


def test_an_erased_file_is_said(learner: Membership) -> None:
    row = correcting.request_correction(by=learner, about="name", text="写错了", evidence=scan())
    assert row.evidence is not None
    keeping.erase(row.evidence)
    answer = f.signed_in(learner).get(reverse("private_file", args=[row.evidence_id]))
    assert (answer.status_code, "file_erased" in answer.content.decode()) == (409, True)


def test_the_queue_stays_flat(
    learner: Membership, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    officer = f.signed_in(f.make_officer())
    correcting.request_correction(by=learner, about="name", text="写错了")
    officer.get(reverse("bureau_corrections"))
    with django_assert_max_num_queries(12) as few:
        officer.get(reverse("bureau_corrections"))
    for _ in range(5):
        correcting.request_correction(by=f.make_learner(f.make_post().person), about="name", text="写错了")
    with django_assert_num_queries(len(few)):
        officer.get(reverse("bureau_corrections"))
    assert Post.objects.count() > 5
