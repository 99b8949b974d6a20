"""The import command: every sample answers as its expectations say, dry and real, once and again."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lms.jobs.errors import DomainError
from lms.registry import importing
from lms.registry.auditing import verify
from lms.registry.models import (
    CertificateClaim,
    IdentityDocument,
    Institution,
    Person,
    Post,
)
from tests.factories import make_region, songjiang

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[1] / "data"
SAMPLES = sorted(DATA.glob("*.expected.json"))
CODE = "91310117MA1J0ABC0G"


def tables() -> list[int]:
    return [model.objects.count() for model in (Institution, Person, IdentityDocument, Post, CertificateClaim)]


@pytest.mark.parametrize("expectations", SAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_sample_answers_as_expected_by_command_dry_and_real(
    expectations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = json.loads(expectations.read_text())
    name = expectations.name.removesuffix(".expected.json")
    file = next(path for path in DATA.glob(f"{name}.*") if path != expectations)
    make_region(expected["region"])
    before = tables()

    dry = run_command(capsys, file, "--region", expected["region"], "--dry-run")
    assert tables() == before
    real = run_command(capsys, file, "--region", expected["region"])
    assert dry == real
    judge(expected["rows"], real)
    assert Post.objects.count() == real["created"]
    assert Institution.objects.count() - before[0] == real["institutions_created"] == expected["institutions"]

    after = tables()
    again = run_command(capsys, file, "--region", expected["region"])
    assert (again["created"], again["updated"]) == (0, 0)
    assert again["unchanged"] == real["created"] + real["unchanged"]
    assert again["rejected"] == real["rejected"]
    assert tables() == after
    assert verify().intact


def run_command(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """The JSON answer; the exit code must say whether anything was refused."""
    code: object = 0
    try:
        call_command("import_roster", *map(str, arguments), "--json")
    except SystemExit as end:
        code = end.code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == (1 if answer["rejected"] else 0)
    return answer


def judge(expected: list[dict[str, Any]], answer: dict[str, Any]) -> None:
    """Rejected and warned rows are the expected ones; the sums fit."""
    rejected = {(finding["row"], finding["column"], finding["code"]) for finding in answer["rejected"]}
    warned = {(finding["row"], finding["column"], finding["code"]) for finding in answer["warnings"]}
    for line in expected:
        key = (line["row"], line["column"], line["code"])
        if line["outcome"] == "reject":
            assert key in rejected, line
        elif line["outcome"] != "any":
            assert line["row"] not in {number for number, _, _ in rejected}, line
            assert line["outcome"] == "accept" or key in warned, line
    refused = {number for number, _, _ in rejected}
    assert answer["rows"] == len(expected)
    assert answer["created"] + answer["unchanged"] == len(expected) - len(refused)


def test_the_first_sample_puts_146_people_on_post() -> None:
    region = songjiang()
    importing.import_roster(DATA / "clean-1.xlsx", by=None, region=region)
    assert Post.objects.filter(ended_on__isnull=True, institution__region=region).count() == 146
    assert set(Institution.objects.values_list("filing", flat=True)) == {"pending"}


def test_wrong_usage_is_2_and_a_refused_file_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    empty = tmp_path / "leer.xlsx"
    empty.touch()
    for arguments in (
        [tmp_path / "missing.xlsx"],
        [empty, "--region", "999999"],
        [empty, "--institution", CODE],
        [empty, "--region", "310117", "--institution", CODE],
    ):
        with pytest.raises(CommandError) as wrong:
            call_command("import_roster", *map(str, arguments))
        assert wrong.value.returncode in (1, 2)
    with pytest.raises(SystemExit) as end:
        call_command("import_roster", str(empty), "--region", "310117", "--json")
    assert end.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"]["code"] == "file_empty"
    assert (answer["rows"], answer["rejected"]) == (0, [])


def test_the_command_says_in_words_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    songjiang()
    with pytest.raises(SystemExit):
        call_command("import_roster", str(DATA / "dirty-1.xlsx"), "--region", "310117")
    said = capsys.readouterr()
    assert "id_digits_lost" in said.out
    assert "151" in said.err
    assert "340102198607192604" not in said.out + said.err


def test_a_password_is_one_plain_refusal() -> None:
    with pytest.raises(DomainError) as refusal:
        importing.preview_roster(DATA / "password.xlsx", region=songjiang())
    assert refusal.value.code == "file_encrypted"
