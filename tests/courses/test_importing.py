"""Marks of many sessions in one file: by command and by page, each row by itself."""

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from courses import importing, reading
from courses.models import Attendance, HourEntry, Way
from lms.jobs.errors import DomainError
from tests import factories as f
from tests.commands import manage

pytestmark = pytest.mark.django_db
HEADER = "课次,学员姓名,身份证号,签到时间,签退时间,出勤情况,备注"


@pytest.fixture
def run():
    run = f.make_run()
    for day in (3, 4):
        f.make_session(run, f.at(f"2025-03-0{day} 09:00"))
    return run


@pytest.fixture
def people(run):
    rows = [f.make_person(name=name) for name in ("王芳", "李明", "赵丽")]
    for person in rows:
        f.make_enrollment(run, person)
    return rows


def file(*rows: str) -> io.BytesIO:
    return io.BytesIO("\n".join(("某区培训签到汇总", HEADER, *rows)).encode())


def read(run, *rows: str, **kw: Any):
    return importing.import_attendance(file(*rows), by=f.make_trainer(run.centre), run=run, **kw)


def test_rows_become_marks_and_hours(run, people) -> None:
    rows = ("1,王芳,,9:00,12:00,,", "1,李明,,9：30,1200,迟到,", "第1课,赵丽,,,,缺勤,", "2,王芳,,,,出勤,")
    report = read(run, *rows)
    assert (report.rows, report.created, report.rejected, report.unknown_columns) == (4, 4, [], ["备注"])
    found = {
        (row.session.number, row.person.name): row for row in Attendance.objects.select_related("session", "person")
    }
    assert (found[1, "王芳"].minutes, found[1, "李明"].state, found[1, "赵丽"].state) == (180, "late", "absent")
    assert (found[2, "王芳"].minutes, {row.way for row in found.values()}) == (180, {Way.FILE})
    assert HourEntry.objects.count() == 3
    again = read(run, *rows)
    assert (again.created, again.unchanged, again.rejected) == (0, 4, [])


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("1,无名氏,,9:00,12:00,,", "姓名", "person_unknown"),
        ("1,王芳,310117199003077828,9:00,12:00,,", "身份证号", "person_unknown"),
        ("1,王芳,310117199003077829,9:00,12:00,,", "身份证号", "id_check_digit"),
        ("9,王芳,,9:00,12:00,,", "课次", "session_unknown"),
        ("1,王芳,,九点,12:00,,", "签到", "time_unreadable"),
        ("1,王芳,,9:00,,,", "签退", "times_incomplete"),
        ("1,王芳,,9:00,12:00,在家,", "状态", "state_unknown"),
        ("1,王芳,,13:00,14:00,,", "姓名", "times_outside"),
    ],
)
def test_a_refused_row_stops_no_other(run, people, row, column, code) -> None:
    report = read(run, row, "1,李明,,9:00,12:00,,")
    assert [(found["row"], found["column"], found["code"]) for found in report.rejected] == [(3, column, code)]
    assert "199003077" not in str(report.rejected)
    assert [mark.person.name for mark in Attendance.objects.all()] == ["李明"]


def test_homonyms_need_the_document(run, people) -> None:
    other = f.make_person(name="王芳")
    f.make_enrollment(run, other)
    report = read(run, "1,王芳,,9:00,12:00,,")
    assert report.rejected[0]["code"] == "name_ambiguous"
    number = other.documents.get().number
    assert read(run, f"1,王芳,{number},9:00,12:00,,").created == 1
    assert Attendance.objects.get().person == other


def test_what_is_recorded_otherwise_is_left(run, people) -> None:
    read(run, "1,王芳,,9:00,12:00,,")
    report = read(run, "1,王芳,,9:30,12:00,,", "1,李明,,9:00,12:00,,", "1,李明,,9:00,11:00,,")
    assert [(found["row"], found["code"]) for found in report.rejected] == [(3, "already_marked"), (5, "mark_repeated")]
    assert (report.created, Attendance.objects.count()) == (1, 2)


def test_leave_without_a_granted_excuse_is_absence_and_said(run, people) -> None:
    report = read(run, "1,王芳,,,,请假,")
    assert [found["code"] for found in report.warnings] == ["excuse_missing"]
    assert Attendance.objects.get().state == "absent"


def test_the_barred_are_refused_and_the_others_stay(run, people) -> None:
    f.make_ban(people[0])
    report = read(run, "1,王芳,,9:00,12:00,,", "1,李明,,9:00,12:00,,")
    assert ([found["code"] for found in report.rejected], report.created) == (["person_barred"], 1)


def test_a_dry_run_changes_nothing(run, people) -> None:
    report = read(run, "1,王芳,,9:00,12:00,,", dry_run=True)
    assert (report.created, Attendance.objects.count()) == (1, 0)


def test_days_name_sessions_too(run, people) -> None:
    content = "上课日期,姓名,签到,签退\n2025年3月4日,王芳,上午9点,中午12点\n2025.3,李明,9:00,12:00\n".encode("gb18030")
    report = importing.import_attendance(io.BytesIO(content), by=f.make_trainer(run.centre), run=run)
    assert Attendance.objects.get().session.number == 2
    assert [found["code"] for found in report.rejected] == ["day_unreadable"]


def test_the_command_answers_as_the_roster_import_does(run, people, tmp_path: Path) -> None:
    path = tmp_path / "签到.csv"
    path.write_bytes(file("1,王芳,,9:00,12:00,,", "1,谁,,9:00,12:00,,").getvalue())
    ended = manage("import_attendance", path, "--run", run.code, "--dry-run", "--json")
    assert (ended.code, ended.answer["created"], Attendance.objects.count()) == (1, 1, 0)
    ended = manage("import_attendance", path, "--run", run.code, "--json")
    answer = ended.answer
    assert set(answer) >= {"rows", "created", "updated", "unchanged", "rejected", "warnings"}
    assert set(answer["rejected"][0]) == {"row", "column", "value", "code", "message"}
    assert (ended.code, Attendance.objects.get().recorded_by) == (1, None)
    ended = manage("import_attendance", path, "--run", "无此班次", "--json")
    assert (ended.code, ended.error["code"], ended.answer["rows"]) == (1, "run_unknown", 0)
    path.write_text("a,b\n1,2\n")
    ended = manage("import_attendance", path, "--run", run.code, "--json")
    assert (ended.code, ended.error["code"]) == (1, "marks_not_found")


def test_the_page_looks_first_and_takes_in_then(run, people) -> None:
    by = f.make_trainer(run.centre)
    client, url = f.signed_in(by), reverse("centre_import", args=[run.pk])
    sent = SimpleUploadedFile("签到.csv", file("1,王芳,,9:00,12:00,,", "1,谁,,9:00,12:00,,").getvalue())
    page = client.post(url, {"file": sent})
    token = page.context["token"]
    assert ("person_unknown" in page.content.decode(), Attendance.objects.count()) == (True, 0)
    stranger = f.signed_in(f.make_trainer(run.centre))
    assert stranger.post(url, {"token": token}).status_code == 422
    assert client.post(url, {"token": token + "x"}).status_code == 422
    taken = client.post(url, {"token": token})
    assert (taken.status_code, Attendance.objects.count()) == (200, 1)
    assert "person_unknown" in taken.content.decode()
    nothing = SimpleUploadedFile("签到.csv", b"a,b\n1,2\n")
    assert "marks_not_found" in client.post(url, {"file": nothing}).content.decode()


def test_the_blank_is_read_back(run, people) -> None:
    client = f.signed_in(f.make_trainer(run.centre))
    content = b"".join(client.get(reverse("centre_import_blank", args=[run.pk])))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert sheet.max_row == 1 + 2 * 3
    for row in range(2, 8):
        sheet.cell(row, 5, "9:00")
        sheet.cell(row, 6, "12:00")
    filled = io.BytesIO()
    book.save(filled)
    report = importing.import_attendance(io.BytesIO(filled.getvalue()), by=f.make_trainer(run.centre), run=run)
    assert (report.created, report.rejected) == (6, [])


# --- Clock times ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "clock"),
    [
        ("8:30", time(8, 30)),
        ("8：30", time(8, 30)),
        ("0830", time(8, 30)),
        ("830", time(8, 30)),
        ("8点半", time(8, 30)),
        ("上午8点半", time(8, 30)),
        ("下午2点05分", time(14, 5)),
        ("中午12:10", time(12, 10)),
        ("2:05 PM", time(14, 5)),
        ("08:30:59", time(8, 30)),
        (0.375, time(9, 0)),
        (datetime(2025, 3, 3, 9, 5), time(9, 5)),  # noqa: DTZ001, a cell knows no zone
        (timedelta(hours=13), time(13, 0)),
        (" ", None),
        (None, None),
    ],
)
def test_clocks(raw: object, clock: time | None) -> None:
    assert reading.parse_clock(raw) == clock


@pytest.mark.parametrize("raw", ["25:00", "8:61", "九点", "8-30", "12345", 1.5])
def test_no_clocks(raw: object) -> None:
    with pytest.raises(ValueError):
        reading.parse_clock(raw)


@given(st.times())
def test_every_time_is_read_back_however_it_is_written(moment: time) -> None:
    wanted = moment.replace(second=0, microsecond=0)
    for text in (f"{wanted:%H:%M}", f"{wanted:%H%M}", f"{wanted.hour}点{wanted.minute}分", f"{wanted:%H：%M}"):
        assert reading.parse_clock(text) == wanted
    fraction = (wanted.hour * 60 + wanted.minute) / 1440
    assert reading.parse_clock(fraction) == wanted


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_an_error(text: str) -> None:
    try:
        found = reading.parse_clock(text)
    except (ValueError, DomainError):
        return
    assert found is None or isinstance(found, time)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_days_are_read_back(day: date) -> None:
    assert reading.parse_day(f"{day.year}年{day.month}月{day.day}日") == day
