"""The pages of checks before hiring: one person, a file, the bureau's queue."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from python_calamine import CalamineWorkbook

from lms.jobs import running
from lms.jobs.models import Job, JobState
from lms.registry import batching, prechecking
from lms.registry.models import AuditEntry, EmploymentQuery, Membership, PrivateFile
from tests import factories as f
from tests.registry.kept_files import has_content
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db
HEADER = "姓名,证件号码"


@pytest.fixture
def manager() -> Membership:
    return f.make_manager()


def csv(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("拟录用.csv", "\n".join((HEADER, *rows)).encode())


def send_file(by: Membership, file: SimpleUploadedFile, **kw: Any) -> Any:
    values = {"file-file": file, "file-purpose": "秋季招聘", "file-consent": "on"} | kw
    return f.signed_in(by).post(reverse("institution_queries"), values)


def test_ask_and_read_the_answer(manager: Membership) -> None:
    client, number = f.signed_in(manager), f.make_id_number()
    typed = {"name": "王小雨", "number": number, "purpose": "拟录用为保育员", "consent": "on"}
    answer = client.post(reverse("institution_queries"), typed)
    query = EmploymentQuery.objects.get()
    assert answer.status_code == 302
    assert number not in answer["Location"]
    page = client.get(answer["Location"]).content.decode()
    assert f"{query.name}可以录用" in page
    assert query.document_masked in page
    assert number not in page


def test_a_barred_person_is_answered_without_a_reason(manager: Membership) -> None:
    person = f.make_person(name="郑秋月", number=(number := f.make_id_number()))
    ban = f.make_ban(person)
    client = f.signed_in(manager)
    typed = {"name": "郑秋月", "number": number, "purpose": "拟录用", "consent": "on"}
    page = client.post(reverse("institution_queries"), typed, follow=True).content.decode()
    assert "不得录用" in page
    for told in (ban.case.number, ban.legal_basis, ban.case.summary, str(person.pk), "禁入"):
        assert told not in page


def test_what_was_typed_is_kept(manager: Membership) -> None:
    typed = {"name": "王小雨", "number": "310117199003077820", "purpose": "拟录用"}
    answer = f.signed_in(manager).post(reverse("institution_queries"), typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="王小雨"' in page
    assert not EmploymentQuery.objects.exists()


def test_too_many_questions_are_429(manager: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prechecking, "MOST_AN_HOUR", 0)
    typed = {"name": "王小雨", "number": f.make_id_number(), "purpose": "拟录用", "consent": "on"}
    answer = f.signed_in(manager).post(reverse("institution_queries"), typed)
    assert answer.status_code == 429
    assert "too_many_queries" in answer.content.decode()
    assert not EmploymentQuery.objects.exists()


def test_a_file_is_answered_and_removed(
    manager: Membership, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    numbers = [f.make_id_number() for _ in range(3)]
    barred = f.make_person(name="郑秋月", number=numbers[1])
    f.make_ban(barred)
    rows = [f"王小雨,{numbers[0]}", f"郑秋月,{numbers[1]}", "李白,310117199003077820", f",{numbers[2]}"]
    answer = send_file(manager, csv(*rows))
    job = Job.objects.get(kind=batching.KIND)
    assert answer["Location"] == reverse("institution_query_batch", args=[job.pk])
    assert not [number for number in numbers if number in f"{job.args}"]
    kept = PrivateFile.objects.get(pk=job.args["file"])
    with django_capture_on_commit_callbacks(execute=True):
        running.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error_code
    counts = {name: job.result[name] for name in ("rows", "may", "may_not", "wait")}
    assert counts == {"rows": 4, "may": 1, "may_not": 1, "wait": 0}
    assert [row["code"] for row in job.result["rejected"]] == ["id_check_digit", "name_missing"]
    kept.refresh_from_db()
    assert kept.erased_at is not None
    assert not has_content(kept)

    client = f.signed_in(manager)
    page = client.get(reverse("institution_query_batch", args=[job.pk])).content.decode()
    assert "郑秋月" in page
    assert "id_check_digit" in page
    book = client.get(reverse("institution_query_file", args=[job.pk]))
    cells = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [(row[0], row[2]) for row in cells[1:]] == [("王小雨", "可以录用"), ("郑秋月", "不得录用")]
    text = page + str(cells)
    assert not [number for number in numbers if number in text]


def test_a_file_goes_on_where_a_worker_was_stopped(manager: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "CHUNK", 1)
    send_file(manager, csv(*(f"王小雨,{f.make_id_number()}" for _ in range(3))))
    job = Job.objects.get(kind=batching.KIND)
    ask, asked = prechecking.ask, 0

    def stopped(**kw: Any) -> EmploymentQuery:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise RuntimeError("pulled the plug")
        return ask(**kw)

    monkeypatch.setattr(prechecking, "ask", stopped)
    running.run(job.pk)
    assert EmploymentQuery.objects.count() == 1
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["may"], EmploymentQuery.objects.count()) == (JobState.DONE, 3, 3)


def test_a_batch_is_limited_by_its_file_only(manager: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MOST", 2)
    monkeypatch.setattr(prechecking, "MOST_AN_HOUR", 0)
    answer = send_file(manager, csv(*(f"王小雨,{f.make_id_number()}" for _ in range(3))))
    assert answer.status_code == 409
    assert "too_many_rows" in answer.content.decode()
    assert not Job.objects.exists()
    assert not PrivateFile.objects.exists()
    send_file(manager, csv(*(f"王小雨,{f.make_id_number()}" for _ in range(2))))
    running.run(Job.objects.get().pk)
    assert EmploymentQuery.objects.count() == 2


def test_no_roster_and_no_consent(manager: Membership) -> None:
    answer = send_file(manager, SimpleUploadedFile("x.csv", b"a,b\n1,2\n"))
    assert (answer.status_code, "file_not_roster" in answer.content.decode()) == (409, True)
    answer = send_file(manager, csv(f"王小雨,{f.make_id_number()}"), **{"file-consent": ""})
    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_a_batch_is_its_senders(manager: Membership) -> None:
    send_file(manager, csv(f"王小雨,{f.make_id_number()}"))
    job = Job.objects.get()
    for other in (f.make_manager(), f.make_manager(manager.institution)):
        for name in ("institution_query_batch", "institution_query_file"):
            assert f.signed_in(other).get(reverse(name, args=[job.pk])).status_code == 404


def test_the_bureau_answers(manager: Membership) -> None:
    query = make_query(manager)
    officer = f.signed_in(f.make_officer())
    waiting = officer.get(reverse("bureau_queries"), {"state": "waiting"}).content.decode()
    assert query.document_masked in waiting
    url = reverse("bureau_query", args=[query.pk])
    assert officer.post(url, {"answer": "may"}).status_code == 422
    reason = "核对护照与户口簿，确认并非同一人"
    officer.post(url, {"answer": "may", "reason": reason})
    assert reason in officer.get(url).content.decode()
    page = f.signed_in(manager).get(reverse("institution_queries")).content.decode()
    assert "可以录用" in page
    assert reason not in page
    assert officer.post(url, {"answer": "may_not", "reason": "x"}).status_code == 409


def test_the_bureau_sees_whom_it_is_like(manager: Membership) -> None:
    ban = f.make_ban(f.make_person(name="郑秋月"))
    query = make_query(manager, name="郑秋月")
    page = f.signed_in(f.make_officer()).get(reverse("bureau_query", args=[query.pk])).content.decode()
    assert str(ban.region) in page
    assert f.signed_in(f.make_officer(f.qingpu())).get(reverse("bureau_query", args=[query.pk])).status_code == 404


@pytest.mark.parametrize(
    ("chosen", "number"),
    [({"state": "waiting"}, 1), ({"state": "decided"}, 1), ({"answer": "may"}, 2), ({"q": "某"}, 3), ({"q": "无"}, 0)],
)
def test_the_bureaus_filter(manager: Membership, chosen: dict[str, str], number: int) -> None:
    make_query(manager)
    make_query(manager, answer="may")
    decided = make_query(manager)
    prechecking.decide(by=f.make_officer(), query=decided, answer="may", reason="核对无误")
    page = f.signed_in(f.make_officer()).get(reverse("bureau_queries"), chosen)
    assert len(page.context["rows"]) == number


@pytest.mark.parametrize("name", ["institution_queries", "bureau_queries"])
def test_lists_stay_flat(
    name: str, manager: Membership, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    client = f.signed_in(manager if name.startswith("institution") else f.make_officer())
    make_query(manager)
    client.get(reverse(name))
    with django_assert_max_num_queries(12) as few:
        client.get(reverse(name))
    for _ in range(10):
        make_query(manager)
    with django_assert_num_queries(len(few)):
        client.get(reverse(name))


def test_asking_is_audited_without_the_number(manager: Membership) -> None:
    number = f.make_id_number()
    typed = {"name": "王小雨", "number": number, "purpose": f"核对{number}", "consent": "on"}
    f.signed_in(manager).post(reverse("institution_queries"), typed)
    entry = AuditEntry.objects.get(action="query.ask")
    assert number not in str(vars(entry))
