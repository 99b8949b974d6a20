"""`screen_bans`: who of a list, or of everyone on post, is barred or resembles somebody who is."""

from pathlib import Path
from typing import Any

import pytest

from lms.registry.models import Person
from lms.registry.rosters.identity import check_character
from tests import factories as f
from tests.commands import manage

pytestmark = pytest.mark.django_db

NUMBER = "310117199003077828"
BORN = f.at("1990-03-07 00:00").date()


@pytest.fixture
def barred() -> Person:
    person = f.make_post(f.make_person(name="王芳", number=NUMBER, born_on=BORN)).person
    f.make_ban(person)
    return person


def screen(*args: str) -> tuple[dict[str, Any], int]:
    ended = manage("screen_bans", "--json", *args)
    assert NUMBER not in ended.out + ended.err
    return ended.answer, ended.code


def roster(folder: Path, *rows: str) -> str:
    path = folder / "list.csv"
    path.write_text("\n".join(["姓名,身份证号", *rows]) + "\n", encoding="utf-8-sig")
    return str(path)


def test_everyone_on_post(barred: Person) -> None:
    f.make_post()
    f.make_post(f.make_person(name="王芳", born_on=BORN))
    f.make_post(f.make_person(name="王芳"))
    answer, code = screen()
    assert (code, answer["counts"]) == (1, {"barred": 1, "near_match": 1, "clear": 2, "unreadable": 0})
    first = next(match for match in answer["matches"] if match["outcome"] == "barred")
    assert (first["name"], first["document"]) == ("王芳", "310***********7828")


def test_nobody_barred() -> None:
    f.make_post()
    f.make_ban(f.make_person())
    f.make_ban(f.make_post().person, confirmed=False)
    assert screen() == ({"counts": {"barred": 0, "near_match": 0, "clear": 2, "unreadable": 0}, "matches": []}, 0)


def test_a_list(barred: Person, tmp_path: Path) -> None:
    same_day = "31011719900307001"
    near = same_day + check_character(same_day)
    path = roster(
        tmp_path, f"换名,{NUMBER}", "王芳,310117900307782", f"王芳,{near}", f"李芳,{near}", f"赵六,{NUMBER[:-1]}9"
    )
    answer, code = screen(path)
    assert code == 1
    assert [(match["row"], match["outcome"]) for match in answer["matches"]] == [
        (2, "barred"),
        (3, "barred"),  # her old number of 15 digits
        (4, "near_match"),
        (6, "unreadable"),
    ]
    assert answer["matches"][3]["code"] == "id_check_digit"
    assert answer["counts"]["clear"] == 1


def test_an_annulled_ban_matches_nobody(tmp_path: Path) -> None:
    f.annul(f.make_ban(f.make_person(name="王芳", number=NUMBER, born_on=BORN)))
    answer, code = screen(roster(tmp_path, f"王芳,{NUMBER}"))
    assert (code, answer["counts"]["clear"]) == (0, 1)


def test_for_people(barred: Person) -> None:
    ended = manage("screen_bans")
    assert ended.code == 1
    assert ended.out.startswith("barred\t王芳\t310***********7828")
    assert ended.err.endswith("(person_barred)\n")


def test_wrong_usage_and_no_roster(tmp_path: Path) -> None:
    answer, code = screen(str(tmp_path / "none.csv"))
    assert (answer["error"]["code"], code) == ("file_missing", 2)
    empty = tmp_path / "x.csv"
    empty.write_text("只有一列\n1\n", encoding="utf-8")
    answer, code = screen(str(empty))
    assert (answer["error"]["code"], code) == ("file_not_roster", 1)
