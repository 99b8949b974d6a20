"""Files that are refused whole: each with its code, none with a crash."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from lms.jobs.errors import DomainError
from lms.registry.rosters import container, parse_sheet, read_roster
from lms.registry.rosters.messages import MESSAGES
from tests.registry.outcomes import outcome
from tests.registry.test_roster_reading import HEADER, TODAY, csv_file, person, workbook

DATA = Path(__file__).resolve().parents[1] / "data"
FILE_CODES = ("file_empty", "file_too_large", "file_encrypted", "file_has_macro", "file_not_roster", "file_unreadable")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200)


def code_of(data: bytes, name: str = "名单.xlsx") -> str:
    with pytest.raises(DomainError) as refused:
        read_roster(io.BytesIO(data), name)
    assert str(refused.value) == str(MESSAGES[refused.value.code])
    return refused.value.code


def ole(*names: str) -> bytes:
    """The head of an OLE file with directory entries of these names."""
    entries = b""
    for name in names:
        raw = name.encode("utf-16-le") + b"\x00\x00"
        entries += raw.ljust(64, b"\x00") + struct.pack("<H", len(raw)) + bytes(62)
    return OLE_MAGIC + bytes(504) + entries


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return file.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as out:
        out.writestr(name, content)
    return file.getvalue()


GOOD = workbook(HEADER, person(0)).getvalue()


def test_the_file_the_bad_ones_are_made_of_is_good() -> None:
    assert len(list(parse_sheet(read_roster(io.BytesIO(GOOD)), today=TODAY))) == 1


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n", b"\xff\xfe"])
def test_empty(data: bytes) -> None:
    assert code_of(data) == "file_empty"


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        JPEG,
        b"%PDF-1.7\n1 0 obj",
        "这是一份说明,不是名单。\n第二行\n".encode(),
        "姓名,岗位\n张三,保育员\n".encode(),
        b"<html><table><tr><td>name</td></tr></table></html>",
        b"{\\rtf1 roster}",
        b"MZ" + bytes(300),
        b"\x81\xff\x82\xfe\xff" * 40,
        archive(**{"word/document.xml": b"<w/>"}),
        archive(**{"xl/workbook.bin": b"x"}),
        b"PK\x05\x06" + bytes(18),
        ole("WordDocument"),
    ],
)
def test_not_a_roster(data: bytes) -> None:
    assert code_of(data) == "file_not_roster"


def test_a_workbook_without_header_is_not_a_roster() -> None:
    assert code_of(workbook(["姓名", "岗位"], ["张三", "保育员"]).getvalue()) == "file_not_roster"
    assert code_of(workbook(*[["说明"]] * 40, HEADER, person(0)).getvalue()) == "file_not_roster"
    assert code_of(workbook([]).getvalue()) == "file_not_roster"


def test_passwords() -> None:
    assert code_of((DATA / "password.xlsx").read_bytes()) == "file_encrypted"
    assert code_of(ole("EncryptionInfo", "EncryptedPackage")) == "file_encrypted"


def test_macros() -> None:
    assert code_of(with_member(GOOD, "xl/vbaProject.bin", b"x"), "名单.xlsm") == "file_has_macro"
    assert code_of(with_member(GOOD, "xl/macrosheets/sheet1.xml", b"<x/>")) == "file_has_macro"
    assert code_of(ole("Workbook", "_VBA_PROJECT_CUR"), "名单.xls") == "file_has_macro"
    renamed = archive(**{"xl/workbook.xml": b"<x/>", "[Content_Types].xml": b"application/vnd.ms-office.vbaProject"})
    assert code_of(renamed) == "file_has_macro"


@pytest.mark.parametrize(
    "data",
    [
        GOOD[: len(GOOD) // 2],
        b"PK\x03\x04" + bytes(100),
        archive(**{"xl/workbook.xml": b"not xml"}),
        ole("Workbook"),
        f'{",".join(HEADER)}\n"甲园,,张三,310117199003077828,保育员\n'.encode(),
    ],
)
def test_damaged(data: bytes) -> None:
    assert code_of(data) == "file_unreadable"


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_BYTES", len(GOOD))
    assert read_roster(io.BytesIO(GOOD)).total == 1
    assert code_of(GOOD + b" ") == "file_too_large"


def test_two_hundred_megabytes_are_refused_without_being_read() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0
            self.given += size
            return b"a" * size

    source = Endless()
    with pytest.raises(DomainError) as refused:
        read_roster(source)
    assert refused.value.code == "file_too_large"
    assert source.given == container.MAX_BYTES + 1


def test_archives_that_unfold_too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_UNFOLDED_BYTES", 1_000_000)
    assert code_of(with_member(GOOD, "xl/media/a.bin", bytes(1_000_001))) == "file_too_large"


def test_archives_that_lie_about_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_UNFOLDED_BYTES", 1_000_000)
    content = bytes(2_000_000)
    data = with_member(GOOD, "xl/media/a.bin", content)
    true, lie = struct.pack("<I", len(content)), struct.pack("<I", 10)
    assert data.count(struct.pack("<I", zlib.crc32(content))) == 2
    assert code_of(data.replace(true, lie)) == "file_too_large"


def test_a_stray_cell_at_the_far_corner_does_not_take_the_process_down() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER)
    sheet.cell(1_048_576, 16_384, "x")
    file = io.BytesIO()
    book.save(file)
    assert code_of(file.getvalue()) == "file_too_large"


def test_a_workbook_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "PROBE_SECONDS", 0.001)
    assert code_of(GOOD) == "file_too_large"


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", OLE_MAGIC, b"\xff\xfe", b"\xef\xbb\xbf"]))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_refused_with_a_code(noise: bytes, head: bytes) -> None:
    _, code = outcome(lambda: read_roster(io.BytesIO(head + noise)))
    assert code in FILE_CODES


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_below_a_header_is_read_or_refused(text: str) -> None:
    def run() -> int:
        data = csv_file(",".join(HEADER) + "\n" + text, "utf-8").getvalue()
        return sum(bool(row.row or row.errors) for row in parse_sheet(read_roster(io.BytesIO(data)), today=TODAY))

    text = text.encode("utf-8", "replace").decode()
    count, code = outcome(run)
    assert code in ("", *FILE_CODES)
    assert count is None or count <= text.count("\n") + text.count("\r") + 1


def test_every_code_has_its_sentence_in_both_languages() -> None:
    assert set(FILE_CODES) <= set(MESSAGES)
    with translation.override("en"):
        assert all(str(message).endswith(".") for message in MESSAGES.values())
    with translation.override("zh-hans"):
        assert all(str(message).endswith("。") for message in MESSAGES.values())
