"""Which column is which: header words as bureaus write them, and the labels answers use."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

INSTITUTION = "机构名称"
USCC = "统一社会信用代码"
NAME = "姓名"
SEX = "性别"
ETHNICITY = "民族"
ID_KIND = "证件类型"
ID_NUMBER = "身份证号"
ID_VALID = "证件有效期"
NATIONALITY = "国籍"
BORN = "出生年月"
EDUCATION = "学历"
MAJOR = "专业"
POST = "岗位"
FULL_TIME = "是否全职"
EMPLOYMENT = "用工形式"
HIRED = "入职日期"
CONTRACT = "合同期限"
INSURANCE = "社保"
PHONE = "联系电话"
CERT_NAME = "证书名称"
CERT_LEVEL = "等级"
CERT_NUMBER = "证书编号"
CERT_ISSUER = "发证机关"
CERT_ISSUED = "发证日期"
CERT_EXPIRES = "有效期至"
HEALTH_NUMBER = "健康证号"
HEALTH_EXPIRES = "健康证到期"
NO_CRIME = "无犯罪查询日期"
NOTE = "备注"
SEQUENCE = "序号"
#: What we write beside refused rows when we hand them back; never read.
REASON = "原因/处理办法"

#: Canonical label → further words for it (after _header_word).
SYNONYMS = {
    SEQUENCE: "序 编号 行号 no no.",
    INSTITUTION: (
        "机构 单位 单位名称 托育机构 托育机构名称 所在机构 所在单位 工作单位 机构全称 单位全称 园所名称 园所 "
        "园名 服务机构 所在托育机构 所属机构 托育园名称"
    ),
    USCC: (
        "社会信用代码 信用代码 统一信用代码 机构代码 组织机构代码 统一社会信用代码证号 统一社会信用代码号 "
        "机构统一社会信用代码"
    ),
    NAME: "人员姓名 员工姓名 教师姓名 从业人员姓名 职工姓名 名字 中文姓名 name",
    SEX: "男女",
    ETHNICITY: "族别 民族成分",
    ID_KIND: "证件种类 证件类别 身份证件类型 有效证件类型 身份证件种类",
    ID_NUMBER: (
        "身份证 身份证号码 证件号 证件号码 公民身份号码 公民身份证号码 居民身份证号 居民身份证号码 "
        "身份证件号码 身份证件号 身份号码 有效证件号码 身份证号码/护照号 身份证/护照号 身份证编号"
    ),
    ID_VALID: (
        "身份证有效期 证件有效期限 身份证有效期限 证件有效期至 身份证有效期至 证件到期日期 证件到期日 证件到期时间 "
        "身份证到期日期 证件有效日期 护照有效期 护照有效期至 居留许可有效期 居留证有效期 身份证件有效期"
    ),
    NATIONALITY: "国家 国籍/地区 国家/地区 国籍(地区) nationality",
    BORN: "出生日期 出生 生日 出生年月日 出生时间",
    EDUCATION: "文化程度 最高学历 学历层次 学历情况",
    MAJOR: "所学专业 毕业专业 专业名称",
    POST: (
        "职务 工作岗位 岗位名称 职位 岗位类别 岗位类型 工种 现任岗位 从事岗位 岗位/职务 职务/岗位 现岗位 "
        "任职岗位 人员类别"
    ),
    FULL_TIME: "全职 全职/兼职 专兼职 专职/兼职 专/兼职 全/兼职 是否专职 全职或兼职 是否全职在岗",
    EMPLOYMENT: (
        "用工性质 用工类型 用工方式 用工类别 是否派遣 是否劳务派遣 劳务派遣 是否派遣人员 是否劳务派遣人员 聘用形式 "
        "聘用方式 人员性质 编制情况 编制性质"
    ),
    HIRED: (
        "入职时间 入园时间 入园日期 到岗日期 到岗时间 上岗时间 上岗日期 任职时间 任职日期 聘用日期 聘用时间 "
        "入职年月 来园时间 进园时间"
    ),
    CONTRACT: "合同期 劳动合同期限 合同起止 合同起止日期 合同有效期 劳动合同",
    INSURANCE: ("是否缴纳社保 社会保险 是否参保 参保情况 缴纳社保 是否缴社保 社保缴纳 社保情况 社保缴纳情况"),
    PHONE: "联系方式 手机 手机号 手机号码 电话 电话号码 本人电话 联系手机 联系电话/手机 移动电话",
    CERT_NAME: (
        "证书 资格证书 持证情况 资格证书名称 职业资格证书 职业资格证书名称 证书种类 证书类型 所持证书 "
        "持有证书 持证名称 证书类别 技能证书 资格证 所持证书名称 职业技能证书"
    ),
    CERT_LEVEL: "证书等级 级别 技能等级 职业等级 证书级别 资格等级 职业技能等级",
    CERT_NUMBER: "证书号 证书号码 资格证书编号 资格证书号 证书编码 资格证编号 资格证号 证书编号/号码",
    CERT_ISSUER: "发证机构 发证单位 颁发机构 颁证机关 颁发单位 发证部门 颁证单位 颁发机关 颁证机构",
    CERT_ISSUED: ("发证时间 颁发日期 颁发时间 取证日期 取证时间 获证时间 获证日期 颁证日期 颁证时间 证书日期 获得时间"),
    CERT_EXPIRES: (
        "有效期 有效期限 证书有效期 到期日期 证书有效期至 有效日期 证书到期 证书到期日期 有效期截止 有效期到 "
        "有效期截止日期 到期时间"
    ),
    HEALTH_NUMBER: (
        "健康证 健康证编号 健康合格证号 健康合格证 健康证明编号 健康证号码 健康合格证编号 健康证明号 健康证明"
    ),
    HEALTH_EXPIRES: (
        "健康证有效期 健康证有效期至 健康证到期日 健康证到期日期 健康证到期时间 健康证有效日期 "
        "健康证有效期限 健康证截止日期 健康合格证有效期 健康证期限"
    ),
    NO_CRIME: (
        "无犯罪记录查询日期 无犯罪查询 无犯罪查询时间 无犯罪记录查询时间 违法犯罪查询日期 犯罪记录查询日期 "
        "无犯罪记录证明日期 违法犯罪记录查询日期 无犯罪记录查询 无犯罪证明日期 无犯罪记录 无犯罪证明 "
        "违法犯罪查询"
    ),
    NOTE: "说明 备注说明 附注",
    REASON: "原因 处理办法 退回原因",
}
_LABEL_OF_WORD = {word: label for label, words in SYNONYMS.items() for word in (label, *words.split())}

#: The columns of one certificate; repeated, they describe a second one.
CERTIFICATE_COLUMNS = (CERT_NAME, CERT_LEVEL, CERT_NUMBER, CERT_ISSUER, CERT_ISSUED, CERT_EXPIRES)
INSTITUTION_COLUMNS = (INSTITUTION, USCC)


@dataclass(frozen=True)
class Columns:
    """What a header row says.

    `places` are (position in the row, key of the cell). The key of a repeated certificate column
    carries its count ("证书名称#2"); other repeated columns stand several times and the first cell
    that isn't empty counts. `unknown` and `repeated` are labels as written.
    """

    places: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def known(self) -> frozenset[str]:
        return frozenset(key for _, key in self.places)


def _header_word(raw: object) -> str:
    """A header cell as a word: NFKC, lower case, without spaces, asterisks, closing colon."""
    text = unicodedata.normalize("NFKC", str(raw)) if raw is not None else ""
    return re.sub(r"[\s*'\"\u200b\ufeff]", "", text).lower().rstrip(":")


def column_label(raw: object) -> str | None:
    """The canonical label of one header cell, or None. Remarks in brackets may be missing or present."""
    word = _header_word(raw)
    bare = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", word)
    return _LABEL_OF_WORD.get(word) or _LABEL_OF_WORD.get(bare)


def read_header(cells: Sequence[object]) -> Columns:
    """The columns a row of header cells names, from left to right."""
    places: list[tuple[int, str]] = []
    unknown: list[str] = []
    repeated: list[str] = []
    seen: dict[str, int] = {}
    previous = ""
    for position, raw in enumerate(cells):
        if not _header_word(raw):
            continue
        label = column_label(raw)
        if label is None:
            unknown.append(" ".join(str(raw).split()))
            previous = ""
            continue
        if label == CERT_EXPIRES and previous == HEALTH_NUMBER:
            label = HEALTH_EXPIRES  # a bare 有效期 right behind the health certificate's number
        elif label == CERT_EXPIRES and previous == ID_NUMBER:
            label = ID_VALID  # or right behind the number of the document
        seen[label] = seen.get(label, 0) + 1
        if seen[label] > 1:
            repeated.append(label)
        key = f"{label}#{seen[label]}" if seen[label] > 1 and label in CERTIFICATE_COLUMNS else label
        places.append((position, key))
        previous = label
    return Columns(tuple(places), tuple(unknown), tuple(repeated))
