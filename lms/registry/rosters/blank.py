"""The empty roster people download: every cell a text cell, so that no ID number loses digits."""

import io

import xlsxwriter

from lms.registry.rosters import columns as c

#: Label, example, column width in characters. The example's ID number has a wrong last digit on
#: purpose: a row somebody forgot to delete is refused, not registered.
CELLS = (
    (c.INSTITUTION, "松江区小树苗托育园", 28),
    (c.USCC, "91310117MA1J0ABC0G", 22),
    (c.NAME, "示例（请删除本行）", 18),
    (c.SEX, "女", 6),
    (c.ID_KIND, "居民身份证", 12),
    (c.ID_NUMBER, "310117199003077820", 22),
    (c.EDUCATION, "大专", 8),
    (c.POST, "保育员", 12),
    (c.FULL_TIME, "是", 10),
    (c.HIRED, "2024-03-05", 12),
    (c.PHONE, "13800138350", 14),
    (c.CERT_NAME, "保育师", 14),
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
#: Rows below the header that are formatted as text.
ROWS = 500


def blank_roster() -> bytes:
    """The xlsx: a header, one example row, and text format for `ROWS` rows below."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("花名册")
        head = book.add_format({"bold": True, "num_format": "@", "bg_color": "#DDEBE8", "border": 1, "align": "center"})
        text = book.add_format({"num_format": "@"})
        for column, (label, example, width) in enumerate(CELLS):
            sheet.set_column(column, column, width, text)
            sheet.write_string(0, column, label, head)
            sheet.write_string(1, column, example, text)
            for row in range(2, ROWS):
                sheet.write_blank(row, column, None, text)
        sheet.freeze_panes(1, 3)
    return file.getvalue()
