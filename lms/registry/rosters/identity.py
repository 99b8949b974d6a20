"""Who a row speaks of: identity document numbers, credit codes, and how to mask them.

Pure functions. Each returns the normalised value or raises DomainError with a code of the roster
contract. The kinds of document are those of the register (domain dictionary, "ID documents").
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from stdnum import numdb

from lms.registry.rosters.messages import refuse

RESIDENT = "resident"
HMT_RESIDENCE = "hmt_residence"
HMT_TRAVEL = "hmt_travel"
FOREIGN_RESIDENT = "foreign_resident"
FOREIGN_PERMIT = "foreign_permit"
PASSPORT = "passport"

MALE = "M"
FEMALE = "F"

#: Labels found in the column 证件类型, after spaces are gone and letters lowered.
KIND_LABELS = {
    RESIDENT: (
        "居民身份证 身份证 二代身份证 第二代居民身份证 中国居民身份证 中华人民共和国居民身份证 大陆身份证 "
        "内地居民身份证 公民身份证 身份证件 resident"
    ),
    HMT_RESIDENCE: (
        "港澳台居民居住证 港澳台居住证 港澳居民居住证 港澳居住证 台湾居民居住证 台湾居住证 居住证 hmt_residence"
    ),
    HMT_TRAVEL: (
        "港澳居民来往内地通行证 港澳来往内地通行证 港澳通行证 港澳居民通行证 回乡证 回乡卡 台湾居民来往大陆通行证 "
        "台湾来往大陆通行证 台湾居民通行证 台湾通行证 台胞证 港澳台通行证 港澳台居民来往内地通行证 通行证 hmt_travel"
    ),
    FOREIGN_PERMIT: (
        "外国人居留许可 外国人居留许可证 居留许可 居留许可证 外国人居留证 外国人居留证件 居留证 外国人工作居留许可 "
        "foreign_permit"
    ),
    FOREIGN_RESIDENT: (
        "外国人永久居留身份证 外国人永久居留证 永久居留身份证 永久居留证 永居证 五星卡 foreign_resident"
    ),
    PASSPORT: "护照 外国护照 普通护照 中国护照 因私护照 passport",
}
_KIND_OF_LABEL = {label: kind for kind, labels in KIND_LABELS.items() for label in labels.split()}

#: First two digits of GB/T 2260: provinces, and 81-83 for the residence permits of GB 11643.
PROVINCES = frozenset(
    f"{tens}{units}"
    for tens, last in ((1, 5), (2, 3), (3, 7), (4, 6), (5, 4), (6, 5), (7, 1))
    for units in range(0 if tens == 5 else 1, last + 1)
)
HMT_PREFIXES = frozenset(("81", "82", "83"))

_GB11643_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
_GB11643_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}
#: Letters GB 32100 leaves out, and what people meant when they typed them.
_USCC_LOOKALIKES = str.maketrans("OISZ", "0152")

#: What surrounds or splits a typed number without being part of it: spaces, quotes, dashes, hidden marks.
_NUMBER_NOISE = re.compile(r"[\s'\"`´‘’“”\u200b-\u200f\u2028-\u202f\u2060\ufeff\x00-\x1f\x7f-\x9f\-‐‑–—]")
_SCIENTIFIC = re.compile(r"\d[.]\d+E[+]?\d+|\d+E[+]\d+|\d+[.]0*")


@dataclass(frozen=True)
class IdentityNumber:
    """A normalised document number, and what it says by itself.

    `sex` is "M", "F" or "" and `born_on` None where the document doesn't tell; `warnings` are codes.
    """

    kind: str
    number: str
    sex: str = ""
    born_on: date | None = None
    warnings: tuple[str, ...] = ()


class CreditCode(NamedTuple):
    """A unified social credit code (GB 32100); `repaired` when look-alike letters were put right."""

    number: str
    repaired: bool


def clean_number(raw: object) -> str:
    """`raw` in plain capitals and digits: full-width forms folded, spaces, quotes and dashes gone."""
    text = unicodedata.normalize("NFKC", str(raw)) if raw is not None else ""
    return _NUMBER_NOISE.sub("", text).upper().replace("Х", "X").replace("×", "X")


def parse_id_kind(raw: object) -> str | None:
    """The kind of document a label names; None for an empty label. Refuses with `id_type_unknown`."""
    text = unicodedata.normalize("NFKC", str(raw)) if raw is not None else ""
    label = re.sub(r"\(.*?\)|\s", "", text).lower()
    if not label:
        return None
    if label not in _KIND_OF_LABEL:
        raise refuse("id_type_unknown")
    return _KIND_OF_LABEL[label]


@lru_cache(maxsize=16384)
def district_known(code: str) -> bool:
    """Whether six digits were ever a district, by python-stdnum's historic table.

    Only a warning hangs on it: the table has gaps (newly founded districts).
    """
    parts = numdb.get("cn/loc").info(code)
    return len(parts) == 2 and all(properties for _, properties in parts)


def normalise_id(
    raw: object,
    kind: str | None = None,
    *,
    today: date,
    region_known: Callable[[str], bool] = district_known,
) -> IdentityNumber:
    """The document behind a cell of the column 身份证号.

    `kind` is the declared kind or None. An 18- or 15-digit number decides its kind by itself, since
    labels are wrong more often than check digits; the label decides among the rest. A number cell is
    refused whatever it holds: a workbook keeps 15 digits of a number and rounds the rest.
    Codes: id_digits_lost, id_length, id_check_digit, id_birth_date, id_type_unknown.
    """
    if isinstance(raw, (int, float)):
        raise refuse("id_digits_lost")
    number = clean_number(raw)
    if _SCIENTIFIC.fullmatch(number):
        raise refuse("id_digits_lost")
    if re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return _eighteen(number, today, region_known)
    if re.fullmatch(r"[0-9]{15}", number):
        return _fifteen(number, today, region_known)
    if kind in (None, FOREIGN_RESIDENT) and re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return IdentityNumber(FOREIGN_RESIDENT, number)
    if kind in (None, HMT_TRAVEL) and re.fullmatch(r"[HM][0-9]{8}(?:[0-9]{2})?", number):
        # Its last two digits count the renewals of the card; the first eight are the person's for life.
        return IdentityNumber(HMT_TRAVEL, number[:9])
    if kind == HMT_TRAVEL and re.fullmatch(r"[0-9]{8}(?:[0-9]{2})?", number):
        return IdentityNumber(HMT_TRAVEL, number[:8])
    if kind in (PASSPORT, FOREIGN_PERMIT) and re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,14}", number):
        return IdentityNumber(kind, number)
    if kind is None and re.fullmatch(r"[A-Z]{1,3}[0-9]{5,9}", number):
        return IdentityNumber(PASSPORT, number)
    if len(number) == 18 and kind not in (PASSPORT, FOREIGN_PERMIT, HMT_TRAVEL):
        raise refuse("id_check_digit")
    raise refuse("id_length")


def _eighteen(number: str, today: date, region_known: Callable[[str], bool]) -> IdentityNumber:
    """An 18-character number: resident card, residence permit (81-83) or foreigner's card (9)."""
    prefix = number[:2]
    if number[0] == "9":
        kind = FOREIGN_RESIDENT
    elif prefix in HMT_PREFIXES:
        kind = HMT_RESIDENCE
    elif prefix in PROVINCES:
        kind = RESIDENT
    else:
        raise refuse("id_type_unknown")
    if check_character(number[:17]) != number[17]:
        raise refuse("id_check_digit")
    born_on = _birth_date(number[6:14], today)
    warnings = () if kind != RESIDENT or region_known(number[:6]) else ("region_code_unknown",)
    return IdentityNumber(kind, number, MALE if int(number[16]) % 2 else FEMALE, born_on, warnings)


def _fifteen(number: str, today: date, region_known: Callable[[str], bool]) -> IdentityNumber:
    """An old 15-digit number, converted: "19" goes before the year, the check character behind."""
    if number[:2] not in PROVINCES:
        raise refuse("id_type_unknown")
    body = f"{number[:6]}19{number[6:]}"
    found = _eighteen(body + check_character(body), today, region_known)
    return replace(found, warnings=("id_15_converted", *found.warnings))


def check_character(body: str) -> str:
    """The 18th character of GB 11643 (ISO 7064 MOD 11-2) for 17 digits."""
    return _GB11643_CHECKS[sum(int(d) * w for d, w in zip(body, _GB11643_WEIGHTS, strict=True)) % 11]


def _birth_date(digits: str, today: date) -> date:
    """The date YYYYMMDD in `digits`; refuses with id_birth_date what isn't a day between 1880 and today."""
    try:
        born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise refuse("id_birth_date") from None
    if born_on > today or born_on.year < 1880:
        raise refuse("id_birth_date")
    return born_on


def parse_uscc(raw: object) -> CreditCode | None:
    """A unified social credit code; None for an empty cell. Refuses with uscc_invalid.

    O, I, S and Z don't occur in such codes; they are read as 0, 1, 5 and 2 only where the check
    character then fits, and the answer says so.
    """
    number = clean_number(raw)
    if not number:
        return None
    repaired = number.translate(_USCC_LOOKALIKES)
    if isinstance(raw, (int, float)) or not _uscc_fits(repaired):
        raise refuse("uscc_invalid")
    return CreditCode(repaired, repaired != number)


def _uscc_fits(number: str) -> bool:
    """GB 32100: registrar and kind, six digits of region, nine characters, check character modulo 31."""
    if len(number) != 18 or not re.fullmatch(r"[0-9]{6}", number[2:8]) or not set(number) <= _USCC_VALUES.keys():
        return False
    total = sum(_USCC_VALUES[character] * pow(3, i, 31) for i, character in enumerate(number[:17]))
    return _USCC_VALUES[number[17]] == -total % 31


def mask_number(raw: object) -> str:
    """An ID number fit to be shown: three first and four last characters, less of a short one."""
    text = clean_number(raw)
    if len(text) >= 15:
        return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
    return f"{text[:1]}{'*' * max(len(text) - 3, 0)}{text[-2:]}" if len(text) > 3 else "*" * len(text)


def mask_phone(raw: object) -> str:
    """A phone number fit to be shown: 138****8350; a short one keeps only its last character."""
    text = clean_number(raw).removesuffix(".0")
    if len(text) >= 11:
        return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
    return "*" * max(len(text) - 1, 0) + text[-1:]


def mask_runs(text: str) -> str:
    """Free text with every run that could be an ID number or phone masked (columns do get shifted)."""
    return re.sub(r"[0-9０-９](?:[\s-]?[0-9０-９]){9,}[XxＸｘ]?", lambda found: mask_number(found.group()), text)
