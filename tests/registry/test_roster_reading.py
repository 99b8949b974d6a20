"""Finding the header, the people and their institutions in sheets as they come."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from lms.registry.rosters import parse_sheet, read_roster
from lms.registry.rosters.columns import SYNONYMS, column_label, read_header
from lms.registry.rosters.reading import Note, Sheet
from lms.registry.rosters.rows import ParsedRow

TODAY = date(2026, 1, 31)
USCC, OTHER_USCC = "91310117MA1J0ABC0G", "12310117LNABKLRJKL"
IDS = ["310117199003077828", "330602199202290089", "340102198607192604", "310117198603052064"]
HEADER = ["机构名称", "统一社会信用代码", "姓名", "身份证号", "岗位"]


def workbook(*rows: Sequence[object], change: Callable[[Workbook, Worksheet], None] | None = None) -> io.BytesIO:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))
    if change:
        change(book, sheet)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def csv_file(text: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text.encode(encoding))


def person(n: int, institution: str = "甲园", uscc: str = USCC) -> list[object]:
    return [institution, uscc, f"张三{'甲乙丙丁'[n]}", IDS[n], "保育员"]


def parsed(sheet: Sheet) -> list[ParsedRow]:
    return list(parse_sheet(sheet, today=TODAY))


def accepted(sheet: Sheet) -> dict[int, tuple[str, str]]:
    """Row → (institution, name) of the accepted rows; fails if one is rejected."""
    rows = parsed(sheet)
    assert [row.errors for row in rows if row.errors] == []
    return {row.number: (row.row.institution_name, row.row.name) for row in rows if row.row}


def test_header_under_title_notes_and_blank_rows_in_any_column() -> None:
    def shift(book: Workbook, sheet: Worksheet) -> None:
        sheet.insert_cols(1, 2)
        sheet.insert_rows(1, 3)
        sheet["C4"] = "松江区托育机构从业人员花名册"
        sheet.merge_cells("C4:G4")

    sheet = read_roster(workbook([""], ["填表说明:姓名、身份证号必填"], HEADER, person(0), person(1), change=shift))
    assert accepted(sheet) == {7: ("甲园", "张三甲"), 8: ("甲园", "张三乙")}
    assert sheet.total == 2


def test_columns_in_any_order_under_other_words_with_remarks() -> None:
    sheet = read_roster(
        csv_file(f"证件号码（18位）,*姓 名,职务,所在单位,信用代码,星座\n{IDS[0]},张三,老师,甲园,{USCC},白羊\n")
    )
    assert accepted(sheet) == {2: ("甲园", "张三")}
    assert sheet.unknown_columns == ("星座",)


def test_no_header_word_means_two_columns() -> None:
    words = [word for label, synonyms in SYNONYMS.items() for word in (label, *synonyms.split())]
    assert len(words) == len(set(words))
    assert all(column_label(word) == label for label, synonyms in SYNONYMS.items() for word in synonyms.split())
    assert column_label("身份证\n号码 *：") == "身份证号"
    assert column_label("星座") is None


def test_totals_signatures_remarks_and_blank_rows_are_no_people() -> None:
    rows = read_roster(
        workbook(
            HEADER,
            person(0),
            [None, None, None, None, None],
            ["合 计", None, "2人", "2", None],
            ["甲园", USCC, None, None, None],
            person(1),
            HEADER,
            ["总计：", "", "2人"],
            ["填表人:", "", "李四", "", "审核人:"],
            ["", "", "", "", "以上属实"],
            ["备注：本表一式两份", "", "", "", "盖章"],
        )
    )
    assert list(accepted(rows)) == [2, 6]


def test_a_person_without_number_is_rejected_and_not_passed_over() -> None:
    rows = parsed(read_roster(workbook(HEADER, ["甲园", USCC, "张三", None, None], ["", "", "李四", "", ""])))
    assert [(row.number, {finding.code for finding in row.errors}) for row in rows] == [
        (2, {"id_length", "post_unknown"}),
        (3, {"id_length", "post_unknown"}),
    ]


def test_merged_institutions_are_filled_down_and_nothing_else_is() -> None:
    def merge(book: Workbook, sheet: Worksheet) -> None:
        for cells in ("A2:A3", "B2:B3", "E2:E3"):
            sheet.merge_cells(cells)

    rows = parsed(
        read_roster(
            workbook(
                HEADER, person(0), person(1), person(2, "乙园", OTHER_USCC), ["", "", *person(3)[2:]], change=merge
            )
        )
    )
    assert [row.row and row.row.institution_name for row in rows] == ["甲园", None, "乙园", None]
    assert [{finding.code for finding in row.errors} for row in rows[1::2]] == [
        {"post_unknown"},
        {"institution_unknown"},
    ]


def test_blank_institutions_are_filled_from_above_where_nothing_is_merged() -> None:
    text = "\n".join(
        (
            ",".join(HEADER),
            f"甲园,{USCC},张甲,{IDS[0]},保育员",
            f",,张乙,{IDS[1]},保育员",
            f"乙园,,张丙,{IDS[2]},保育员",
            f",,张丁,{IDS[3]},保育员",
        )
    )
    found = [row.row for row in parsed(read_roster(csv_file(text)))]
    assert [(row.institution_name, row.uscc) for row in found if row] == [
        ("甲园", USCC),
        ("甲园", USCC),
        ("乙园", ""),
        ("乙园", ""),
    ]


def test_hidden_sheets_are_skipped_and_hidden_rows_kept() -> None:
    def hide(book: Workbook, sheet: Worksheet) -> None:
        sheet.row_dimensions[2].hidden = True
        old = book.create_sheet("旧名单", 0)
        old.append(HEADER)
        old.append(person(3))
        old.sheet_state = "veryHidden"
        book.create_sheet("说明")["A1"] = "请如实填写"

    sheet = read_roster(workbook(HEADER, person(0), person(1), change=hide))
    assert list(accepted(sheet)) == [2, 3]
    assert set(sheet.notes) == {Note("sheet_hidden", "旧名单"), Note("sheet_ignored", "说明")}


def test_several_roster_sheets_are_read_and_named() -> None:
    def add(book: Workbook, sheet: Worksheet) -> None:
        sheet.title = "甲"
        second = book.create_sheet("乙")
        second.append(HEADER)
        second.append(person(0))
        second.append(["乙园", OTHER_USCC, "李四", "123", "保洁"])

    rows = parsed(read_roster(workbook(HEADER, person(0), change=add)))
    assert [(row.sheet, row.number) for row in rows] == [("甲", 2), ("乙", 2), ("乙", 3)]
    assert [finding.as_dict()["sheet"] for row in rows for finding in (*row.warnings, *row.errors)] == ["乙", "乙"]


def test_a_second_header_row_under_group_titles() -> None:
    sheet = read_roster(
        workbook(
            ["姓名", "身份证号", "单位", "岗位", "证书信息", None, "健康证", None],
            [None, None, None, None, "证书名称", "证书编号", "健康证号", "有效期"],
            ["张三", IDS[0], "甲园", "保育员", "保育师", "S1", "JK1", "2026-12"],
        )
    )
    row = parsed(sheet)[0].row
    assert row is not None
    assert [(claim.name, claim.number) for claim in row.certificates] == [("保育师", "S1")]
    assert (row.health_number, row.health_expires_on) == ("JK1", date(2026, 12, 31))


def test_repeated_columns() -> None:
    sheet = read_roster(
        csv_file(
            "姓名,身份证号,机构,岗位,证书名称,等级,证书名称,等级,备注,备注\n"
            f"张三,{IDS[0]},甲园,保育员,育婴员,四级,保育师,三级,,第二个\n"
        )
    )
    row = parsed(sheet)[0].row
    assert row is not None
    assert [(claim.kind_code, claim.level) for claim in row.certificates] == [
        ("infant_carer", 4),
        ("childcare_worker", 3),
    ]
    assert row.note == "第二个"
    assert [note.value for note in sheet.notes] == ["证书名称", "等级", "备注"]
    assert read_header(["姓名", "姓名"]).repeated == ("姓名",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    lines = (["名单"], HEADER, ["甲园", USCC, "张𬱖明", f"\t{IDS[0]}" if delimiter != "\t" else IDS[0], "保育员"])
    sheet = read_roster(csv_file("\r\n".join(delimiter.join(line) for line in lines), encoding))
    assert accepted(sheet) == {3: ("甲园", "张𬱖明")}


def test_quoted_cells_with_line_breaks_count_as_one_row() -> None:
    text = f'{",".join(HEADER)},备注\n"甲\n园",{USCC},张三,{IDS[0]},保育员,"一,\n二"\n\n乙园,,李四,{IDS[1]},保育员,\n'
    assert accepted(read_roster(csv_file(text))) == {2: ("甲 园", "张三"), 4: ("乙园", "李四")}


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "名单.xls").write_bytes(csv_file(",".join(HEADER) + f"\n甲园,,张三,{IDS[0]},保育员\n").getvalue())
    (tmp_path / "名单.csv").write_bytes(workbook(HEADER, person(0)).getvalue())
    assert len(parsed(read_roster(tmp_path / "名单.xls", "名单.xls"))) == 1
    assert len(parsed(read_roster(str(tmp_path / "名单.csv"), "名单.csv"))) == 1


def test_formulas_give_their_kept_values_and_dates_are_dates() -> None:
    sheet = read_roster(workbook([*HEADER, "入职日期", "联系电话"], [*person(0), date(2024, 3, 5), 13800138350]))
    row = parsed(sheet)[0].row
    assert row is not None
    assert (row.hired_on, row.phone) == (date(2024, 3, 5), "13800138350")


def test_rows_can_be_read_again() -> None:
    sheet = read_roster(workbook(HEADER, person(0), person(1)))
    assert [raw.number for raw in sheet.rows] == [raw.number for raw in sheet.rows] == [2, 3]


def test_a_table_of_headers_alone_has_no_rows() -> None:
    sheet = read_roster(workbook(HEADER))
    assert (list(sheet.rows), sheet.total) == ([], 0)
