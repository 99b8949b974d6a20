"""Importing rosters: what is written, what is refused, and that a second time changes nothing."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError

from lms.jobs.errors import DomainError
from lms.registry import guessing, importing, matching, news
from lms.registry.auditing import verify
from lms.registry.models import (
    AuditEntry,
    CertificateClaim,
    IdentityDocument,
    Institution,
    Person,
    Post,
    Region,
)
from lms.registry.rosters.identity import parse_uscc
from lms.registry.rosters.messages import MESSAGES
from lms.registry.rosters.rows import ParsedRow
from lms.registry.views.bureau.rosters import refused_rows
from tests.factories import (
    make_ban,
    make_id_number,
    make_institution,
    make_officer,
    make_person,
    make_post,
    make_region,
    make_uscc,
    songjiang,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[1] / "data"
CODE = "91310117MA1J0ABC0G"
NUMBERS = ("310117199003077828", "330602199202290089", "340102198607192604")
HEADER = "机构名称,统一社会信用代码,姓名,身份证号,岗位,入职日期,联系电话,证书名称,证书编号"


def roster(*rows: str, header: str = HEADER) -> io.BytesIO:
    return io.BytesIO("\n".join((header, *rows)).encode())


def row(
    name: str, number: str, *, code: str = CODE, place: str = "小树苗托育园", post: str = "保育员", more: str = ""
) -> str:
    return f"{place},{code},{name},{number},{post},2024-03-05,{more}"


def take(
    *rows: str, region: Region | None = None, institution: Institution | None = None, **kw: Any
) -> importing.Answer:
    if institution is None:
        region = region or songjiang()
    return importing.import_roster(roster(*rows), by=make_officer(), region=region, institution=institution, **kw)


def counts(answer: importing.Answer) -> tuple[int, int, int, int]:
    return answer.created, answer.updated, answer.unchanged, refused_rows(answer.as_dict())


def codes(findings: list[dict[str, object]]) -> list[object]:
    return [finding["code"] for finding in findings]


def tables() -> list[int]:
    return [model.objects.count() for model in (Institution, Person, IdentityDocument, Post, CertificateClaim)]


# --- What is written ------------------------------------------------------------------------


def test_a_row_becomes_person_document_post_claim_and_acts() -> None:
    told = mock.Mock()
    with mock.patch.object(news, "claims_recorded", [told]), capture_commit():
        answer = take(row("张𬱖", NUMBERS[0], more="13800138350,育婴员,Y001"))
    assert counts(answer) == (1, 0, 0, 0)
    post = Post.objects.select_related("person", "institution__region").get()
    assert (post.kind, post.started_on, post.state) == ("carer", date(2024, 3, 5), "on_post")
    assert (post.person.name, post.person.sex, post.person.phone) == ("张𬱖", "F", "13800138350")
    document = post.person.documents.get()
    assert (document.number, document.masked) == (NUMBERS[0], "310***********7828")
    institution = post.institution
    assert (institution.uscc, institution.filing, institution.kind) == (CODE, "pending", "profit")
    assert institution.region.code == "310117"
    claim = CertificateClaim.objects.get()
    assert (claim.person, claim.kind, claim.number, claim.taken_up_at) == (post.person, "infant_carer", "Y001", None)
    told.assert_called_once_with()
    acts = AuditEntry.objects.filter(subject_kind__in=["institution", "person", "post"])
    assert set(acts.values_list("action", flat=True)) == {"institution.register", "post.place"}
    assert acts.get(action="post.place").after == {
        "person": str(post.person_id),
        "kind": "carer",
        "since": "2024-03-05",
        "registered_by": "resident",
    }
    assert NUMBERS[0] not in str(list(acts.values()))


def capture_commit() -> Any:
    from django.test import TestCase

    return TestCase.captureOnCommitCallbacks(execute=True)


def test_what_changed_is_updated_once() -> None:
    take(row("张三", NUMBERS[0]))
    changed = row("张三", NUMBERS[0], post="托班教师", more="13800138350,育婴员,Y001")
    assert counts(take(changed)) == (0, 1, 0, 0)
    assert counts(take(changed)) == (0, 0, 1, 0)
    assert list(Post.objects.order_by("recorded_at").values_list("kind", "state")) == [
        ("carer", "left"),
        ("teacher", "on_post"),
    ]
    assert Person.objects.get().phone == "13800138350"


def test_a_list_that_contradicts_itself_changes_nothing_the_second_time() -> None:
    """The first row about a person counts; also when the second one stands in another chunk."""
    other = make_institution(region=songjiang())
    rows = (
        row("张三", NUMBERS[0], more="13800138350"),
        row("张三", NUMBERS[0], post="园长", more="13900139350"),
        row("张三", NUMBERS[0], code=other.uscc, place=other.name, more="13700137350"),
    )
    with mock.patch.object(importing, "CHUNK", 1):
        previewed = importing.preview_roster(roster(*rows), region=songjiang())
        answer = take(*rows)
        again = take(*rows)
    assert counts(previewed) == counts(answer) == (2, 0, 1, 0)
    assert codes(answer.warnings) == ["duplicate_in_file"]
    assert counts(again) == (0, 0, 3, 0)
    assert Person.objects.get().phone == "13800138350"


def test_a_name_that_differs_from_the_register_is_told_and_not_taken_over() -> None:
    person = make_person(name="张三丰", number=NUMBERS[0])
    answer = take(row("张三风", NUMBERS[0]))
    assert codes(answer.warnings) == ["name_differs"]
    assert answer.warnings[0]["value"] == "张三风"
    person.refresh_from_db()
    assert person.name == "张三丰"


def test_who_has_left_is_not_brought_back_by_an_old_list() -> None:
    institution = make_institution(uscc=CODE)
    person = make_person(name="张三", number=NUMBERS[0], born_on=date(1990, 3, 7))
    make_post(person, institution, started_on=date(2024, 3, 5), state="left", ended_on=date(2025, 1, 1))
    answer = take(row("张三", NUMBERS[0]))
    assert counts(answer) == (0, 0, 1, 0)
    assert codes(answer.warnings) == ["post_ended"]
    assert not Post.objects.filter(ended_on__isnull=True).exists()


# --- Refused --------------------------------------------------------------------------------


def test_a_rejected_row_changes_nothing_and_stops_no_other() -> None:
    answer = take(
        row("张三", NUMBERS[0][:-1] + "1", code=make_uscc(), place="别家托育园"),
        row("李四", NUMBERS[1]),
    )
    assert counts(answer) == (1, 0, 0, 1)
    assert codes(answer.rejected) == ["id_check_digit"]
    assert answer.refused == {"id_check_digit": 1}
    assert list(Institution.objects.values_list("uscc", flat=True)) == [CODE]
    assert list(Person.objects.values_list("name", flat=True)) == ["李四"]


def test_a_barred_person_is_refused_under_any_name_and_form_of_her_number() -> None:
    make_ban(make_person(name="张三", number=NUMBERS[0]))
    answer = take(row("张叁", "310117900307782"), row("李四", NUMBERS[1]))
    assert counts(answer) == (1, 0, 0, 1)
    assert answer.rejected == [
        {
            "row": 2,
            "column": "身份证号",
            "value": "310***********7828",
            "code": "person_barred",
            "message": str(MESSAGES["person_barred"]),
            "name": "张叁",
        }
    ]
    assert Post.objects.count() == 1


def test_a_near_match_of_a_barred_person_is_held_and_a_namesake_is_not() -> None:
    barred = make_person(name="张三", number=NUMBERS[0], born_on=date(1990, 3, 7))
    make_ban(barred)
    twin = make_id_number(1)  # born on the same day, another number
    answer = take(row("张三", twin), row("张三", NUMBERS[1], code=make_uscc(), place="别家托育园"))
    assert (answer.held, answer.created, refused_rows(answer.as_dict())) == (1, 1, 0)
    assert codes(answer.warnings) == ["id_held_near_match"]
    assert Institution.objects.count() == 1
    assert Person.objects.count() == 2


def test_a_ban_confirmed_between_look_up_and_writing_wins() -> None:
    person = make_person(name="张三", number=NUMBERS[0])
    looked: list[matching.Plan] = []

    def plan(matcher: matching.Matcher, chunk: Sequence[ParsedRow]) -> matching.Plan:
        found = real(matcher, chunk)
        if not looked:
            make_ban(person)
        looked.append(found)
        return found

    real = matching.Matcher.plan
    with mock.patch.object(matching.Matcher, "plan", plan):
        answer = take(row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    assert looked[0].created == 2
    assert counts(answer) == (1, 0, 0, 1)
    assert codes(answer.rejected) == ["person_barred"]


def test_the_trigger_stops_what_the_look_up_missed() -> None:
    make_ban(make_person(name="张三", number=NUMBERS[0]))
    with (
        mock.patch("lms.registry.banning.barred_ids", return_value=set()),
        pytest.raises(IntegrityError, match="guard:person_barred"),
    ):
        take(row("张三", NUMBERS[0]))
    assert not Post.objects.exists()


def test_two_imports_at_the_same_time_write_everything_once() -> None:
    """The other import commits between our look-up and our writing."""
    rows = [row(f"张三{n}", number, more=f"13800138350,育婴员,Y{n}") for n, number in enumerate(NUMBERS)]
    others = [rows]

    def plan(matcher: matching.Matcher, chunk: Sequence[ParsedRow]) -> matching.Plan:
        found = real(matcher, chunk)
        if others:
            assert counts(take(*others.pop())) == (3, 0, 0, 0)
        return found

    real = matching.Matcher.plan
    with mock.patch.object(matching.Matcher, "plan", plan):
        assert counts(take(*rows)) == (0, 0, 3, 0)
    assert tables() == [1, 3, 3, 3, 3]
    assert verify().intact


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("张𪚥𪘀𪚥", ["𪚥 U+2A6A5, 𪘀 U+2A600"]),
        ("张𬱖㛃䶮", []),
        ("阿依古丽·买买提", []),
    ],
)
def test_a_name_that_no_certificate_can_show_is_remarked_on_and_kept(name: str, told: list[str]) -> None:
    line = row(name, NUMBERS[0])
    for answer in (importing.preview_roster(roster(line), region=songjiang()), take(line), take(line)):
        assert [finding["value"] for finding in answer.warnings] == told
        assert {(finding["row"], finding["column"], finding["code"]) for finding in answer.warnings} == {
            (2, "姓名", "glyph_missing") for _one in told
        }
    assert Person.objects.get().name == name


# --- Where ----------------------------------------------------------------------------------


def test_a_bureau_reaches_its_own_region_only() -> None:
    elsewhere = make_institution(region=make_region("310118"))
    answer = take(row("张三", NUMBERS[0], code=elsewhere.uscc, place=elsewhere.name))
    assert codes(answer.rejected) == ["institution_unknown"]
    assert tables()[1:] == [0, 0, 0, 0]
    assert counts(take(row("张三", NUMBERS[0], code=elsewhere.uscc), region=make_region("310000"))) == (1, 0, 0, 0)


def test_a_new_institution_stands_in_the_district_of_its_code_within_the_region() -> None:
    make_region("330602")
    shaoxing = make_region("330600")
    importing.import_roster(DATA / "clean-3.xlsx", by=None, region=shaoxing)
    assert set(Institution.objects.values_list("region__code", flat=True)) == {"330602"}
    take(row("张三", NUMBERS[0]), region=shaoxing)  # a company registered in Songjiang
    assert Institution.objects.get(uscc=CODE).region == shaoxing


@pytest.mark.parametrize(
    ("upload", "warned"),
    [
        ("330602", ["institution_region_differs"]),  # the code was given in Songjiang
        ("330600", ["institution_region_differs"]),
        ("310117", []),
        ("310000", []),
    ],
)
def test_a_new_institution_of_another_district_is_taken_in_with_a_remark(upload: str, warned: list[str]) -> None:
    songjiang()
    region = make_region(upload)
    rows = (row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    previewed = importing.preview_roster(roster(*rows), region=region)
    answer = take(*rows, region=region)
    assert codes(previewed.warnings) == codes(answer.warnings) == warned
    assert [(finding["row"], finding["column"], finding["value"]) for finding in answer.warnings] == [
        (2, "统一社会信用代码", CODE) for _code in warned
    ]
    institution = Institution.objects.get()
    assert (institution.filing, institution.region.prefix.startswith(region.prefix)) == ("pending", True)
    assert (counts(answer), codes(take(*rows, region=region).warnings)) == ((2, 0, 0, 0), [])


def test_a_code_of_no_known_district_is_no_remark() -> None:
    """Registrars of a province or city, and districts the register doesn't hold, tell nothing."""
    assert not Region.objects.filter(code="999999").exists()
    body = "91999999MA1J0ABC0"
    code = next(body + last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if parses(body + last))
    assert codes(take(row("张三", NUMBERS[0], code=code)).warnings) == []


def parses(code: str) -> bool:
    try:
        return parse_uscc(code) is not None
    except DomainError:
        return False


def test_a_name_alone_must_fit_one_institution() -> None:
    known = make_institution(name="小树苗托育园")
    assert counts(take(row("张三", NUMBERS[0], code=""))) == (1, 0, 0, 0)
    assert Post.objects.get().institution == known
    make_institution(name="小树苗托育园")
    answer = take(row("李四", NUMBERS[1], code=""))
    assert codes(answer.rejected) == ["institution_unknown"]
    assert answer.rejected[0]["column"] == "机构名称"


def test_an_institutions_roster_holds_nobody_elses_rows() -> None:
    own = make_institution(name="上海小树苗托育园有限公司", uscc=CODE)
    answer = take(
        row("张三", NUMBERS[0], place="小树苗托育园", code=""),
        row("李四", NUMBERS[1], place="大树托育园", code=""),
        row("王五", NUMBERS[2], code=make_uscc()),
        institution=own,
    )
    assert counts(answer) == (1, 0, 0, 2)
    assert codes(answer.rejected) == ["institution_unknown"] * 2
    assert Institution.objects.count() == 1
    assert Post.objects.get().institution == own


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("实验幼儿园", "12310117LNABKLRJKL", "kindergarten"),
        ("九亭镇社区宝宝屋", "52310117HNJJT942UR", "community"),
        ("妇幼保健院托育部", "12310117LNABKLRJKL", "hospital"),
        ("新桥育英托育中心", "12310117LNABKLRJKL", "public"),
        ("新桥育英托育中心", "52310117HNJJT942UR", "non_profit"),
        ("新桥育英托育中心", CODE, "profit"),
    ],
)
def test_the_kind_of_a_new_institution_is_guessed(name: str, code: str, kind: str) -> None:
    assert guessing.guess_kind(name, code) == kind


# --- Weight ---------------------------------------------------------------------------------


def test_look_ups_do_not_grow_with_the_rows(django_assert_max_num_queries: Any) -> None:
    songjiang()
    rows = [row(f"张三{n}", make_id_number(), more=f"13800138350,育婴员,Y{n}") for n in range(200)]
    with django_assert_max_num_queries(12):
        assert importing.preview_roster(roster(*rows), region=songjiang()).created == 200
    assert take(*rows).created == 200
    with django_assert_max_num_queries(14):
        assert importing.preview_roster(roster(*rows), region=songjiang()).unchanged == 200
