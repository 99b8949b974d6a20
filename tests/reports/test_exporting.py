"""Exports: the same people in xlsx and csv, nothing that a spreadsheet would calculate, no whole document number."""

import csv
import io
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.urls import reverse

from lms.jobs.models import Job
from lms.jobs.running import run
from lms.registry.exporting import harmless as neutral
from lms.registry.models import AuditEntry, Institution, PrivateFile
from reports import exporting
from tests.factories import (
    make_institution,
    make_manager,
    make_officer,
    make_person,
    make_post,
    make_staff,
    signed_in,
)
from tests.reports.staff import certify

pytestmark = pytest.mark.django_db
EVIL = '=HYPERLINK("http://evil.example","点")'


@pytest.fixture
def site() -> Institution:
    site = make_institution(name="@SUM(1+1)托育园")
    make_post(make_person(name=EVIL), site)
    certify(make_post(make_person(name="王𬱖㛃䶮"), site).person)
    make_post(institution=site, kind="volunteer")
    return site


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(answer: Any) -> list[list[str]]:
    raw = content(answer)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def test_csv(site: Institution) -> None:
    answer = signed_in(make_officer()).get(reverse("rate_export"), {"form": "csv", "institution": site.uscc})
    assert answer["Content-Type"].startswith("text/csv")
    assert "持证率" in unquote(answer["Content-Disposition"])
    head, *rows = rows_of(answer)
    assert len(head) == len(exporting.HEADINGS)
    assert {len(row) for row in rows} == {len(head)}
    assert {row[3] for row in rows} >= {"'" + EVIL, "王𬱖㛃䶮"}
    assert {row[0] for row in rows} == {"'" + site.name}
    holder = next(row for row in rows if row[3] == "王𬱖㛃䶮")
    assert holder[6:8] == ["计入", "持有与岗位相符的证书。"]


def test_xlsx(site: Institution) -> None:
    answer = signed_in(make_officer()).get(reverse("rate_export"), {"institution": site.uscc})
    book = openpyxl.load_workbook(io.BytesIO(content(answer)))
    figure, sites, people = book.worksheets
    assert {(row[0].value, row[1].value) for row in figure.iter_rows()} >= {("分子", "1"), ("分母", "2")}
    assert [cell.value for cell in sites[2]][3:6] == [1, 2, "50.0%"]
    assert people.max_row == 4
    cells = [cell for row in people.iter_rows() for cell in row]
    assert EVIL in {cell.value for cell in cells}
    assert "f" not in {cell.data_type for cell in cells}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_document_numbers_are_masked(site: Institution, form: str) -> None:
    person = make_post(institution=site).person
    document = person.documents.get()
    answer = signed_in(make_manager(site)).get(reverse("rate_export"), {"form": form})
    raw = content(answer)
    if form == "xlsx":
        raw = "\n".join(
            str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(raw)).worksheets[2].iter_rows() for cell in row
        ).encode()
    assert document.masked.encode() in raw
    assert document.number.encode() not in raw


def test_the_filter_and_the_act_are_kept(site: Institution) -> None:
    officer = make_officer()
    answer = signed_in(officer).get(reverse("rate_export"), {"form": "csv", "show": "holds"})
    assert len(rows_of(answer)) == 2
    act = AuditEntry.objects.get(action="export_rate")
    assert act.after is not None
    assert (act.actor, act.after["rows"]) == (officer.user, 1)


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("=1+1", "'=1+1"),
        ("＝1", "'＝1"),
        ("-2", "'-2"),
        ("+2", "'+2"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("王静", "王静"),
        ("1-1", "1-1"),
        ("", ""),
    ],
)
def test_harmless(text: str, harmless: str) -> None:
    assert neutral(text) == harmless


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_large_export_is_a_job(site: Institution, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    make_staff(site, 3)
    manager = make_manager(site)
    browser = signed_in(manager)
    address = reverse("rate_export")
    asked = browser.get(address, {"form": form})
    job = Job.objects.get(kind="export_rate")
    assert asked.status_code == 302
    assert asked["Location"] == job.get_absolute_url()
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["rows"]) == ("done", 6)
    file = PrivateFile.objects.get(purpose="export")
    assert file.owner == manager.user
    assert job.result["url"] == reverse("private_file", args=[file.pk])
    assert browser.get(job.result["url"]).status_code == 200
    assert signed_in(make_manager(site)).get(job.result["url"]).status_code == 404
