"""Judging one row, and rows against each other."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.registry.rosters.columns import SYNONYMS
from lms.registry.rosters.findings import Finding
from lms.registry.rosters.messages import MESSAGES
from lms.registry.rosters.reading import RawRow
from lms.registry.rosters.rows import ParsedRow, SheetDefaults, check_rows, parse_row

TODAY = date(2026, 1, 31)
CELLS: dict[str, object] = {
    "机构名称": "甲园",
    "统一社会信用代码": "91310117MA1J0ABC0G",
    "姓名": "张三",
    "性别": "女",
    "民族": "汉",
    "证件类型": "居民身份证",
    "身份证号": "310117199003077828",
    "出生年月": "1990-03",
    "学历": "本科",
    "岗位": "保育员",
    "是否全职": "是",
    "入职日期": "2024-03-05",
    "联系电话": "13800138350",
    "证书名称": "保育师",
    "等级": "四级",
    "健康证到期": "2026-12",
    "无犯罪查询日期": "2025-07-10",
}


def judge(number: int = 4, /, **changes: object) -> ParsedRow:
    return parse_row(RawRow(number, CELLS | changes), TODAY)


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.column, finding.code) for finding in findings]


def test_a_clean_row() -> None:
    parsed = judge()
    assert (parsed.errors, parsed.warnings) == ((), ())
    row = parsed.row
    assert row is not None
    assert (row.row, row.name, row.sex, row.ethnicity, row.born_on) == (4, "张三", "F", "汉族", date(1990, 3, 7))
    assert (row.post, row.full_time, row.hired_on, row.phone) == ("carer", True, date(2024, 3, 5), "13800138350")
    assert (row.health_expires_on, row.no_crime_checked_on) == (date(2026, 12, 31), date(2025, 7, 10))
    assert [(claim.kind_code, claim.level) for claim in row.certificates] == [("childcare_worker", 4)]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("统一社会信用代码", "91310117MA1J0ABC0Z", "uscc_invalid"),
        ("姓名", " ", "name_missing"),
        ("姓名", "长" * 101, "name_too_long"),
        ("证件类型", "军官证", "id_type_unknown"),
        ("身份证号", 3.10117199003077e17, "id_digits_lost"),
        ("身份证号", "31011719900307782", "id_length"),
        ("身份证号", "310117199003077829", "id_check_digit"),
        ("岗位", "园林绿化", "post_unknown"),
        ("入职日期", "2024/2/30", "date_unreadable"),
        ("入职日期", "长期", "date_unreadable"),
        ("健康证到期", "过期了", "date_unreadable"),
        ("无犯罪查询日期", "2025-13", "date_unreadable"),
        ("发证日期", "2025-02-29", "date_unreadable"),
        ("有效期至", "三年", "date_unreadable"),
    ],
)
def test_a_rejected_row_names_cell_and_reason(column: str, value: object, code: str) -> None:
    parsed = judge(**{column: value})
    assert parsed.row is None
    assert said(parsed.errors) == [(column, code)]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("统一社会信用代码", "9131O117MA1J0ABC0G", "uscc_repaired"),
        ("身份证号", "310117900307782", "id_15_converted"),
        ("性别", "男", "sex_mismatch"),
        ("出生年月", "1990-04", "birth_mismatch"),
        ("出生年月", "九〇年", "birth_mismatch"),
        ("联系电话", "12345", "phone_unreadable"),
        ("等级", "优秀", "level_unreadable"),
        ("学历", "很" * 31, "text_shortened"),
        ("证书名称", "保育师" * 40, "text_shortened"),
    ],
)
def test_a_warning_lets_the_row_in(column: str, value: object, code: str) -> None:
    parsed = judge(**{column: value})
    assert parsed.row is not None
    assert said(parsed.warnings) == [(column, code)]


def test_all_reasons_are_told_at_once() -> None:
    parsed = judge(姓名="", 岗位="", 身份证号="1", 入职日期="昨天")
    assert said(parsed.errors) == [
        ("姓名", "name_missing"),
        ("身份证号", "id_length"),
        ("岗位", "post_unknown"),
        ("入职日期", "date_unreadable"),
    ]


def test_a_passport_takes_sex_and_birth_from_their_columns() -> None:
    passport: dict[str, object] = {"证件类型": "护照", "身份证号": "E44364501"}
    row = judge(**passport, 出生年月="1999-04-02").row
    assert row is not None
    assert (row.sex, row.born_on) == ("F", date(1999, 4, 2))
    vague = judge(**passport, 出生年月="1999-04").row
    assert vague is not None
    assert vague.born_on is None
    assert said(judge(**passport, 出生年月="1999-04-31").errors) == [("出生年月", "date_unreadable")]


def test_a_row_without_institution_takes_that_of_the_upload() -> None:
    raw = RawRow(4, CELLS | {"机构名称": "", "统一社会信用代码": ""})
    assert said(parse_row(raw, TODAY).errors) == [("机构名称", "institution_unknown")]
    row = parse_row(raw, TODAY, SheetDefaults("乙园", "12310117LNABKLRJKL")).row
    assert row is not None
    assert (row.institution_name, row.uscc) == ("乙园", "12310117LNABKLRJKL")
    named = judge(统一社会信用代码="").row
    assert named is not None
    assert (named.institution_name, named.uscc) == ("甲园", "")


def test_findings_mask_numbers_wherever_they_stand() -> None:
    parsed = judge(
        身份证号="310117199003077829", 联系电话="1380013835012", 岗位="310117199003077828", 姓名="13800138350"
    )
    shown = " ".join(finding.value for finding in (*parsed.errors, *parsed.warnings))
    assert len(parsed.errors) == 3
    assert not any(secret in shown for secret in ("19900307", "00138350"))


def test_a_finding_as_the_contract_gives_it() -> None:
    finding = judge(身份证号="310117199003077829").errors[0]
    assert finding.as_dict() == {
        "row": 4,
        "column": "身份证号",
        "value": "310***********7829",
        "code": "id_check_digit",
        "message": str(MESSAGES["id_check_digit"]),
        "name": "张三",
    }


def test_rows_against_each_other() -> None:
    rows = list(
        check_rows(
            [
                judge(4),
                judge(5),
                judge(6, 姓名="张叁"),
                judge(7, 机构名称="乙园", 统一社会信用代码="12310117LNABKLRJKL"),
                judge(8, 身份证号="330602199202290089", 出生年月="1992-02"),
                judge(9, 身份证号="x"),
                judge(10, 身份证号="x"),
            ]
        )
    )
    assert [(row.number, [code for _, code in said(row.warnings)]) for row in rows] == [
        (4, []),
        (5, ["duplicate_in_file"]),
        (6, ["duplicate_in_file", "name_differs"]),
        (7, []),
        (8, []),
        (9, []),
        (10, []),
    ]
    assert said(rows[2].warnings) == [("身份证号", "duplicate_in_file"), ("姓名", "name_differs")]
    assert rows[1].warnings[0].value == "310***********7828"


@given(st.dictionaries(st.sampled_from(list(SYNONYMS)), st.one_of(st.text(), st.floats(), st.none(), st.dates())))
def test_any_row_is_accepted_or_says_why(cells: dict[str, object]) -> None:
    parsed = parse_row(RawRow(9, cells), TODAY)
    assert (parsed.row is None) == bool(parsed.errors)
    assert all(finding.message and len(finding.value) <= 60 for finding in (*parsed.errors, *parsed.warnings))
