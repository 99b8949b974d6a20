"""Who lives in the synthetic world: plain data, drawn from a seed. No database here.

Everything about one institution follows from the seed and its number alone, so that the same world comes out on
every machine, in any order and however many processes draw it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import gcd

from lms.registry.rosters.identity import check_character

#: The most people one institution may have; it keeps the numbers of any two institutions' people apart.
MOST_STAFF = 400
FIRST_BIRTH, LAST_BIRTH = date(1960, 1, 1), date(2006, 12, 31)
_DAYS = (LAST_BIRTH - FIRST_BIRTH).days + 1
#: Numbers a district gives on one day of birth, and how many of them to women.
_SLOTS, _WOMEN = 545, 500
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

#: Family names, the commonest first: drawn with falling weight.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
_SURNAME_WEIGHTS = tuple(round(1000 / (3 + rank)) for rank in range(len(SURNAMES)))
LONG_SURNAMES = ("欧阳", "上官", "司马", "诸葛")
#: Characters of given names: women's first, as most of the staff are women.
WOMEN = (
    "静丽敏艳娟秀霞燕红玲芳梅婷雪慧莹洁琳颖萍佳倩蕾娜晶欣怡梦琪雅思雨涵诗彤嘉晨悦语桐若兰瑶瑾妍馨宁蓉凤英玉桂春秋月华"
    "云彩珍珠琴菊莲荷清香文君惠淑贤美爱晓小亚海冬心如意可可依依一诺子萱紫薇"
)
MEN = (
    "伟强磊军勇杰涛超明刚平辉鹏斌飞波宇浩凯健俊帆帅旭宁龙林建国志文博海峰东阳子轩一鸣家豪振华永新学成"
    "立民庆云德胜天佑浩然俊熙"
)
#: Names that have to survive every list, search and export; one in a thousand bears one.
SPECIAL = ("阿依古丽·买买提", "张𬱖明", "冯䶮", "古丽娜尔·阿卜杜热合曼", "陈㛃", "丹增卓玛")
EDUCATION = ("大专", "大专", "本科", "中专", "高中", "硕士")
MAJORS = ("学前教育", "早期教育", "护理", "婴幼儿托育服务与管理", "食品营养", "")
PLACE_WORDS = "阳光童心小树苗贝乐优加爱婴启明星宝贝金色摇篮向日葵蓝天彩虹小蜜蜂幸福春芽乐悠悠智慧森林小脚丫星星海"
PLACE_KINDS = (
    ("托育园", "profit", "91", 40),
    ("托育中心", "non_profit", "52", 20),
    ("幼儿园托班", "kindergarten", "12", 18),
    ("社区宝宝屋", "community", "52", 12),
    ("妇幼保健院托育部", "hospital", "12", 3),
    ("职工子女托育点", "employer", "91", 4),
    ("家庭托育点", "family", "93", 3),
)
#: Posts of a team in the order they are filled, again and again from the second on.
TEAM = (
    "director",
    "carer",
    "teacher",
    "carer",
    "health_worker",
    "teacher",
    "carer",
    "nutrition",
    "guard",
    "carer",
    "cleaning",
    "teacher",
    "admin",
    "carer",
    "intern",
    "volunteer",
)
#: Kind and issuer of the certificate a post usually shows.
PAPERS = {
    "director": ("manager_training", "省级卫生健康主管部门"),
    "teacher": ("teacher_licence", "教育局"),
    "carer": ("childcare_worker", "人力资源和社会保障部门"),
    "health_worker": ("health_worker_training", "妇幼保健院"),
    "nutrition": ("nutrition_training", "人力资源和社会保障部门"),
    "guard": ("guard_licence", "公安局"),
}


@dataclass(frozen=True)
class Place:
    """One institution as it is drawn."""

    uscc: str
    name: str
    kind: str
    filing: str


@dataclass(frozen=True)
class Somebody:
    """One member of staff as she is drawn; `number` is a valid 18-digit resident number nobody else has."""

    number: str
    name: str
    sex: str
    born_on: date
    phone: str
    education: str
    major: str


def staff_of(institution: int, *, staff: int, institutions: int) -> int:
    """How many people institution number `institution` has, so that all of them together have `staff`.

    Two neighbours share what falls to both, unevenly: places are small and large.
    """
    share, rest = divmod(staff, institutions)
    count = share + (institution < rest)
    pair = institution // 2
    if share > 2 and pair * 2 + 1 < institutions:
        shift = (pair * 7919) % (share - 1)
        count += shift if institution % 2 == 0 else -shift
    return count


def draw_place(source: random.Random, code: str, district: str, seed: int, institution: int) -> Place:
    """Institution number `institution`, which lies in the district with this code and name."""
    suffix, kind, register, _ = source.choices(PLACE_KINDS, [weight for *_, weight in PLACE_KINDS])[0]
    words = "".join(source.sample(PLACE_WORDS, 2))
    filing = source.choices(("filed", "pending", "closed"), (92, 7, 1))[0]
    return Place(uscc_of(register, code, seed, institution), f"{district}{words}{suffix}", kind, filing)


def uscc_of(register: str, code: str, seed: int, number: int) -> str:
    """A valid unified social credit code (GB 32100) for institution `number` of the world of `seed`."""
    body = f"{register}{code[:6]}W{USCC_ALPHABET[seed % 31]}{number:07d}"
    total = sum(USCC_ALPHABET.index(character) * weight for character, weight in zip(body, USCC_WEIGHTS, strict=True))
    return body + USCC_ALPHABET[-total % 31]


def draw_somebody(source: random.Random, seed: int, number: int, homes: Sequence[str]) -> Somebody:
    """Person number `number` of the world; `homes` are the district codes people come from."""
    resident = resident_number(seed, number, homes)
    sex = "M" if int(resident[16]) % 2 else "F"
    return Somebody(
        number=resident,
        name=_name(source, sex),
        sex=sex,
        born_on=date(int(resident[6:10]), int(resident[10:12]), int(resident[12:14])),
        phone=f"1{source.choice('35789')}{source.randrange(10**9):09d}",
        education=source.choice(EDUCATION),
        major=source.choice(MAJORS),
    )


def resident_number(seed: int, number: int, homes: Sequence[str]) -> str:
    """The resident number of person `number`: no two numbers below the size of the space give the same.

    The space is home × day of birth × order; a step that shares no factor with its size walks through all of it.
    """
    start, step, space = _walk(seed, len(homes))
    rest, slot = divmod((start + number * step) % space, _SLOTS)
    home, day = divmod(rest, _DAYS)
    # Women's orders are even. Eleven in twelve slots are theirs, as they are most of the staff.
    order = slot * 2 if slot < _WOMEN else (slot - _WOMEN) * 20 + 1
    body = f"{homes[home]}{FIRST_BIRTH + timedelta(days=day):%Y%m%d}{order:03d}"
    return body + check_character(body)


@cache
def _walk(seed: int, homes: int) -> tuple[int, int, int]:
    """(start, step, size) of the walk through all numbers; the step is near the golden section of the size."""
    space = homes * _DAYS * _SLOTS
    step = int(space * 0.6180339887)
    while gcd(step, space) != 1:
        step += 1
    return random.Random(seed).randrange(space), step, space


def _name(source: random.Random, sex: str) -> str:
    draw = source.random()
    if draw < 0.001:
        return source.choice(SPECIAL)
    surname = source.choice(LONG_SURNAMES) if draw < 0.004 else source.choices(SURNAMES, _SURNAME_WEIGHTS)[0]
    given = WOMEN if sex == "F" else MEN
    return surname + "".join(source.choices(given, k=1 if source.random() < 0.12 else 2))
