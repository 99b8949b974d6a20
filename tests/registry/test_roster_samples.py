"""Rosters as bureaus send them: every row of every sample answers as its expectations say."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lms.registry.rosters import parse_sheet, read_roster
from lms.registry.rosters.identity import clean_number, normalise_id
from lms.registry.rosters.rows import ParsedRow

DATA = Path(__file__).resolve().parents[1] / "data"
SAMPLES = sorted(DATA.glob("*.expected.json"))
TODAY = date(2026, 1, 31)


def read(expectations: Path) -> tuple[list[dict[str, Any]], dict[int, ParsedRow]]:
    name = expectations.name.removesuffix(".expected.json")
    file = next(path for path in DATA.glob(f"{name}.*") if path != expectations)
    rows = json.loads(expectations.read_text())["rows"]
    return rows, {parsed.number: parsed for parsed in parse_sheet(read_roster(file), today=TODAY)}


def test_there_are_samples_of_every_format() -> None:
    assert {path.suffix for path in DATA.iterdir()} >= {".xlsx", ".xls", ".csv"}
    assert len(SAMPLES) >= 5


@pytest.mark.parametrize("expectations", SAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_sample(expectations: Path) -> None:
    expected, parsed = read(expectations)
    assert sorted(parsed) == [row["row"] for row in expected]
    for row in expected:
        answer = parsed[row["row"]]
        errors = [(finding.column, finding.code) for finding in answer.errors]
        warnings = [(finding.column, finding.code) for finding in answer.warnings]
        what = f"row {row['row']} ({row['kind']}): {errors} {warnings}"
        if row["outcome"] == "reject":
            assert answer.row is None, what
            assert (row["column"], row["code"]) in errors, what
            continue
        if row["outcome"] == "any" and answer.row is None:
            continue
        assert answer.row is not None, what
        assert errors == [], what
        if row["outcome"] == "warn":
            assert (row["column"], row["code"]) in warnings, what
        if row["kind"] == "clean":
            assert warnings == [], what
        assert answer.row.id_number == normalise_id(row["id"], answer.row.id_kind, today=TODAY).number, what
        assert answer.row.name.replace("·", "•") == row["name"].replace("·", "•"), what
        assert row["outcome"] == "any" or answer.row.uscc == row["uscc"], what


def test_no_answer_shows_a_number() -> None:
    """No ID number or phone of the sample leaves in a finding."""
    expected, parsed = read(DATA / "dirty-1.expected.json")
    shown = json.dumps([finding.as_dict() for row in parsed.values() for finding in (*row.errors, *row.warnings)])
    assert "id_check_digit" in shown
    assert not any(number in shown for row in expected if len(number := clean_number(row["id"])) >= 9)


def test_what_the_dirty_sample_really_says() -> None:
    """The cells that are accepted after cleaning hold what their author meant."""
    _, parsed = read(DATA / "dirty-1.expected.json")
    rows = {number: answer.row for number, answer in parsed.items() if answer.row}
    assert rows[15].name == "阿依古丽·买买提"
    assert [rows[n].hired_on for n in (17, 18, 19, 20)] == [date(2024, 3, 1), *[date(2024, 3, 5)] * 3]
    assert [rows[n].hired_precision for n in (17, 18)] == ["month", "day"]
    assert rows[22].post == "carer"
    assert (rows[24].phone, rows[25].phone) == ("13800138350", "")
    assert [claim.kind_code for claim in rows[26].certificates] == ["infant_carer", "childcare_worker"]
    assert rows[27].uscc == "5231011746A0HED7CD"
    assert (rows[30].id_kind, rows[31].id_kind) == ("passport", "foreign_resident")
    assert (rows[13].sex, rows[12].id_number[:10]) == ("M", "3301061978")
    assert rows[40].institution_name == rows[39].institution_name == "新桥育英托育服务中心"
