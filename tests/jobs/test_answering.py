"""What every command promises: one answer, one shape of refusal, the same exits."""

from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.core.management import get_commands, load_command_class

from lms.jobs.answering import AnsweringCommand
from lms.registry.management.commands import verify_audit
from tests import factories as f
from tests.commands import manage
from tests.factories import YEAR

pytestmark = pytest.mark.django_db

#: Commands that serve or empty a machine: they answer nobody.
SILENT = {"migrate", "run_all", "reset_demo"}
ROOMS = ("lms", "courses", "certification", "reports")
OURS = {name for name, app in get_commands().items() if app.partition(".")[0] in ROOMS}
ANSWERING = sorted(OURS - SILENT)

#: (arguments, exit code, code of the error) of commands that are refused as a whole.
REFUSED: dict[str, tuple[tuple[object, ...], int, str]] = {
    "import_roster: no such file": (("import_roster", "none.xlsx"), 2, "file_missing"),
    "import_roster: no such region": (("import_roster", __file__, "--region", "999999"), 2, "region_unknown"),
    "import_roster: no such institution": (
        ("import_roster", __file__, "--institution", "91310117MA1J0ABC0G"),
        2,
        "institution_unknown",
    ),
    "import_roster: no roster": (("import_roster", __file__), 1, "file_not_roster"),
    "screen_bans: no such file": (("screen_bans", "none.xlsx"), 2, "file_missing"),
    "screen_bans: no roster": (("screen_bans", __file__), 1, "file_not_roster"),
    "holding_rate: no such region": (
        ("holding_rate", "--on", "2025-06-30", "--region", "999999"),
        2,
        "region_unknown",
    ),
    "holding_rate: no such institution": (
        ("holding_rate", "--on", "2025-06-30", "--institution", "91310117MA1J0ABC0G"),
        2,
        "institution_unknown",
    ),
    "holding_rate: no such figure": (
        ("holding_rate", "--on", "2025-06-30", "--metric", "nonsense"),
        1,
        "metric_unknown",
    ),
    "rate_institutions: no such round": (("rate_institutions", "--round", "x"), 2, "round_unknown"),
    "load_policies: no such file": (("load_policies", "none.yaml"), 2, "file_missing"),
    "load_policies: no policy file": (("load_policies", __file__), 1, "policy_invalid"),
    "assess_year: no such region": (("assess_year", "--year", YEAR, "--region", "999999"), 2, "region_unknown"),
    "assess_year: no such person": (("assess_year", "--year", YEAR, "--person", uuid4()), 2, "person_unknown"),
    "issue_certificates: no such region": (
        ("issue_certificates", "--year", YEAR, "--region", "999999"),
        2,
        "region_unknown",
    ),
    "verify_certificate: no such file": (("verify_certificate", "none.pdf"), 2, "file_missing"),
    "load_demo: not loaded": (("load_demo", "--show"), 1, "demo_missing"),
}


def test_every_command_of_ours_answers_in_this_way() -> None:
    assert {"assess_year", "import_roster", "verify_audit"} <= set(ANSWERING)
    for name in ANSWERING:
        assert isinstance(load_command_class(get_commands()[name], name), AnsweringCommand), name


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_has_one_shape(name: str) -> None:
    arguments, code, error = REFUSED[name]
    ended = manage(*map(str, arguments), "--json")
    assert (ended.code, ended.error["code"]) == (code, error)
    assert ended.error["message"]
    assert ended.error["message"] in ended.err
    in_words = manage(*map(str, arguments))
    assert (in_words.code, in_words.out) == (code, "")
    assert f"({error})" in in_words.err


@pytest.mark.parametrize("name", [name for name in REFUSED if not name.startswith("load_demo")])
def test_a_refusal_is_chinese(name: str) -> None:
    message = manage(*map(str, REFUSED[name][0]), "--json").error["message"]
    assert any("\u4e00" <= character <= "\u9fff" for character in message), message


@pytest.mark.parametrize("year", ["0", "1999", "2101", "9999", "99999", "-1", "2025.0", "２０２５", "now"])
@pytest.mark.parametrize("command", ["assess_year", "issue_certificates"])
def test_a_year_nobody_means_is_wrong_usage(command: str, year: str) -> None:
    ended = manage(command, "--year", year, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "--year" in ended.err


@pytest.mark.parametrize("year", [2000, YEAR, 2100])
@pytest.mark.parametrize("command", ["assess_year", "issue_certificates"])
def test_the_years_between_are_taken(command: str, year: int) -> None:
    assert manage(command, "--year", year, "--json").code == 0


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31", "2025-02-30", "June"])
def test_a_day_nobody_means_is_wrong_usage(day: str) -> None:
    ended = manage("holding_rate", "--on", day, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "--on" in ended.err
    assert manage("holding_rate", "--on", date(2025, 6, 30), "--json").code == 0


def test_what_was_refused_within_an_answer_ends_with_1_and_stands_on_stderr() -> None:
    done = manage("screen_bans", "--json")
    assert (done.code, done.err) == (0, "")
    f.make_ban(f.make_post().person)
    refused = manage("screen_bans", "--json")
    assert (refused.code, refused.answer["counts"]["barred"]) == (1, 1)
    assert "(person_barred)" in refused.err


def test_a_refused_roster_still_has_every_key(tmp_path: Path) -> None:
    empty = tmp_path / "empty.xlsx"
    empty.touch()
    answer = manage("import_roster", empty, "--json").answer
    assert (answer["error"]["code"], answer["rows"], answer["rejected"], answer["warnings"]) == (
        "file_empty",
        0,
        [],
        [],
    )


def test_the_context_of_a_refusal_stands_beside_its_code(tmp_path: Path) -> None:
    broken = tmp_path / "x.yaml"
    broken.write_text("standards: [")
    ended = manage("load_policies", broken, "--json")
    assert ended.error["path"].startswith("x.yaml")
    assert f"path: {ended.error['path']}" in ended.err


def test_an_error_of_ours_is_no_refusal() -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("broken")

    with mock.patch.object(verify_audit.Command, "answer", crash), pytest.raises(RuntimeError):
        manage("verify_audit")
