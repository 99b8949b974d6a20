"""The roster pages: send, look, confirm, see; at the bureau's desk and the institution's."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from lms.jobs import running
from lms.jobs.models import Job
from lms.registry import importing, receiving
from lms.registry.models import AuditEntry, Institution, Membership, Post, PrivateFile, RosterUpload
from lms.registry.rosters.messages import MESSAGES
from tests.factories import (
    every_persona,
    make_ban,
    make_id_number,
    make_institution,
    make_manager,
    make_officer,
    make_person,
    make_region,
    signed_in,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[1] / "data"
HEADER = "机构名称,统一社会信用代码,姓名,身份证号,岗位,星座"
CODE = "91310117MA1J0ABC0G"
NUMBERS = ("310117199003077828", "330602199202290089", "340102198607192604")
BUREAU_PAGES = ("bureau_rosters", "bureau_roster", "bureau_roster_template")
INSTITUTION_PAGES = ("institution_import", "institution_import_preview", "institution_roster_template")


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "nudge", lambda job_id: None)


@pytest.fixture
def officer() -> Membership:
    return make_officer()


@pytest.fixture
def client(officer: Membership) -> Client:
    return signed_in(officer)


def csv(*names: str, code: str = CODE, numbers: tuple[str, ...] = NUMBERS) -> bytes:
    rows = [f"小树苗托育园,{code},{name},{number},保育员,处女" for name, number in zip(names, numbers, strict=False)]
    return "\n".join((HEADER, *rows)).encode()


def send(client: Client, content: bytes, name: str = "花名册.csv", to: str = "bureau_rosters") -> Any:
    return client.post(reverse(to), {"file": SimpleUploadedFile(name, content)})


def work(job: Job) -> Job:
    running.run(job.pk)
    job.refresh_from_db()
    return job


def said(page: Any) -> str:
    return page.content.decode()


# --- From file to people --------------------------------------------------------------------


def test_an_officer_sends_looks_confirms_and_sees(client: Client, officer: Membership) -> None:
    sent = send(client, (DATA / "clean-1.xlsx").read_bytes(), "花名册.xlsx")
    upload = RosterUpload.objects.select_related("file").get()
    assert sent.url == reverse("bureau_roster", args=[upload.pk])
    assert (upload.region, upload.uploaded_by) == (officer.region, officer.user)
    assert upload.file.purpose == "roster"
    preview = client.get(sent.url)
    assert preview.context["answer"]["created"] == 146
    assert preview.context["may_confirm"]
    assert not Post.objects.exists()

    assert client.post(sent.url)["Location"] == sent.url
    upload.refresh_from_db()
    job = Job.objects.get()
    assert upload.job_id == job.pk
    assert f'id="job-{job.pk}"' in said(client.get(sent.url))

    assert work(job).state == "done"
    assert job.result["url"] == sent.url
    assert (job.done, job.total, job.result["created"]) == (146, 146, 146)
    done = client.get(sent.url)
    assert done.context["imported"]
    assert not done.context["may_confirm"]
    assert reverse("bureau_people") in said(done)
    assert Post.objects.filter(institution__region=officer.region).count() == 146
    acts = AuditEntry.objects.filter(subject_kind="rosterupload").order_by("pk")
    assert list(acts.values_list("action", "actor")) == [
        ("roster.receive", officer.user_id),
        ("roster.import", officer.user_id),
    ]
    assert set(AuditEntry.objects.filter(action="post.place").values_list("actor", flat=True)) == {officer.user_id}


def test_the_preview_names_row_column_masked_value_sentence_and_code(client: Client) -> None:
    make_ban(make_person(name="李四", number=NUMBERS[1]))
    sent = send(client, csv("张三", "李四", "王五", numbers=(NUMBERS[0][:-1] + "1", *NUMBERS[1:])))
    page = client.get(sent.url)
    words = said(page)
    for word in ("id_check_digit", "person_barred", "310***********7821", "身份证号", "星座"):
        assert word in words, word
    assert str(MESSAGES["id_check_digit"]) in words
    assert page.context["refused_rows"] == 2
    assert [finding["row"] for finding in page.context["findings"]] == [2, 3]
    assert not any(number in words for number in NUMBERS)


@pytest.mark.parametrize("foot", ["", "\n合计,,,,,\n填表人：王芳,,,,,"])
def test_a_roster_of_nobody_says_so_and_offers_no_import(client: Client, officer: Membership, foot: str) -> None:
    sent = send(client, (HEADER + foot).encode())
    page = client.get(sent.url)
    assert page.context["refusal"].code == "roster_empty"
    assert str(page.context["refusal"]) in said(page)
    assert not page.context["may_confirm"]
    assert '<form method="post">' not in said(page)
    assert str(page.context["state"][1]) in said(client.get(reverse("bureau_rosters")))

    refused = client.post(sent.url)
    assert (refused.status_code, refused.context["refusal"].code) == (409, "roster_empty")
    assert not Job.objects.exists()
    assert client.get(send(client, csv("张三")).url).context["may_confirm"]


def test_a_held_row_is_shown_as_waiting(client: Client) -> None:
    make_ban(make_person(name="张三", number=NUMBERS[0], born_on=date(1990, 3, 7)))
    sent = send(client, csv("张三", numbers=(make_id_number(1),)))
    page = client.get(sent.url)
    assert page.context["answer"]["held"] == 1
    (row,) = page.context["findings"]
    assert (row["kind"], row["row"], row["name"]) == ("held", 2, "张三")
    assert [finding["code"] for finding in row["findings"]] == ["id_held_near_match"]


def test_held_rows_are_released_by_an_officer_who_says_how_she_checked(client: Client, officer: Membership) -> None:
    make_ban(make_person(name="张三", number=NUMBERS[0], born_on=date(1990, 3, 7)))
    institution = make_institution(uscc=CODE, name="小树苗托育园")
    manager = signed_in(make_manager(institution))
    own = send(manager, csv("张三", "李四", numbers=(make_id_number(1), NUMBERS[1])), to="institution_import").url
    upload = RosterUpload.objects.get()
    page = reverse("bureau_roster", args=[upload.pk])
    assert "roster_used" in said(client.post(page, {"release": "查验原件"}))  # nothing imported, nothing held yet
    manager.post(own)
    assert work(Job.objects.get()).result["held"] == 1

    assert not manager.get(own).context["may_release"]
    assert "not_allowed" in said(manager.post(own, {"release": "查验原件"}))
    assert client.get(page).context["may_release"]
    assert "reason_missing" in said(client.post(page, {"release": " "}))
    assert Job.objects.filter(kind=receiving.IMPORT).count() == 1
    client.post(page, {"release": "查验原件，另有其人"})
    released = work(Job.objects.order_by("created_at").last() or Job())
    assert (released.result["created"], released.result["unchanged"], released.result["held"]) == (1, 1, 0)
    assert Post.objects.filter(person__name="张三", institution=institution).count() == 1
    act = AuditEntry.objects.get(action="roster.release")
    assert (act.actor, act.after) == (officer.user, {"job": str(released.pk), "reason": "查验原件，另有其人"})
    assert "roster_used" in said(client.post(page, {"release": "查验原件"}))


def test_a_roster_is_imported_once(client: Client) -> None:
    url = send(client, csv("张三")).url
    client.post(url)
    again = client.post(url)
    assert again.status_code == 409
    assert "roster_used" in said(again)
    assert Job.objects.filter(kind="import_roster").count() == 1


def test_a_stopped_import_may_be_started_again(client: Client) -> None:
    url = send(client, csv("张三", "李四")).url
    client.post(url)
    first = Job.objects.get()
    running.cancel(first.pk)
    page = client.get(url)
    assert page.context["may_confirm"]
    client.post(url)
    second = Job.objects.exclude(pk=first.pk).get()
    assert work(second).result["created"] == 2
    assert client.get(url).context["imported"]


def test_a_large_roster_is_previewed_by_a_job(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PREVIEW_AT_ONCE", 2)
    url = send(client, csv("张三", "李四", "王五")).url
    page = client.get(url)
    job = Job.objects.get()
    assert f'id="job-{job.pk}"' in said(page)
    assert not page.context["may_confirm"]
    early = client.post(url)
    assert early.status_code == 409
    assert "roster_unchecked" in said(early)
    assert work(job).state == "done"
    page = client.get(url)
    assert (page.context["answer"]["created"], page.context["may_confirm"]) == (3, True)
    assert not Post.objects.exists()


def test_many_findings_are_counted_all_and_listed_in_part(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "FINDINGS_KEPT", 1)
    url = send(client, csv("张三", "李四", "王五", numbers=("1", "2", "3"))).url
    page = client.get(url)
    assert page.context["refused_rows"] == 3
    assert len(page.context["findings"]) == 1
    assert page.context["cut"]


# --- Bad files ------------------------------------------------------------------------------

BAD_FILES: list[tuple[str, Callable[[], bytes], str]] = [
    ("leer.xlsx", lambda: b"", "file_empty"),
    ("photo.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 100, "file_not_roster"),
    ("notes.csv", lambda: "今天天气很好".encode(), "file_not_roster"),
    ("password.xlsx", lambda: (DATA / "password.xlsx").read_bytes(), "file_encrypted"),
    ("large.csv", lambda: b"x" * (50 * 1024 * 1024 + 1), "file_too_large"),
]


@pytest.mark.parametrize(("name", "content", "code"), BAD_FILES, ids=[code for _, _, code in BAD_FILES])
def test_a_bad_file_gets_one_sentence_and_the_page_stays(
    client: Client, name: str, content: Callable[[], bytes], code: str
) -> None:
    answer = send(client, content(), name)
    assert answer.status_code == 422
    words = said(answer)
    assert words.count(f'<p class="code">{code}</p>') == 1
    assert str(MESSAGES[code]) in words
    assert 'type="file"' in words
    assert not PrivateFile.objects.exists()


def test_no_file_is_said_at_the_field(client: Client) -> None:
    answer = client.post(reverse("bureau_rosters"), {})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


# --- An institution's own -------------------------------------------------------------------


def test_a_manager_brings_in_her_own_people_only() -> None:
    institution = make_institution(uscc=CODE, name="小树苗托育园")
    other = make_institution()
    client = signed_in(make_manager(institution))
    url = send(
        client,
        csv("张三") + csv("李四", code=other.uscc, numbers=NUMBERS[1:])[len(HEADER.encode()) :],
        to="institution_import",
    ).url
    upload = RosterUpload.objects.get()
    assert url == reverse("institution_import_preview", args=[upload.pk])
    assert (upload.institution, upload.region) == (institution, None)
    page = client.get(url)
    assert page.context["refused_rows"] == 1
    client.post(url)
    assert work(Job.objects.get()).result["created"] == 1
    assert Post.objects.get().institution == institution
    assert reverse("institution_roster") in said(client.get(url))
    assert Institution.objects.count() == 2


# --- Who may --------------------------------------------------------------------------------


def test_every_page_for_every_persona(officer: Membership) -> None:
    institution = make_institution()
    region_upload = receiving.receive_roster(by=officer, file=SimpleUploadedFile("a.csv", csv("张三")))
    manager = make_manager(institution)
    own_upload = receiving.receive_roster(by=manager, file=SimpleUploadedFile("b.csv", csv("张三")))
    readers = {"bureau_officer", "bureau_supervisor", "platform_admin"}
    for role, membership in (every_persona() | {"institution_manager": manager, "visitor": None}).items():
        client = signed_in(membership)
        for name in (*BUREAU_PAGES, *INSTITUTION_PAGES):
            upload = own_upload if name.startswith("institution") else region_upload
            address = reverse(name, args=[upload.pk] if name in ("bureau_roster", INSTITUTION_PAGES[1]) else [])
            allowed = role in readers if name in BUREAU_PAGES else role == "institution_manager"
            status = 200 if allowed else 302 if role == "visitor" else 403
            assert client.get(address).status_code == status, (role, name)


def test_others_do_not_see_or_start_an_upload(officer: Membership) -> None:
    upload = receiving.receive_roster(by=officer, file=SimpleUploadedFile("a.csv", csv("张三")))
    url = reverse("bureau_roster", args=[upload.pk])
    elsewhere = signed_in(make_officer(make_region("310118")))
    assert elsewhere.get(url).status_code == elsewhere.post(url).status_code == 404
    stranger = signed_in(make_manager())
    assert stranger.get(reverse("institution_import_preview", args=[upload.pk])).status_code == 404
    supervisor = signed_in(every_persona()["bureau_supervisor"])
    assert supervisor.post(url).status_code == 409
    assert send(supervisor, csv("张三")).status_code == 422
    assert not Job.objects.exists()
    assert RosterUpload.objects.count() == 1


def test_a_colleague_sees_how_it_stands(client: Client, officer: Membership) -> None:
    url = send(client, csv("张三")).url
    client.post(url)
    colleague = signed_in(make_officer(officer.region)).get(url)
    assert colleague.context["panel"] is False
    assert "hx-get" not in said(colleague)


# --- Weight ---------------------------------------------------------------------------------


def test_pages_take_few_queries_however_long_they_are(
    client: Client, officer: Membership, django_assert_max_num_queries: Any
) -> None:
    for number in range(25):
        upload = receiving.receive_roster(
            by=officer, file=SimpleUploadedFile(f"{number}.csv", csv("张三", "李四", numbers=("1", "2")))
        )
        if number % 2:
            receiving.start_import(by=officer, upload=upload)
    with django_assert_max_num_queries(15):
        assert len(client.get(reverse("bureau_rosters")).context["rows"]) == 20
    with django_assert_max_num_queries(15):
        assert client.get(reverse("bureau_roster", args=[upload.pk])).status_code == 200


# --- The empty roster -----------------------------------------------------------------------


def test_the_empty_roster_has_text_cells_and_its_example_is_never_registered(client: Client) -> None:
    answer = client.get(reverse("bureau_roster_template"))
    assert "attachment" in answer["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert {cell.number_format for row in sheet["A2:U3"] for cell in row} == {"@"}
    found = importing.preview_roster(io.BytesIO(answer.content), region=make_region("310117"))
    assert (found.rows, found.created, found.unknown_columns) == (1, 0, [])
    assert [finding["code"] for finding in found.rejected] == ["id_check_digit"]


def test_a_job_that_crashes_leaves_the_way_back(client: Client) -> None:
    url = send(client, csv("张三")).url
    client.post(url)
    with mock.patch.object(importing, "_write", side_effect=RuntimeError):
        assert work(Job.objects.get()).state == "queued"
    assert work(Job.objects.get()).state == "done"
    assert Post.objects.count() == 1
