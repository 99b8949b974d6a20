"""The import command: every sample answers as its expectations say, dry and real, once and again."""

import json
from pathlib import Path
from typing import Any

import pytest

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
from tests.commands import manage
from tests.factories import (
    make_id_number,
    make_institution,
    make_person,
    make_post,
    make_region,
    make_uscc,
    songjiang,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[1] / "data"
SAMPLES = sorted(DATA.glob("*.expected.json"))
CODE = "91310117MA1J0ABC0G"


def tables() -> list[int]:
    return [model.objects.count() for model in (Institution, Person, IdentityDocument, Post, CertificateClaim)]


@pytest.mark.parametrize("expectations", SAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_sample_answers_as_expected_by_command_dry_and_real(expectations: Path) -> None:
    expected = json.loads(expectations.read_text())
    name = expectations.name.removesuffix(".expected.json")
    file = next(path for path in DATA.glob(f"{name}.*") if path != expectations)
    make_region(expected["region"])
    before = tables()

    dry = run_command(file, "--region", expected["region"], "--dry-run")
    assert tables() == before
    real = run_command(file, "--region", expected["region"])
    assert dry == real
    judge(expected["rows"], real)
    assert Post.objects.count() == real["created"]
    assert Institution.objects.count() - before[0] == real["institutions_created"] == expected["institutions"]

    after = tables()
    again = run_command(file, "--region", expected["region"])
    assert (again["created"], again["updated"]) == (0, 0)
    assert again["unchanged"] == real["created"] + real["unchanged"]
    assert again["rejected"] == real["rejected"]
    assert tables() == after
    assert verify().intact


def run_command(*arguments: object) -> dict[str, Any]:
    """The JSON answer; the exit code must say whether anything was refused."""
    ended = manage("import_roster", *arguments, "--json")
    assert ended.code == (1 if ended.answer["rejected"] else 0)
    return ended.answer


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


def test_scopes_exclude_each_other() -> None:
    ended = manage("import_roster", DATA / "clean-1.xlsx", "--region", "310117", "--institution", CODE)
    assert (ended.code, ended.out) == (2, "")


def test_the_command_says_in_words_what_it_did() -> None:
    songjiang()
    ended = manage("import_roster", DATA / "dirty-1.xlsx", "--region", "310117")
    assert ended.code == 1
    assert "(id_digits_lost)" in ended.out
    assert "(id_digits_lost)" in ended.err
    assert "151" in ended.err
    assert "340102198607192604" not in ended.out + ended.err


def test_a_password_is_one_plain_refusal() -> None:
    with pytest.raises(DomainError) as refusal:
        importing.preview_roster(DATA / "password.xlsx", region=songjiang())
    assert refusal.value.code == "file_encrypted"


def test_a_complete_list_ends_the_posts_of_leavers_only_when_asked(tmp_path: Path) -> None:
    stays, leaves = make_person(number=make_id_number(901)), make_person(name="王离开", number=make_id_number(902))
    place = make_institution(uscc=make_uscc(), name="小树苗托育园")
    for person in (stays, leaves):
        make_post(person=person, institution=place)
    file = tmp_path / "roster.csv"
    header = "机构名称,统一社会信用代码,姓名,身份证号,岗位"
    file.write_text(f"{header}\n小树苗托育园,{place.uscc},{stays.name},{make_id_number(901)},保育员\n")
    dry = run_command(file, "--dry-run", "--close-leavers")
    assert (dry["left"], dry["leavers"]) == (1, [{"institution": place.name, "names": ["王离开"]}])
    assert run_command(file, "--dry-run")["left"] == run_command(file)["left"] == 0
    assert place.posts.filter(ended_on__isnull=True).count() == 2
    assert manage("import_roster", file, "--close-leavers", "2099-01-01").code == 2
    assert run_command(file, "--close-leavers")["left"] == 1
    assert [post.person for post in place.posts.filter(ended_on__isnull=True)] == [stays]
