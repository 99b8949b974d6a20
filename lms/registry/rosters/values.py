"""What a cell says: names, dates, phones, posts, levels, yes and no.

Pure functions from a raw cell (text, number, date, None) to a typed value. Each raises DomainError
with a code of the roster contract where the cell can't be read.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import phonenumbers

from lms.registry.rosters.messages import refuse


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What people write into a cell that has nothing to say.
BLANKS = frozenset(
    (
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "无",
        "暂无",
        "没有",
        "未办",
        "未办理",
        "无证",
        "N/A",
        "n/a",
        "NULL",
        "null",
    )
)

NAME_MAX = 100
_SEPARATORS = re.compile(r"\s*[\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff0e\uff65\u25cf\u2024]\s*")
_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff"
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_WIDE_LATIN = {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}

_PERMANENT = _words(
    "长期 永久 终身 长期有效 永久有效 终身有效 无固定期限 无期限 无限期 永久性 不限期 9999-12-31 99991231"
)
_EXCEL_EPOCH = date(1899, 12, 30)
_DATE = re.compile(
    r"(?P<year>[0-9]{4})\s*[年./\-、,]\s*(?P<month>[0-9]{1,2})\s*(?:月|(?:[月./\-、,]\s*(?P<day>[0-9]{1,2})\s*[日号]?))?"
    r"(?:[T\s]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
#: Mobile numbers as phonenumbers knows them; whatever else is one by then is left to it.
_MOBILE = re.compile(r"1(?:[38][0-9]|4[57]|[59][0-35-9]|6[25-7]|7[0-35-8])[0-9]{8}")
_YEAR = re.compile(r"(?P<year>[0-9]{4})年?")

#: The post kinds of the register (domain dictionary §3) and the words rosters use for them.
POST_WORDS = {
    "director": (
        "负责人 机构负责人 托育机构负责人 主要负责人 园长 副园长 执行园长 托育园长 院长 所长 副所长 主任 "
        "副主任 中心主任 托育中心主任 法人 法人代表 法定代表人 举办者 店长 园区负责人 托班负责人 管理者 "
        "管理人员 总经理 经理"
    ),
    "teacher": (
        "托班教师 教师 老师 托育教师 托育老师 托班老师 保教人员 保教老师 保教 班主任 主班 主班教师 主班老师 "
        "主教 配班 配班教师 配班老师 副班 副班老师 助教 早教教师 早教老师 早教师 幼儿教师 幼师 教学主管 "
        "教学主任 保教主任 保教主管 教研主任 托育师 带班老师 带班教师 专任教师 双语教师 外教"
    ),
    "carer": (
        "保育员 保育师 保育人员 保育 保育老师 生活老师 生活教师 育婴师 育婴员 育婴 阿姨 保育阿姨 生活阿姨 "
        "照护人员 照护员 照护者 婴幼儿照护人员 婴幼儿照护员 看护 看护员 保育组长 照护师 托育员"
    ),
    "health_worker": (
        "保健员 保健医 保健医生 保健人员 保健教师 保健老师 卫生保健人员 卫生保健员 卫生保健 保健 校医 园医 "
        "医生 医师 护士 医务人员 保健医师 专职保健员 兼职保健员"
    ),
    "nutrition": (
        "营养员 营养师 炊事员 炊事人员 炊事 厨师 厨工 厨房 厨房人员 厨房阿姨 帮厨 厨师长 食堂人员 食堂 "
        "食堂工作人员 配餐员 面点师 膳食 膳食人员 营养员炊事员"
    ),
    "guard": "保安 保安员 保安人员 门卫 安保 安保人员 安保员 保卫 保卫人员 安全员 消防员 值班员",
    "admin": (
        "行政 行政人员 行政管理 行政管理人员 行政主管 文员 会计 出纳 财务 财务人员 人事 前台 后勤 后勤人员 "
        "后勤主任 后勤主管 资料员 招生 招生老师 办公室 办公室主任 秘书 行政后勤 采购 采购员 仓管 维修工 维修"
    ),
    "cleaning": "保洁 保洁员 保洁人员 清洁工 清洁员 清洁 保洁阿姨 勤杂 勤杂工 勤杂人员",
    "driver": "司机 驾驶员 校车司机 校车驾驶员",
    "volunteer": "志愿者 义工 志愿人员 志愿服务者",
    "intern": "实习生 实习 实习老师 实习教师 实习人员 见习 见习生 见习教师",
}
_POST_OF_WORD = {word: kind for kind, words in POST_WORDS.items() for word in (kind, *words.split())}

#: Skill levels of vocational certificates, 5 the lowest.
_LEVEL_WORDS = {
    1: "一级 高级技师 1 壹级 I",
    2: "二级 技师 2 贰级 II",
    3: "三级 高级 高级工 3 叁级 III",
    4: "四级 中级 中级工 4 肆级 IV",
    5: "五级 初级 初级工 5 伍级 V",
}
_LEVEL_OF_WORD = {word: level for level, words in _LEVEL_WORDS.items() for word in words.split()}
_LEVEL_IN_NAME = re.compile(r"[一二三四五]级|高级技师|技师|高级|中级|初级")

_YES = _words("是 有 Y YES TRUE 1 √ ✓ ✔ 已缴 已缴纳 已参保 参保 缴纳 已交")
_NO = _words("否 无 N NO FALSE 0 × ✗ X 未缴 未缴纳 未参保 不缴纳 未交 没有")
_FULL_TIME = _YES | _words("全职 专职 全日制 正式 在编 合同制")
_PART_TIME = _NO | _words("兼职 非全职 非全日制 临时 小时工 劳务 钟点工")


@dataclass(frozen=True)
class RosterDate:
    """A date as a roster knows it.

    `precision` is "day", "month" or "year" and `day` then the first day meant; `permanent` (长期) has no day.
    """

    day: date | None
    precision: str = "day"
    permanent: bool = False

    @property
    def last_day(self) -> date | None:
        """The last day meant: the end of the month or year where the day isn't told."""
        if self.day is None or self.precision == "day":
            return self.day
        month = 12 if self.precision == "year" else self.day.month
        return date(self.day.year, month, monthrange(self.day.year, month)[1])

    def agrees_with(self, other: date) -> bool:
        """Whether `other` is the same date as far as the precision goes."""
        return self.day is not None and self.last_day is not None and self.day <= other <= self.last_day


def parse_text(raw: object) -> str:
    """A free text: whole numbers without ".0", NBSP and line breaks as spaces, invisible marks gone, NFC."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFC", str(raw))
    if not text.isprintable():  # most cells are, and the slow way is for the rest
        text = _INVISIBLE.sub("", text)
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join(unicodedata.normalize("NFC", text).split()).lstrip("' ")


def compact(raw: object) -> str:
    """A word to be looked up: NFKC, no spaces; "" where the cell means nothing (无, /, —)."""
    word = re.sub(r"\s", "", unicodedata.normalize("NFKC", parse_text(raw)))
    word = unicodedata.normalize("NFKC", word)  # a space may have kept an accent off its letter
    return "" if word in BLANKS else word


def parse_name(raw: object) -> str:
    """A person's name. Codes: name_missing, name_too_long.

    NFC; every separator dot becomes U+00B7 without spaces around it; spaces that pad Han characters
    (张　三) go, spaces between Latin words become one. No other character is ever dropped or replaced:
    rare characters, variant selectors and private-use characters stay.
    """
    text = _SEPARATORS.sub("·", parse_text(raw).translate(_WIDE_LATIN))
    text = re.sub(rf"(?<=[{_HAN}])\s*[.．]\s*(?=[{_HAN}])", "·", text)
    text = re.sub(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])", "", text)
    if text in BLANKS or not any(_spells(character) for character in text):
        raise refuse("name_missing")
    if len(text) > NAME_MAX:
        raise refuse("name_too_long")
    return text


def _spells(character: str) -> bool:
    """A letter; or private use, where old systems put rare ones; or too new for this Python's tables."""
    category = unicodedata.category(character)
    return category[0] == "L" or category in ("Co", "Cn")


def parse_date(raw: object) -> RosterDate | None:
    """A date cell; None where it is empty. Refuses with date_unreadable.

    Reads date cells, 2024-03-05, 2024/3/5, 2024.3 (a month), 2024年3月5日, 20240305, 202403, a serial
    day of Excel (45356), the same with a time behind, and 长期. A *number* 2024.1 is refused: it may be
    what a workbook made of 2024.10.
    """
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        return RosterDate(_real(raw.year, raw.month, raw.day))
    if isinstance(raw, bool) or (isinstance(raw, float) and re.fullmatch(r"[0-9]{4}\.1", str(raw))):
        raise refuse("date_unreadable")
    if isinstance(raw, (str, int, float)) or raw is None:
        return _date_of_text(unicodedata.normalize("NFKC", parse_text(raw)).strip())
    raise refuse("date_unreadable")


@lru_cache(maxsize=16384)
def _date_of_text(text: str) -> RosterDate | None:
    if text in BLANKS:
        return None
    if text in _PERMANENT:
        return RosterDate(None, "none", permanent=True)
    if re.fullmatch(r"[0-9]{8}", text):
        return RosterDate(_real(int(text[:4]), int(text[4:6]), int(text[6:])))
    if re.fullmatch(r"(19|20)[0-9]{4}", text):
        return RosterDate(_real(int(text[:4]), int(text[4:]), 1), "month")
    if re.fullmatch(r"[1-7][0-9]{4}(\.[0-9]+)?", text):
        day = _EXCEL_EPOCH + timedelta(days=int(text[:5]))
        return RosterDate(_real(day.year, day.month, day.day))
    found = _DATE.fullmatch(text)
    if found and found["day"]:
        return RosterDate(_real(int(found["year"]), int(found["month"]), int(found["day"])))
    if found:
        return RosterDate(_real(int(found["year"]), int(found["month"]), 1), "month")
    if found := _YEAR.fullmatch(text):
        return RosterDate(_real(int(found["year"]), 1, 1), "year")
    raise refuse("date_unreadable")


def _real(year: int, month: int, day: int) -> date:
    """The date, if it exists and somebody alive could have written it down."""
    if not 1900 <= year <= 2199:
        raise refuse("date_unreadable")
    try:
        return date(year, month, day)
    except ValueError:
        raise refuse("date_unreadable") from None


def parse_expiry(raw: object) -> RosterDate | None:
    """An end of validity: a date as in parse_date, or a span (2021.11.17至2029.11.17) whose end counts."""
    text = unicodedata.normalize("NFKC", parse_text(raw)) if isinstance(raw, str) else ""
    parts = re.split(r"至|到|~|——|—|–", text)
    if len(parts) == 1 and text.count("-") in (1, 3) and re.search(r"[.年/]", text):
        parts = text.split("-")
    end = parts[-1].strip()
    return parse_date(end if len(parts) == 2 and end else raw)


def parse_phone(raw: object) -> str:
    """A phone number: 11 digits of a mobile, 021-5781-2345 of a landline, +… of a foreign one; "" for empty.

    The first readable of several numbers counts. Refuses with phone_unreadable.
    """
    text = unicodedata.normalize("NFKC", parse_text(raw))
    if text in BLANKS:
        return ""
    if _MOBILE.fullmatch(text):  # nearly all are, and the library takes a hundred times as long to say so
        return text
    for part in re.split(r"[/、,;]|\s{2,}|\n", text):
        try:
            number = phonenumbers.parse(re.sub(r"[‐‑–—]", "-", part), "CN")
        except phonenumbers.NumberParseException:
            continue
        if not phonenumbers.is_valid_number(number):
            continue
        if number.country_code != 86:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE:
            return phonenumbers.national_significant_number(number)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).replace(" ", "-")
    raise refuse("phone_unreadable")


def parse_post(raw: object) -> str:
    """The post kind a word means (POST_WORDS). Refuses with post_unknown, also an empty cell.

    Words in brackets are ignored where the rest is enough; of several posts the first known counts.
    """
    word = compact(raw)
    bare = re.sub(r"\(.*?\)|\[.*?\]", "", word)
    for candidate in (word, bare, *re.split(r"[/、,;，；|+&和兼及()]", word)):
        for known in (candidate, candidate.removeprefix("专职").removeprefix("兼职"), candidate.lower()):
            if known in _POST_OF_WORD:
                return _POST_OF_WORD[known]
    raise refuse("post_unknown")


def parse_level(raw: object) -> int | None:
    """A skill level 1 (highest) to 5; None for empty. Refuses with level_unreadable, contradictions too.

    四级, 中级, 4, 四级/中级, 国家职业资格四级, IV, Level 4 and a number cell 4.0 all mean 4.
    """
    word = compact(raw)
    if not word:
        return None
    word = re.sub(r"(?i)国家职业资格|职业技能等级|职业技能|国家|level|等级", "", word)
    parts = [part for part in re.split(r"[/、,;()\\]", word) if part]
    words = (part if part in _LEVEL_OF_WORD else part.removesuffix("级").upper() for part in parts)
    levels = {_LEVEL_OF_WORD.get(word, 0) for word in words}
    if len(levels) != 1 or 0 in levels:
        raise refuse("level_unreadable")
    return levels.pop()


def level_in_name(name: str) -> int | None:
    """The level a certificate's own name tells (高级育婴师, 保育师(四级)), or None."""
    levels = {_LEVEL_OF_WORD[word] for word in _LEVEL_IN_NAME.findall(name)}
    return levels.pop() if len(levels) == 1 else None


def parse_sex(raw: object) -> str:
    """M or F, the empty text for anything else."""
    return {"男": "M", "男性": "M", "M": "M", "女": "F", "女性": "F", "F": "F"}.get(compact(raw).upper(), "")


def parse_yes_no(raw: object) -> bool | None:
    """Whether a cell says yes; None where it says neither."""
    word = compact(raw).upper()
    return True if word in _YES else False if word in _NO or parse_text(raw) == "无" else None


def parse_full_time(raw: object) -> bool | None:
    """True for full time (是, 全职, 专职), False for part time (否, 兼职), None where it can't be told."""
    word = compact(raw).upper()
    return True if word in _FULL_TIME else False if word in _PART_TIME else None


def parse_ethnicity(raw: object) -> str:
    """An ethnic group with its 族: 汉 and 汉族 are one."""
    word = compact(raw)
    bare = re.fullmatch(rf"[{_HAN}]{{1,4}}", word) and not word.endswith(("族", "人"))
    return f"{word}族" if bare else word
