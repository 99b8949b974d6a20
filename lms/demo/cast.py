"""Who and what the demo is about: plain data and a seeded draw of names. No database here."""

import random
from dataclasses import dataclass
from datetime import date

from lms.registry.models import InstitutionKind, PostKind
from lms.registry.rosters.identity import check_character

SEED = 20260101
PASSWORD = "yuzheng-demo-2026"

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
#: Given names, one to two characters each.
TWO_CHARACTERS = (
    "静怡雨桐秀兰婷婷丽娟海燕春梅晓红文静佳慧玉华思琪梦洁雅琴欣妍建国志强桂英美玲晨曦若兰淑芬"
    "慧敏彩霞云霞小燕嘉怡诗涵艳萍红梅惠芳爱华秋月冬梅莉莉"
)
GIVEN = (*(TWO_CHARACTERS[i : i + 2] for i in range(0, len(TWO_CHARACTERS), 2)), *"倩敏洁颖蕾芳娜琳洋涛磊")
#: Names that have to survive every list, search, export and PDF.
SPECIAL_NAMES = (
    "阿依古丽·买买提",
    "张𬱖明",
    "冯䶮",
    "古丽娜尔·阿卜杜热合曼·买合木提江·努尔艾合买提",
    "欧阳雨桐",
)
HOME_CODES = ("310101", "310117", "330106", "330602", "340102", "360102", "360402", "411525")
EDUCATION = ("大专", "本科", "中专", "高中")
MAJORS = ("学前教育", "早期教育", "护理", "婴幼儿托育服务与管理", "")


@dataclass(frozen=True)
class Place:
    """A district of the demo: its institutions, its training centre, and its officers."""

    code: str
    key: str
    centre: str
    institutions: tuple[tuple[str, InstitutionKind, str], ...]
    officers: tuple[str, str, str]


K = InstitutionKind
PLACES = (
    Place(
        "310117",
        "songjiang",
        "松江区托育从业人员培训中心",
        (
            ("岳阳阳光宝宝屋", K.COMMUNITY, "52"),
            ("九亭优贝托育园", K.PROFIT, "91"),
            ("方松街道第三幼儿园托班", K.KINDERGARTEN, "12"),
        ),
        ("陆文斌", "沈佩华", "顾明远"),
    ),
    Place(
        "310118",
        "qingpu",
        "青浦区托育服务指导中心培训部",
        (
            ("夏阳小树苗托育中心", K.NON_PROFIT, "52"),
            ("徐泾童心幼儿园托班", K.KINDERGARTEN, "12"),
            ("盈浦宝贝屋", K.COMMUNITY, "52"),
        ),
        ("朱国良", "姚静", "费春华"),
    ),
    Place(
        "310120",
        "fengxian",
        "奉贤区保育人才培训基地",
        (
            ("南桥贝贝托育园", K.PROFIT, "91"),
            ("金海社区宝宝屋", K.COMMUNITY, "52"),
        ),
        ("何建忠", "汤丽萍", "杨伟民"),
    ),
    Place(
        "330602",
        "shaoxing",
        "绍兴市托育综合服务中心培训学校",
        (
            ("越城区府山街道小蜜蜂婴幼儿照护服务驿站", K.COMMUNITY, "52"),
            ("塔山优加托育园", K.PROFIT, "91"),
            ("绍兴市妇幼保健院托育园", K.HOSPITAL, "12"),
            ("迪荡贝乐托育中心", K.PROFIT, "91"),
        ),
        ("钱志明", "孟庆兰", "俞国强"),
    ),
    Place(
        "360404",
        "chaisang",
        "柴桑区妇幼保健院培训中心",
        (
            ("沙河街镇幸福托育园", K.PROFIT, "91"),
            ("柴桑区机关幼儿园托班", K.KINDERGARTEN, "12"),
        ),
        ("熊志刚", "万晓燕", "刘洪"),
    ),
)

#: Posts of one institution, and the share of people on each whose certificate is in order.
TEAM = (
    (PostKind.DIRECTOR, 1),
    (PostKind.TEACHER, 3),
    (PostKind.CARER, 4),
    (PostKind.HEALTH_WORKER, 1),
    (PostKind.NUTRITION, 1),
    (PostKind.GUARD, 1),
    (PostKind.CLEANING, 1),
)
#: What each post usually shows: kind of certificate, name on it, issuer.
PAPERS = {
    PostKind.DIRECTOR: ("manager_training", "托育机构负责人岗位培训合格证书", "省级卫生健康主管部门"),
    PostKind.TEACHER: ("teacher_licence", "教师资格证(幼儿园)", "教育局"),
    PostKind.CARER: ("childcare_worker", "保育师", "人力资源和社会保障部门"),
    PostKind.HEALTH_WORKER: ("health_worker_training", "妇幼保健培训合格证", "妇幼保健院"),
    PostKind.NUTRITION: ("nutrition_training", "营养员培训证明", "人力资源和社会保障部门"),
    PostKind.GUARD: ("guard_licence", "保安员证", "公安局"),
}


class Draw:
    """A seeded source of people and numbers: the same world on every machine."""

    def __init__(self, key: str) -> None:
        self.random = random.Random(f"{SEED}:{key}")
        self.serial = 0

    def name(self) -> str:
        """A common Chinese name."""
        return self.random.choice(SURNAMES) + self.random.choice(GIVEN)

    def resident_number(self, *, female: bool) -> str:
        """A valid number of a resident identity card that no other draw of this key gives."""
        self.serial += 1
        born = date(1966, 1, 1).toordinal() + self.random.randrange(14_000)
        order = (self.serial * 2 + (0 if female else 1)) % 1000
        body = f"{self.random.choice(HOME_CODES)}{date.fromordinal(born):%Y%m%d}{order:03d}"
        return body + check_character(body)

    def phone(self) -> str:
        """A number of the form of a mobile phone's."""
        return f"1{self.random.choice('35789')}{self.random.randrange(10**9):09d}"


def uscc(kind: str, region: str, number: int) -> str:
    """A valid unified social credit code for a made-up body in `region` (GB 32100 check)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"{kind}{region}DEM0{number:05d}"
    total = sum(alphabet.index(character) * pow(3, i, 31) for i, character in enumerate(body))
    return body + alphabet[-total % 31]
