"""Document numbers, credit codes and their masks: right ones pass, every single slip is caught."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from lms.jobs.errors import DomainError
from lms.registry.rosters.identity import (
    FOREIGN_RESIDENT,
    HMT_RESIDENCE,
    PASSPORT,
    PROVINCES,
    RESIDENT,
    check_character,
    district_known,
    mask_number,
    mask_phone,
    mask_runs,
    normalise_id,
    parse_id_kind,
    parse_uscc,
)
from tests.registry.outcomes import outcome

TODAY = date(2026, 1, 31)
SONGJIANG = "310117199003077828"
SHAOXING = "330602199202290089"
USCC = "91310117MA1J0ABC0G"

DISTRICTS = st.sampled_from(["310117", "330106", "330602", "411525", "340102", "310120"])
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
SERIALS = st.integers(0, 999)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@st.composite
def resident_numbers(draw: st.DrawFn) -> str:
    body = f"{draw(DISTRICTS)}{draw(BIRTHS):%Y%m%d}{draw(SERIALS):03}"
    return body + check_character(body)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    tail = draw(st.text(USCC_ALPHABET, min_size=9, max_size=9))
    body = f"{draw(st.sampled_from(['91', '52', '12']))}{draw(DISTRICTS)}{tail}"
    return body + str(uscc.calc_check_digit(body))


def code_of(raw: object, kind: str | None = None) -> str:
    """The code `raw` is refused with."""
    with pytest.raises(DomainError) as refused:
        normalise_id(raw, kind, today=TODAY)
    return refused.value.code


@pytest.mark.parametrize(
    "raw",
    [
        SONGJIANG,
        "３１０１１７１９９００３０７７８２８",
        "\xa0310117 199003077828",
        "'310117199003077828",
        "\t310117199003077828",
        "\u200b310117-19900307-7828\u200e",
        "‘310117199003077828’",
    ],
)
def test_typing_dirt_is_no_part_of_a_number(raw: str) -> None:
    found = normalise_id(raw, today=TODAY)
    assert found == normalise_id(SONGJIANG, RESIDENT, today=TODAY)
    assert (found.kind, found.number, found.sex, found.born_on) == (RESIDENT, SONGJIANG, "F", date(1990, 3, 7))
    assert found.warnings == ()


def test_leap_day_is_a_birth_date() -> None:
    assert normalise_id(SHAOXING, today=TODAY).born_on == date(1992, 2, 29)


@pytest.mark.parametrize("raw", ["34010219700514028x", "34010219700514028ｘ", "34010219700514028×"])
def test_every_kind_of_x_is_the_check_character(raw: str) -> None:
    assert normalise_id(raw, today=TODAY).number == "34010219700514028X"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (3.301061967110518e17, "id_digits_lost"),
        (330106780114562.0, "id_digits_lost"),
        (310117199003077828, "id_digits_lost"),
        (True, "id_digits_lost"),
        ("3.10117E+17", "id_digits_lost"),
        ("3.10117e17", "id_digits_lost"),
        ("310117199003077828.0", "id_digits_lost"),
        ("３.１０１１７Ｅ＋１７", "id_digits_lost"),
        ("3301061972061923", "id_length"),
        ("", "id_length"),
        (None, "id_length"),
        ("  \xa0", "id_length"),
        ("身份证丢失", "id_length"),
        ("330106197005241680", "id_check_digit"),
        ("31O117199003077828", "id_check_digit"),
        ("411525203101012388", "id_birth_date"),
        ("330106199002301458", "id_birth_date"),
        ("330106780230562", "id_birth_date"),
        ("001171990030778283", "id_type_unknown"),
        ("001106780114562", "id_type_unknown"),
    ],
)
def test_refused_numbers_say_why(raw: object, code: str) -> None:
    assert code_of(raw) == code


def test_born_today_passes_and_tomorrow_does_not() -> None:
    body = "31011720260131001"
    number = body + check_character(body)
    assert normalise_id(number, today=TODAY).born_on == TODAY
    with pytest.raises(DomainError) as refused:
        normalise_id(number, today=date(2026, 1, 30))
    assert refused.value.code == "id_birth_date"


def test_fifteen_digits_become_eighteen() -> None:
    found = normalise_id("130503670401001", today=TODAY)
    assert found.number == "130503196704010016"
    assert (found.sex, found.born_on, found.warnings) == ("M", date(1967, 4, 1), ("id_15_converted",))


def test_other_documents() -> None:
    body = "81000019900307782"
    permit = normalise_id(body + check_character(body), RESIDENT, today=TODAY)
    assert (permit.kind, permit.sex, permit.warnings) == (HMT_RESIDENCE, "F", ())
    card = normalise_id("931156198804120028", today=TODAY)
    assert (card.kind, card.sex, card.born_on) == (FOREIGN_RESIDENT, "F", date(1988, 4, 12))
    assert normalise_id("usa110090010101", today=TODAY).kind == FOREIGN_RESIDENT
    assert normalise_id("e4436 4501", today=TODAY).number == "E44364501"
    assert normalise_id("123456789", PASSPORT, today=TODAY).kind == PASSPORT
    assert normalise_id("E44364501", PASSPORT, today=TODAY).born_on is None


def test_a_passport_is_none_where_another_document_is_declared() -> None:
    assert code_of("E44364501", RESIDENT) == "id_length"
    assert code_of("USA110090010101", PASSPORT) == "id_length"
    assert code_of("123456789") == "id_length"
    assert code_of("931156198804120029") == "id_check_digit"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("居民身份证", RESIDENT),
        (" 身份证 ", RESIDENT),
        ("港澳台居民居住证（香港）", HMT_RESIDENCE),
        ("外国人永久居留身份证", FOREIGN_RESIDENT),
        ("Passport", PASSPORT),
        ("护照(美国)", PASSPORT),
        ("", None),
        (None, None),
    ],
)
def test_document_labels(label: object, kind: str | None) -> None:
    assert parse_id_kind(label) == kind


def test_unknown_document_label() -> None:
    with pytest.raises(DomainError) as refused:
        parse_id_kind("军官证")
    assert refused.value.code == "id_type_unknown"


def test_unknown_district_is_a_warning_only() -> None:
    body = "31999919900307782"
    found = normalise_id(body + check_character(body), today=TODAY)
    assert found.warnings == ("region_code_unknown",)
    known = normalise_id(body + check_character(body), today=TODAY, region_known=lambda code: code == "319999")
    assert known.warnings == ()


def test_district_table_knows_past_and_present_districts() -> None:
    assert all(map(district_known, ["310117", "330106", "411525", "340102"]))
    assert not any(map(district_known, ["310199", "999999", "31", ""]))


def test_thirty_two_provinces() -> None:
    assert len(PROVINCES) == 32
    assert {"11", "31", "33", "36", "46", "50", "54", "65", "71"} <= PROVINCES
    assert not {"10", "16", "20", "24", "38", "40", "47", "55", "60", "66", "70"} & PROVINCES


@given(resident_numbers())
def test_normalising_is_idempotent_and_reads_the_number(number: str) -> None:
    found = normalise_id(number, today=TODAY)
    assert found.number == number
    assert found.born_on == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    assert found.sex == ("M" if int(number[16]) % 2 else "F")
    assert normalise_id(found.number, found.kind, today=TODAY) == found


@given(resident_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_never_passes(number: str, at: int, other: str) -> None:
    assume(number[at] != other and not (other == "X" and at < 17))
    wrong = number[:at] + other + number[at + 1 :]
    with pytest.raises(DomainError):
        normalise_id(wrong, RESIDENT, today=TODAY)
    if wrong[:2] in PROVINCES:
        assert code_of(wrong) == "id_check_digit"


@given(resident_numbers(), st.integers(0, 15))
def test_two_swapped_neighbours_never_pass(number: str, at: int) -> None:
    assume(number[at] != number[at + 1])
    with pytest.raises(DomainError):
        normalise_id(number[:at] + number[at + 1] + number[at] + number[at + 2 :], today=TODAY)


@given(DISTRICTS, st.dates(date(1900, 1, 1), date(1999, 12, 31)), SERIALS)
def test_old_numbers_convert_to_what_the_person_holds_today(district: str, born: date, serial: int) -> None:
    body = f"{district}{born:%Y%m%d}{serial:03}"
    found = normalise_id(f"{district}{born:%y%m%d}{serial:03}", today=TODAY)
    assert found.number == body + check_character(body)
    assert "id_15_converted" in found.warnings


@given(resident_numbers())
def test_check_character_agrees_with_another_implementation(number: str) -> None:
    assert check_character(number[:17]) == ric.calc_check_digit(number)


@given(
    st.one_of(st.text(), st.text("0123456789X. E+", max_size=20), st.floats(), st.integers(), st.none()),
    st.sampled_from([None, RESIDENT, HMT_RESIDENCE, FOREIGN_RESIDENT, PASSPORT]),
)
def test_any_cell_is_read_or_refused(raw: object, kind: str | None) -> None:
    found, code = outcome(lambda: normalise_id(raw, kind, today=TODAY))
    assert code in ("", "id_digits_lost", "id_length", "id_check_digit", "id_birth_date", "id_type_unknown")
    if found is not None:
        assert normalise_id(found.number, found.kind, today=TODAY).number == found.number


def test_credit_code_passes_with_dirt_and_in_small_letters() -> None:
    assert parse_uscc(USCC) == (USCC, False)
    assert parse_uscc("\xa09131 0117ma1j0abc0g\t") == (USCC, False)
    assert parse_uscc("") is None
    assert parse_uscc(None) is None


def test_look_alike_letters_are_repaired_only_where_the_check_then_fits() -> None:
    assert parse_uscc("9131O117MA1JOABC0G") == (USCC, True)
    assert parse_uscc("9I310II7MAIJ0ABC0G") == (USCC, True)
    with pytest.raises(DomainError) as refused:
        parse_uscc("9131O117MA1J0ABC0H")
    assert refused.value.code == "uscc_invalid"


@pytest.mark.parametrize(
    "raw", ["91310117MA1J0ABC0Z", "91310117MA1J0ABC0", "31011719900307782V", 9.13e17, "无", "9131A117MA1J0ABC0G"]
)
def test_wrong_credit_codes(raw: object) -> None:
    with pytest.raises(DomainError) as refused:
        parse_uscc(raw)
    assert refused.value.code == "uscc_invalid"


@given(credit_codes())
def test_credit_codes_agree_with_another_implementation(number: str) -> None:
    assert uscc.is_valid(number)
    assert parse_uscc(number) == (number, False)


@given(credit_codes(), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_of_a_credit_code_is_caught(number: str, at: int, other: str) -> None:
    assume(number[at] != other)
    with pytest.raises(DomainError):
        parse_uscc(number[:at] + other + number[at + 1 :])


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none()))
def test_any_cell_is_a_credit_code_or_refused(raw: object) -> None:
    found, code = outcome(lambda: parse_uscc(raw))
    assert code in ("", "uscc_invalid")
    assert found is None or uscc.is_valid(found.number)


def test_masks_keep_what_is_needed_to_find_the_row() -> None:
    assert mask_number(SONGJIANG) == "310***********7828"
    assert mask_number("330106780114562") == "330********4562"
    assert mask_number("E44364501") == "E******01"
    assert mask_number("12") == "**"
    assert mask_number(None) == ""
    assert mask_phone("138-0013-8350") == "138****8350"
    assert mask_phone(13800138350.0) == "138****8350"
    assert mask_phone("12345") == "****5"
    assert "00138350" not in mask_phone("13800138350/13900139000")
    assert mask_runs("身份证 310117 199003077828 电话13800138350") == "身份证 310***********7828 电话1********50"
    assert mask_runs("2024/2/30") == "2024/2/30"


@given(resident_numbers())
def test_a_mask_never_shows_the_birth_date(number: str) -> None:
    for shown in (mask_number(number), mask_runs(f"备注{number}")):
        assert number not in shown
        assert number[6:14] not in shown
