"""Names, dates, phones, posts and levels as people really type them."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lms.jobs.errors import DomainError
from lms.registry.models.posts import PostKind
from lms.registry.rosters.values import (
    BLANKS,
    POST_WORDS,
    RosterDate,
    parse_date,
    parse_ethnicity,
    parse_expiry,
    parse_full_time,
    parse_level,
    parse_name,
    parse_phone,
    parse_post,
    parse_sex,
    parse_text,
    parse_yes_no,
)
from tests.registry.outcomes import CELLS, outcome


def code_of(parse: Callable[[object], object], raw: object) -> str:
    with pytest.raises(DomainError) as refused:
        parse(raw)
    return refused.value.code


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("张三", "张三"),
        ("\u3000张\u3000三\xa0", "张三"),
        ("张𬱖明", "张𬱖明"),
        ("冯䶮超", "冯䶮超"),
        ("㛃", "㛃"),
        ("葛\U000e0100\u200b", "葛\U000e0100"),
        ("\ue000明", "\ue000明"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽‧买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("MARIA  SANTOS\n", "MARIA SANTOS"),
        ("ＭＡＲＩＡ Ｓ. Santos", "MARIA S. Santos"),
        ("Jose\u0301", "José"),
        ("O'Neill-Smith", "O'Neill-Smith"),
        ("'张三", "张三"),
    ],
)
def test_names(raw: str, name: str) -> None:
    assert parse_name(raw) == name


def test_long_names_stay_whole() -> None:
    name = "·".join(["阿卜杜热依木"] * 9)
    assert len(name) > 60
    assert parse_name(name) == name
    assert code_of(parse_name, "长" * 101) == "name_too_long"


@pytest.mark.parametrize("raw", ["", None, "  ", "\u3000", "无", "/", "—", "12345", 7.0, "\u200b", "()"])
def test_missing_names(raw: object) -> None:
    assert code_of(parse_name, raw) == "name_missing"


@given(st.text(st.characters(categories=["Lo", "Lu", "Ll", "Mn", "Zs", "Po", "Co", "Cf"]), max_size=60))
def test_names_normalise_once_and_for_all(raw: str) -> None:
    name, code = outcome(lambda: parse_name(raw))
    assert code in ("", "name_missing")
    if name is not None:
        assert parse_name(name) == name
        assert unicodedata.is_normalized("NFC", name)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=50))
def test_no_han_character_is_ever_lost(name: str) -> None:
    assume(name not in BLANKS)
    assert parse_name(name) == name
    assert parse_name(" ".join(name)) == name


DAY = date(2024, 3, 5)


@pytest.mark.parametrize(
    "raw",
    [
        DAY,
        datetime(2024, 3, 5, 8, 30),  # noqa: DTZ001 - a workbook knows no time zone
        "2024-03-05",
        "2024-3-5",
        "2024/3/5",
        "2024.3.5",
        "2024.03.05",
        "2024年3月5日",
        "2024年03月05号",
        "2024 年 3 月 5 日",
        "20240305",
        20240305.0,
        "45356",
        45356.0,
        45356.75,
        "2024-03-05 00:00:00",
        "2024-03-05T08:00:00.000Z",
        "2024/3/5 8:05",
        "２０２４－３－５",
        "'2024-03-05",
        "\xa02024-03-05\t",
    ],
)
def test_one_day_in_many_hands(raw: object) -> None:
    assert parse_date(raw) == RosterDate(DAY)


@pytest.mark.parametrize("raw", ["2024.3", "2024-03", "2024年3月", "202403", 2024.3, 202403.0, "2024/3"])
def test_months(raw: object) -> None:
    found = parse_date(raw)
    assert found == RosterDate(date(2024, 3, 1), "month")
    assert found.last_day == date(2024, 3, 31)
    assert found.agrees_with(DAY)
    assert not found.agrees_with(date(2024, 4, 1))


def test_years_and_october() -> None:
    year = parse_date("2024年")
    assert year == RosterDate(date(2024, 1, 1), "year")
    assert year.last_day == date(2024, 12, 31)
    assert parse_date(2024.0) == year
    assert parse_date("2024.10") == RosterDate(date(2024, 10, 1), "month")
    # A number 2024.1 may have been typed as 2024.10: nobody can tell, so nobody guesses.
    assert code_of(parse_date, 2024.1) == "date_unreadable"


@pytest.mark.parametrize("raw", ["长期", "长期有效", "永久", "无固定期限"])
def test_for_good(raw: str) -> None:
    assert parse_date(raw) == RosterDate(None, "none", permanent=True)


@pytest.mark.parametrize("raw", ["", None, "无", "/", "—", " "])
def test_no_date(raw: object) -> None:
    assert parse_date(raw) is None


@pytest.mark.parametrize(
    "raw",
    [
        "2024/2/30",
        "2023-02-29",
        "2024-13-01",
        "20240230",
        "202413",
        "3/5/2024",
        "24.3.5",
        "去年三月",
        "1024-03-05",
        "99999",
        99999.0,
        float("nan"),
        float("inf"),
        True,
        time(8, 0),
        timedelta(days=3),
        "2024-03-05-06",
        "0",
    ],
)
def test_impossible_dates(raw: object) -> None:
    assert code_of(parse_date, raw) == "date_unreadable"


@given(st.dates(date(1928, 1, 1), date(2099, 12, 31)))
def test_every_date_survives_every_form(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    forms = [
        f"{day:%Y-%m-%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        float(f"{day:%Y%m%d}"),
        f"{day} 00:00:00",
        str(serial),
        float(serial),
        day,
    ]
    assert {parse_date(form) for form in forms} == {RosterDate(day)}


@given(CELLS)
def test_any_cell_is_a_date_or_refused(raw: object) -> None:
    for parse in (parse_date, parse_expiry):
        found, code = outcome(partial(parse, raw))
        assert code in ("", "date_unreadable")
        assert found is None or found.permanent or found.day is not None


@pytest.mark.parametrize(
    ("raw", "last"),
    [
        ("2029-11-17", date(2029, 11, 17)),
        ("2021-11-17至2029-11-17", date(2029, 11, 17)),
        ("2021.11.17-2029.11.17", date(2029, 11, 17)),
        ("2021年11月17日到2029年11月", date(2029, 11, 30)),
        ("2021.11-2029.11", date(2029, 11, 30)),
        ("2021/11/17~2029/11/17", date(2029, 11, 17)),
        ("2029.2", date(2029, 2, 28)),
        (date(2029, 11, 17), date(2029, 11, 17)),
    ],
)
def test_ends_of_validity(raw: object, last: date) -> None:
    found = parse_expiry(raw)
    assert found is not None
    assert found.last_day == last


def test_a_span_without_end_is_for_good() -> None:
    found = parse_expiry("2021-11-17至长期")
    assert found is not None
    assert found.permanent


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        ("13800138350", "13800138350"),
        ("138-0013-8350", "13800138350"),
        ("138 0013 8350", "13800138350"),
        ("+86 138 0013 8350", "13800138350"),
        ("0086-13800138350", "13800138350"),
        ("８６１３８００１３８３５０", "13800138350"),
        (13800138350.0, "13800138350"),
        ("'13800138350", "13800138350"),
        ("19949164344", "19949164344"),
        ("13800138350/13900139000", "13800138350"),
        ("12345、13900139000", "13900139000"),
        ("", ""),
        (None, ""),
        ("无", ""),
    ],
)
def test_phones(raw: object, phone: str) -> None:
    assert parse_phone(raw) == phone


@pytest.mark.parametrize("prefix", range(100, 200))
def test_a_mobile_number_is_one_with_and_without_the_country(prefix: int) -> None:
    """The quick way for what looks like a mobile says what the library says."""
    number = f"{prefix}00138000"
    assert outcome(lambda: parse_phone(number)) == outcome(lambda: parse_phone(f"+86{number}"))


def test_landlines_and_foreign_numbers() -> None:
    assert parse_phone("1٣800138000") == "13800138000"
    assert parse_phone("021-57812345").replace("-", "") == "02157812345"
    assert parse_phone("(021)57812345") == parse_phone("021 5781 2345")
    assert parse_phone("+44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize("raw", ["12345", "1380013835", "138001383501", "电话见附件", "00000000000"])
def test_unreadable_phones(raw: str) -> None:
    assert code_of(parse_phone, raw) == "phone_unreadable"


@given(CELLS)
def test_phones_normalise_once_and_for_all(raw: object) -> None:
    phone, code = outcome(lambda: parse_phone(raw))
    assert code in ("", "phone_unreadable")
    if phone is not None:
        assert parse_phone(phone) == phone


@pytest.mark.parametrize(
    ("raw", "post"),
    [
        ("负责人", "director"),
        ("副园长", "director"),
        ("园长（法人）", "director"),
        ("托班教师", "teacher"),
        ("老师", "teacher"),
        ("保教人员", "teacher"),
        ("育婴师", "carer"),
        ("阿姨", "carer"),
        ("保 育 员", "carer"),
        ("保育师", "carer"),
        ("专职保育员", "carer"),
        ("保健医", "health_worker"),
        ("兼职保健教师", "health_worker"),
        ("营养员", "nutrition"),
        ("炊事员", "nutrition"),
        ("厨师", "nutrition"),
        ("门卫", "guard"),
        ("保安", "guard"),
        ("财务", "admin"),
        ("保洁", "cleaning"),
        ("司机", "driver"),
        ("志愿者", "volunteer"),
        ("实习生", "intern"),
        ("教师/保育员", "teacher"),
        ("(兼)保洁", "cleaning"),
        ("carer", "carer"),
    ],
)
def test_posts(raw: str, post: str) -> None:
    assert parse_post(raw) == post


@pytest.mark.parametrize("raw", ["园林绿化", "", None, "无", "()", "/"])
def test_unknown_posts(raw: object) -> None:
    assert code_of(parse_post, raw) == "post_unknown"


def test_posts_are_those_of_the_register_and_no_word_means_two() -> None:
    assert set(POST_WORDS) == set(PostKind.values)
    words = [word for group in POST_WORDS.values() for word in group.split()]
    assert len(words) == len(set(words))
    assert all(parse_post(word) == kind for kind, group in POST_WORDS.items() for word in group.split())


@pytest.mark.parametrize(
    "raw",
    [
        "四级",
        "中级",
        "4",
        4.0,
        "4级",
        "四级/中级",
        "四级（中级工）",
        "国家职业资格四级",
        "IV",
        "Ⅳ",
        "Level 4",
        "中级/四级",
    ],
)
def test_level_four(raw: object) -> None:
    assert parse_level(raw) == 4


def test_all_levels() -> None:
    assert [parse_level(raw) for raw in ("一级", "二级", "三级", "四级", "五级")] == [1, 2, 3, 4, 5]
    assert [parse_level(raw) for raw in ("高级技师", "技师", "高级", "中级", "初级")] == [1, 2, 3, 4, 5]
    assert parse_level("") is None
    assert parse_level("无") is None


@pytest.mark.parametrize("raw", ["四级/高级", "六级", "优秀", "0", "45"])
def test_unreadable_levels(raw: str) -> None:
    assert code_of(parse_level, raw) == "level_unreadable"


def test_small_words() -> None:
    assert [parse_full_time(raw) for raw in ("是", "全职", "否", "兼职", "", "视情况")] == [
        True,
        True,
        False,
        False,
        None,
        None,
    ]
    assert [parse_yes_no(raw) for raw in ("是", "已缴纳", "√", True, "否", "无", "×", "")] == [
        *[True] * 4,
        *[False] * 3,
        None,
    ]
    assert [parse_sex(raw) for raw in ("男", " 女 ", "女性", "m", "未知", None)] == ["M", "F", "F", "M", "", ""]
    assert [parse_ethnicity(raw) for raw in ("汉", "汉族", "维吾尔", "", "无")] == ["汉族", "汉族", "维吾尔族", "", ""]
    assert parse_text(" 学前\xa0教育\n（本科）\x00 ") == "学前 教育 （本科）"
    assert parse_text(2018.0) == "2018"


@given(CELLS)
def test_no_parser_crashes_on_any_cell(raw: object) -> None:
    assert parse_sex(raw) in ("M", "F", "")
    assert parse_full_time(raw) in (True, False, None)
    assert parse_yes_no(raw) in (True, False, None)
    assert parse_text(parse_text(raw)) == parse_text(raw)
    assert parse_ethnicity(parse_ethnicity(raw)) == parse_ethnicity(raw)
    post, code = outcome(lambda: parse_post(raw))
    assert (post in PostKind.values, code) in ((True, ""), (False, "post_unknown"))
    level, code = outcome(lambda: parse_level(raw))
    assert level in (None, 1, 2, 3, 4, 5)
    assert code in ("", "level_unreadable")
