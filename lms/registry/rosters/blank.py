"""The empty roster people download: text cells, so that no ID number loses digits, lists to choose from, and notes."""

import io

import xlsxwriter
from xlsxwriter.workbook import Format
from xlsxwriter.worksheet import Worksheet

from lms.registry.rosters import columns as c
from lms.registry.rosters.reading import NOTES_SHEET

#: Label, example, column width in characters. The example's ID number has a wrong last digit on
#: purpose: a row somebody forgot to delete is refused, not registered.
CELLS = (
    (c.INSTITUTION, "松江区小树苗托育园", 28),
    (c.USCC, "91310117MA1J0ABC0G", 22),
    (c.NAME, "示例（请删除本行）", 18),
    (c.SEX, "女", 6),
    (c.ETHNICITY, "汉族", 8),
    (c.NATIONALITY, "", 8),
    (c.ID_KIND, "居民身份证", 18),
    (c.ID_NUMBER, "310117199003077820", 22),
    (c.ID_VALID, "2019-03-05至2039-03-05", 24),
    (c.EDUCATION, "大专", 8),
    (c.MAJOR, "学前教育", 12),
    (c.POST, "保育员", 12),
    (c.FULL_TIME, "是", 10),
    (c.EMPLOYMENT, "自聘", 10),
    (c.HIRED, "2024-03-05", 12),
    (c.CONTRACT, "2024-03-05至2027-03-04", 24),
    (c.INSURANCE, "是", 6),
    (c.PHONE, "13800138350", 14),
    (c.CERT_NAME, "保育师", 18),
    (c.CERT_LEVEL, "四级", 8),
    (c.CERT_NUMBER, "", 26),
    (c.CERT_ISSUER, "", 20),
    (c.CERT_ISSUED, "2023-06-01", 12),
    (c.CERT_EXPIRES, "长期", 12),
    (c.HEALTH_NUMBER, "", 14),
    (c.HEALTH_EXPIRES, "2027-06-30", 12),
    (c.NO_CRIME, "2026-01-15", 14),
    (c.NOTE, "", 20),
)
#: What a cell offers to choose from. Another word may be typed; a list only helps.
CHOICES = {
    c.SEX: ("男", "女"),
    c.ID_KIND: (
        "居民身份证",
        "港澳台居民居住证",
        "港澳居民来往内地通行证",
        "外国人永久居留身份证",
        "外国人居留许可",
        "护照",
    ),
    c.EDUCATION: ("研究生", "本科", "大专", "中专", "高中", "初中及以下"),
    c.POST: (
        "负责人",
        "托班教师",
        "保育员",
        "保健员",
        "营养员",
        "炊事员",
        "保安员",
        "行政人员",
        "保洁员",
        "驾驶员",
        "志愿者",
        "实习生",
    ),
    c.FULL_TIME: ("是", "否"),
    c.EMPLOYMENT: ("自聘", "劳务派遣"),
    c.INSURANCE: ("是", "否"),
    c.CERT_NAME: ("保育师", "育婴员", "保育员", "教师资格证", "托育机构负责人培训合格证", "卫生保健人员培训合格证"),
    c.CERT_LEVEL: ("五级", "四级", "三级", "二级", "一级"),
}
#: The notes: what to fill in, and how.
NOTES = (
    ("必填", "姓名、身份证号、岗位，以及机构名称或统一社会信用代码。其余各列可以不填，也可以删去，顺序随意。"),
    ("示例行", "第二行是示例，请删除或改写后再上传。"),
    ("身份证号", "单元格已设为文本，请直接录入或粘贴为数值；不要让表格软件把号码变成数字，否则末几位会丢失。"),
    ("日期", "写成 2024-03-05；只知道月份时写 2024-03；长期有效写“长期”。"),
    ("有效期", "证件有效期、合同期限可写起止两天：2024-03-05至2027-03-04，也可只写截止日。"),
    ("国籍", "外籍人员请填写，例如：英国。中国籍可以不填。"),
    ("多本证书", "一个人有几本证书时，可写在同一单元格内用顿号分开，也可在下一行只填证书各列。"),
    ("岗位", "可从下拉列表选择，也可写本单位的叫法，如“生活老师”。"),
    ("离职人员", "不必写在名单里。上传的是全部在岗人员时，核对页会列出名单外的人，由您决定是否结束其在岗记录。"),
)
#: Rows below the header that are formatted as text and offer their lists.
ROWS = 500
SHEET = "花名册"


def blank_roster() -> bytes:
    """The xlsx: a header, one example row, text cells and lists for `ROWS` rows below, and a sheet of notes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "num_format": "@", "bg_color": "#DDEBE8", "border": 1, "align": "center"})
        text = book.add_format({"num_format": "@"})
        wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        _roster(book.add_worksheet(SHEET), head, text)
        _notes(book.add_worksheet(NOTES_SHEET), head, wrapped)
    return file.getvalue()


def _roster(sheet: Worksheet, head: Format, text: Format) -> None:
    for column, (label, example, width) in enumerate(CELLS):
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, label, head)
        sheet.write_string(1, column, example, text)
        for row in range(2, ROWS):
            sheet.write_blank(row, column, None, text)
        if label in CHOICES:
            choice = {"validate": "list", "source": list(CHOICES[label]), "error_type": "information"}
            sheet.data_validation(1, column, ROWS - 1, column, choice)
    sheet.freeze_panes(1, 3)


def _notes(sheet: Worksheet, head: Format, text: Format) -> None:
    sheet.set_column(0, 0, 14, head)
    sheet.set_column(1, 1, 90, text)
    for row, (about, note) in enumerate(NOTES):
        sheet.write_string(row, 0, about, head)
        sheet.write_string(row, 1, note, text)
