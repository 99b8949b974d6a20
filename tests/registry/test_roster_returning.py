"""The refused rows as a file: what was sent, why it was refused, and that it can be sent again."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.registry import importing, receiving, returning
from lms.registry.models import AuditEntry, Membership, Person, PrivateFile, RosterUpload
from lms.registry.rosters import columns as c
from lms.registry.rosters.reading import read_roster
from lms.registry.views.bureau.rosters import refused_rows
from tests.factories import make_officer, make_supervisor, signed_in

pytestmark = pytest.mark.django_db

CODE = "91310117MA1J0ABC0G"
HEADER = ["序号", "机构名称", "统一社会信用代码", "姓名", "身份证号", "岗位", "入职日期", "星座"]
GOOD = "310117199003077828"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "nudge", lambda job_id: None)


def workbook(rows: list[list[Any]], *, merged: bool = False) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    ) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["二〇二六年花名册"])
        sheet.write_row(1, 0, HEADER)
        for line, row in enumerate(rows, start=2):
            sheet.write_row(line, 0, row)
        if merged:
            sheet.merge_range(2, 1, 1 + len(rows), 1, "小树苗托育园")
            sheet.merge_range(2, 2, 1 + len(rows), 2, CODE)
    return file.getvalue()


def received(by: Membership, content: bytes) -> RosterUpload:
    return receiving.receive_roster(by=by, file=SimpleUploadedFile("三月.xlsx", content))


def lines(content: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


ROWS: list[list[Any]] = [
    [1, "", "", "张三", GOOD, "保育员", date(2024, 3, 5), "处女"],
    [2, "", "", "李四", "330602199202290080", "保育员", date(2024, 3, 5), "=1+1"],
    [3, "", "", "王五", 310117199003077828, "大侠", "2024.13", ""],
]


def test_only_the_refused_rows_come_back_with_their_reasons_as_text() -> None:
    officer = make_officer()
    upload = received(officer, workbook(ROWS, merged=True))
    header, first, second = lines(returning.refused_rows_file(by=officer, upload=upload))
    assert list(header) == [c.REASON, *HEADER]
    assert first[1:] == ("2", "小树苗托育园", CODE, "李四", "330602199202290080", "保育员", "2024-03-05", "=1+1")
    assert second[3:6] == (CODE, "王五", "3.10117E+17")
    assert "身份证号：" in first[0]
    assert second[0].count("：") >= 3
    act = AuditEntry.objects.get(action="roster.refused_rows")
    assert (act.actor, act.after) == (officer.user, {"rows": 2})
    assert PrivateFile.objects.count() == 1


def test_the_corrected_file_is_read_and_the_uncorrected_refused_again() -> None:
    officer = make_officer()
    content = returning.refused_rows_file(by=officer, upload=received(officer, workbook(ROWS, merged=True)))
    again = importing.preview_roster(io.BytesIO(content))
    assert (again.rows, refused_rows(again.as_dict())) == (2, 2)
    assert again.unknown_columns == ["星座"]
    assert "id_digits_lost" in again.refused
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    sheet["F2"] = "330602199202290089"
    sheet["F3"], sheet["G3"], sheet["H3"] = "340102198607192604", "保育员", "2024-03"
    corrected = io.BytesIO()
    book.save(corrected)
    upload = received(officer, corrected.getvalue())
    assert upload.preview is not None
    assert upload.preview["created"] == 2
    running.run(receiving.start_import(by=officer, upload=upload).pk)
    assert {person.name for person in Person.objects.all()} == {"李四", "王五"}


def test_more_refused_rows_than_were_kept_all_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "FINDINGS_KEPT", 1)
    officer = make_officer()
    upload = received(officer, workbook(ROWS, merged=True))
    assert upload.preview is not None
    assert len(upload.preview["rejected"]) == 1
    assert len(lines(returning.refused_rows_file(by=officer, upload=upload))) == 3


def test_several_sheets_come_back_apart() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name in ("甲", "乙"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, ["1", "小树苗托育园", CODE, f"张{name}", "", "保育员"])
    officer = make_officer()
    content = returning.refused_rows_file(by=officer, upload=received(officer, file.getvalue()))
    assert [table.name for table in read_roster(io.BytesIO(content)).tables] == ["甲", "乙"]


def test_the_download_is_for_whoever_may_see_the_upload() -> None:
    officer = make_officer()
    upload = received(officer, workbook(ROWS, merged=True))
    address = reverse("bureau_roster_refused", args=[upload.pk])
    answer = signed_in(officer).get(address)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert len(lines(b"".join(answer.streaming_content))) == 3  # type: ignore[attr-defined]
    assert signed_in(make_supervisor()).get(address).status_code == 200
    page = signed_in(officer).get(reverse("bureau_roster", args=[upload.pk])).content.decode()
    assert address in page
    assert "李四" in page
    assert "330602199202290080" not in page


def test_an_erased_file_gives_nothing_back() -> None:
    officer = make_officer()
    upload = received(officer, workbook(ROWS, merged=True))
    PrivateFile.objects.update(erased_at=upload.uploaded_at)
    upload.file.refresh_from_db()
    with pytest.raises(DomainError) as caught:
        returning.refused_rows_file(by=officer, upload=upload)
    assert caught.value.code == "file_erased"


def test_cells_as_one_would_type_them() -> None:
    for cell, typed in ((date(2024, 3, 5), "2024-03-05"), (4.0, "4"), (None, ""), (3.10117199e17, "3.10117E+17")):
        assert returning.as_text(cell) == typed
