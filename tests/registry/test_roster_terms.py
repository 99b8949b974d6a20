"""Employment, contracts, validity, nationality; further documents, and certificates on rows of their own."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.jobs.errors import DomainError
from lms.registry.rosters import columns as c
from lms.registry.rosters import parse_sheet, read_roster
from lms.registry.rosters.blank import CELLS, CHOICES, blank_roster
from lms.registry.rosters.countries import WORDS, parse_nationality
from lms.registry.rosters.identity import normalise_id, parse_id_kind
from lms.registry.rosters.reading import RawRow
from lms.registry.rosters.rows import ParsedRow, parse_row
from lms.registry.rosters.terms import parse_contract, parse_employment, parse_validity
from lms.registry.rosters.values import parse_full_time, parse_post, parse_sex

TODAY = date(2026, 1, 31)
CELL = st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.dates(), st.datetimes(), st.booleans())
NUMBERS = ("310117199003077828", "330602199202290089")


def judged(**cells: object) -> ParsedRow:
    row = {"机构名称": "甲园", "姓名": "张三", "身份证号": NUMBERS[0], "岗位": "保育员"}
    return parse_row(RawRow(2, row | cells), TODAY)


def rows_of(*lines: str) -> list[ParsedRow]:
    return list(parse_sheet(read_roster(io.BytesIO("\n".join(lines).encode())), today=TODAY))


def code(call: Any, *args: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call(*args)
    return caught.value.code


# --- Values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("劳务派遣", "dispatched"), ("是", "dispatched"), ("外包人员", "dispatched"),
        ("自聘", "own"), ("合同制", "own"), ("否", "own"), ("非派遣", "own"), ("在编", "own"),
        ("", ""), (None, ""), ("兼职", ""), (3.0, ""),
    ],
)  # fmt: skip
def test_employment(raw: object, kind: str) -> None:
    assert parse_employment(raw) == kind


@pytest.mark.parametrize(
    ("raw", "days"),
    [
        ("2019-03-05至2039-03-05", (date(2019, 3, 5), date(2039, 3, 5))),
        ("2019.03.05-2039.03.05", (date(2019, 3, 5), date(2039, 3, 5))),
        ("20190305-20390305", (date(2019, 3, 5), date(2039, 3, 5))),
        ("2019-03-05-2039-03-05", (date(2019, 3, 5), date(2039, 3, 5))),
        ("2019年3月5日—长期", (date(2019, 3, 5), None)),
        ("2019-03-05-长期", (date(2019, 3, 5), None)),
        ("自2019年3月5日起至2039年3月5日止", (date(2019, 3, 5), date(2039, 3, 5))),
        ("2039-03", (None, date(2039, 3, 31))),
        ("长期", (None, None)), (None, (None, None)), (date(2039, 3, 5), (None, date(2039, 3, 5))),
    ],
)  # fmt: skip
def test_validity(raw: object, days: tuple[date | None, date | None]) -> None:
    assert parse_validity(raw) == days


@pytest.mark.parametrize("raw", ["十年", "2039-03-05至2019-03-05", "2019-02-30至2039-03-05", 2024.1])
def test_validity_that_cannot_be_read(raw: object) -> None:
    assert code(parse_validity, raw) == "date_unreadable"


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)), st.dates(date(2050, 1, 1), date(2099, 12, 31)))
def test_a_span_survives_every_form(begin: date, end: date) -> None:
    for form in ("%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"):
        for between in ("至", "~", "—", " - ", "-"):
            assert parse_validity(f"{begin.strftime(form)}{between}{end.strftime(form)}") == (begin, end)


def test_contracts() -> None:
    assert parse_contract("2024-03-05至2027-03-04") == date(2027, 3, 4)
    assert parse_contract("无固定期限") is None
    assert code(parse_contract, "三年") == "contract_unreadable"


@pytest.mark.parametrize(
    ("raw", "known"), [("英国", "GBR"), ("英国籍", "GBR"), ("usa", "USA"), ("中国", "CHN"), (" ", "")]
)
def test_nationalities(raw: str, known: str) -> None:
    assert parse_nationality(raw) == known


def test_every_word_names_one_country() -> None:
    words = [word for line in WORDS.values() for word in line.split()]
    assert len(words) == len(set(words))
    assert all(parse_nationality(word) == known for known, line in WORDS.items() for word in line.split())
    assert code(parse_nationality, "桃花源") == "nationality_unknown"


@given(CELL)
def test_no_parser_crashes_on_any_cell(raw: object) -> None:
    assert parse_employment(raw) in ("", "own", "dispatched")
    assert answered(parse_validity, raw) in ("", "date_unreadable")
    assert answered(parse_contract, raw) in ("", "contract_unreadable")
    if not answered(parse_nationality, raw):
        assert parse_nationality(parse_nationality(raw)) == parse_nationality(raw)


def answered(call: Any, raw: object) -> str:
    """The code of a refusal, "" where there was none."""
    try:
        call(raw)
    except DomainError as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(
    ("label", "number", "kind", "kept"),
    [
        ("回乡证", "H12345678", "hmt_travel", "H12345678"),
        ("港澳居民来往内地通行证", "H1234567801", "hmt_travel", "H12345678"),
        ("", "M12345678", "hmt_travel", "M12345678"),
        ("台胞证", "1234567801", "hmt_travel", "12345678"),
        ("外国人居留许可", "A1234567", "foreign_permit", "A1234567"),
        ("护照", "E12345678", "passport", "E12345678"),
    ],
)
def test_further_documents(label: str, number: str, kind: str, kept: str) -> None:
    found = normalise_id(number, parse_id_kind(label), today=TODAY)
    assert (found.kind, found.number) == (kind, kept)
    assert normalise_id(found.number, found.kind, today=TODAY).number == kept


# --- Rows -----------------------------------------------------------------------------------


def test_a_row_tells_of_employment_contract_papers_and_nationality() -> None:
    parsed = judged(
        用工形式="劳务派遣",
        合同期限="2024-03-05至2027-03-04",
        社保="是",
        国籍="英国",
        证件有效期="2019-03-05至2039-03-05",
    )
    assert parsed.warnings == ()
    row = parsed.row
    assert row is not None
    assert (row.employment, row.contract_until, row.social_insurance) == ("dispatched", date(2027, 3, 4), True)
    assert (row.nationality, row.valid_from, row.valid_until) == ("GBR", date(2019, 3, 5), date(2039, 3, 5))


def test_what_cannot_be_read_of_them_is_a_remark_and_stops_nobody() -> None:
    parsed = judged(合同期限="三年", 国籍="桃花源", 证件有效期="十年")
    assert parsed.row is not None
    assert {finding.code for finding in parsed.warnings} == {
        "contract_unreadable",
        "nationality_unknown",
        "validity_unreadable",
    }
    assert [finding.code for finding in judged(证件有效期="2020-01-01").warnings] == ["document_expired"]


def test_part_time_may_stand_under_the_form_of_employment() -> None:
    told = {cell: judged(用工形式=cell).row for cell in ("兼职", "全职", "劳务派遣", "是")}
    assert {cell: row.full_time for cell, row in told.items() if row} == {
        "兼职": False,
        "全职": True,
        "劳务派遣": None,
        "是": None,
    }


def test_certificates_on_rows_of_their_own_belong_to_the_person_above() -> None:
    header = "序号,机构名称,姓名,身份证号,岗位,证书名称,证书编号"
    rows = rows_of(
        header,
        f"1,甲园,张三,{NUMBERS[0]},保育员,育婴员,Y1",
        ",,,,,保育师,Y2",
        ",,,,,教师资格证,Y3",
        f"2,甲园,李四,{NUMBERS[1]},保育员,,",
        ",,,,,保育员,Y4",
    )
    assert [row.number for row in rows] == [2, 5]
    assert [[claim.number for claim in row.row.certificates] for row in rows if row.row] == [["Y1", "Y2", "Y3"], ["Y4"]]


def test_a_row_that_tells_more_than_a_certificate_is_one_of_its_own() -> None:
    header = "姓名,身份证号,岗位,证书名称,证书编号,机构名称"
    rows = rows_of(header, f"张三,{NUMBERS[0]},保育员,育婴员,Y1,甲园", ",,保育员,保育师,Y2,", "", ",,,保育师,Y3,甲园")
    assert [row.row is None for row in rows] == [False, True, True]


def test_validity_right_behind_the_number_is_the_documents() -> None:
    assert [key for _, key in c.read_header(["姓名", "身份证号", "有效期", "证书名称", "有效期至"]).places][2::2] == [
        c.ID_VALID,
        c.CERT_EXPIRES,
    ]


# --- The template ---------------------------------------------------------------------------


def test_the_template_offers_lists_every_choice_of_which_is_understood() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_roster()))
    assert book.sheetnames == ["花名册", "填写说明"]
    sheet = book.worksheets[0]
    assert len(sheet.data_validations.dataValidation) == len(CHOICES)
    parse: dict[str, Any] = {
        c.SEX: parse_sex, c.ID_KIND: parse_id_kind, c.POST: parse_post, c.FULL_TIME: parse_full_time,
        c.EMPLOYMENT: parse_employment,
    }  # fmt: skip
    for label, read in parse.items():
        assert all(read(choice) not in ("", None) for choice in CHOICES[label]), label
    assert [cell.number_format for cell in sheet[300]] == ["@"] * len(CELLS)


def test_the_template_reads_as_it_is_and_its_notes_are_passed_over() -> None:
    sheet = read_roster(io.BytesIO(blank_roster()))
    assert (sheet.notes, sheet.unknown_columns) == ((), ())
    (row,) = parse_sheet(sheet, today=TODAY)
    assert {finding.code for finding in row.errors} >= {"id_check_digit"}
