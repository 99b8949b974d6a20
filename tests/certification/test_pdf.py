"""Certificates as PDF: what a reader, a scanner and an archive get out of them."""

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pikepdf
import pypdfium2 as pdfium
import pytest
import zxingcpp

from certification.pdf import fonts, typesetting
from certification.pdf.drawing import draw
from certification.pdf.fonts import KAI, SONG, GlyphMissing, missing_glyphs, unicode_map
from certification.pdf.sheet import CertificateSheet, HoursLine
from lms.jobs.errors import DomainError

RARE_NAME = "张𬱖明·㛃䶮𠅤"
LONG_NAME = "阿卜杜拉·买买提·吐尔逊江·古丽巴哈尔·艾合买提江·阿布都热西提·努尔麦麦提·穆罕默德·伊敏江阿吉木"
UNDRAWN = "𪚥"  # U+2A6A5, four dragons: in none of the fonts

YEARLY = CertificateSheet(
    template="yearly",
    serial="YZ310117-2025-000128",
    title="年度培训学时证书",
    title_en="Certificate of Annual Training Hours",
    holder_name="王芳",
    id_masked="310117********7828",
    issuer_name="上海市松江区教育局",
    region_name="上海市松江区",
    issued_on=date(2025, 12, 5),
    expires_on=date(2026, 12, 31),
    verify_url="https://example.cn/v/YZ310117-2025-000128",
    year="2025",
    hours=(HoursLine("综合技能", "92", "88", "Skills"), HoursLine("职业道德", "41.5", "40", "Ethics")),
    standard_source="三年行动计划，年度培训学时",
)
POST = replace(
    YEARLY,
    template="post",
    serial="YZ310117-2025-000031",
    title="上岗培训合格证书",
    title_en="Certificate of Pre-service Training",
    course_title="托育机构保育人员岗前培训（2025 年第三期）",
    year="",
    expires_on=None,
    verify_url="https://example.cn/v/YZ310117-2025-000031",
)
both = pytest.mark.parametrize("sheet", [YEARLY, POST], ids=["yearly", "post"])


def text_of(pdf: bytes) -> str:
    page = pdfium.PdfDocument(pdf)[0]
    return page.get_textpage().get_text_range()


def name_boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of every line set in the font of the name."""
    page = pdfium.PdfDocument(pdf)[0]
    found = []
    for obj in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT]):
        handle = pdfium.raw.FPDFTextObj_GetFont(obj.raw)
        buffer = (pdfium.raw.c_char * 100)()
        pdfium.raw.FPDFFont_GetBaseFontName(handle, buffer, 100)
        if b"YuzhengKai" in buffer.value:
            found.append(obj.get_bounds())
    return found


@both
def test_same_sheet_gives_the_same_bytes(sheet: CertificateSheet) -> None:
    assert draw(sheet) == draw(sheet)


@both
def test_another_name_gives_other_bytes(sheet: CertificateSheet) -> None:
    assert draw(sheet) != draw(replace(sheet, holder_name="王方"))


@both
def test_text_layer_says_what_the_paper_shows(sheet: CertificateSheet) -> None:
    text = text_of(draw(sheet))

    for shown in (
        sheet.holder_name,
        sheet.title,
        sheet.serial,
        sheet.id_masked,
        sheet.issuer_name,
        "2025年12月5日",
    ):
        assert shown in text
    assert ("2026年12月31日" in text) is (sheet.expires_on is not None)
    assert ("长期有效" in text) is (sheet.expires_on is None)
    assert "41.5" in text


def test_a_year_of_hours_without_an_end_is_not_called_valid_for_ever() -> None:
    text = text_of(draw(replace(YEARLY, expires_on=None)))
    assert "学时年度 2025 年度" in " ".join(text.split())
    assert "长期有效" not in text


@both
def test_text_layer_keeps_characters_beyond_the_basic_plane(sheet: CertificateSheet) -> None:
    assert RARE_NAME in text_of(draw(replace(sheet, holder_name=RARE_NAME)))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext isn't installed")
def test_poppler_reads_the_same_name() -> None:
    pdf = draw(replace(YEARLY, holder_name=RARE_NAME))
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    assert RARE_NAME in read.stdout.decode()


def test_unicode_map_writes_utf16_in_blocks_of_a_hundred() -> None:
    written = unicode_map("Kai", [0, *range(0x4E00, 0x4E00 + 150), 0x2CC56])

    assert "<97> <D873DC56>" in written
    assert "<00> <0000>" not in written
    assert "100 beginbfchar" in written
    assert "51 beginbfchar" in written


@both
def test_every_font_is_embedded(sheet: CertificateSheet) -> None:
    with pikepdf.open(io.BytesIO(draw(replace(sheet, holder_name=RARE_NAME)))) as pdf:
        found = [obj for obj in pdf.objects if isinstance(obj, pikepdf.Dictionary) and obj.get("/Type") == "/Font"]
        names = {str(font.BaseFont).partition("+")[2] for font in found}

        assert names == {"YuzhengSong-Regular", "YuzhengSong-Bold", "YuzhengKai-Regular"}
        assert all("/FontFile2" in font.FontDescriptor for font in found)


@both
def test_document_properties(sheet: CertificateSheet) -> None:
    with pikepdf.open(io.BytesIO(draw(sheet))) as pdf:
        assert str(pdf.docinfo["/Title"]) == f"{sheet.title} {sheet.serial}"
        assert str(pdf.docinfo["/Author"]) == sheet.issuer_name
        assert str(pdf.docinfo["/Subject"]) == f"{sheet.region_name} {sheet.title}"
        assert str(pdf.docinfo["/CreationDate"]) == "D:20251205000000+08'00'"
        assert str(pdf.Root.Lang) == "zh-CN"
        assert len(pdf.pages) == 1


@both
def test_missing_glyph_is_refused_by_name(sheet: CertificateSheet) -> None:
    with pytest.raises(GlyphMissing) as refused:
        draw(replace(sheet, holder_name=f"王{UNDRAWN}"))

    assert refused.value.code == "glyph_missing"
    assert refused.value.context == {"character": UNDRAWN, "point": "U+2A6A5"}
    assert UNDRAWN in str(refused.value)
    assert "U+2A6A5" in str(refused.value)
    assert draw(replace(sheet, holder_name="王龙"))


@pytest.mark.parametrize("field", ["issuer_name", "region_name", "course_title", "standard_source", "seal_text"])
def test_missing_glyph_is_refused_in_any_field(field: str) -> None:
    with pytest.raises(GlyphMissing):
        draw(replace(YEARLY, **cast(dict[str, Any], {field: UNDRAWN})))


def test_missing_glyph_is_refused_in_body_and_hours() -> None:
    for sheet in (replace(YEARLY, body=(UNDRAWN,)), replace(YEARLY, hours=(HoursLine(UNDRAWN, "1"),))):
        with pytest.raises(GlyphMissing):
            draw(sheet)


def test_missing_glyphs_names_each_once_in_order() -> None:
    assert missing_glyphs(f"王{UNDRAWN}芳\n{UNDRAWN}") == [UNDRAWN, "\n"]
    assert missing_glyphs(RARE_NAME) == []
    assert missing_glyphs("José　Ng · 𠮷") == []


def test_a_mapped_but_empty_glyph_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    face = fonts.load()[SONG].face
    other = fonts.load()[KAI].face
    empty = face.charToGlyph[0x3000]
    monkeypatch.setitem(face.charToGlyph, 0xE123, empty)
    monkeypatch.setitem(other.charToGlyph, 0xE123, other.charToGlyph[0x3000])

    assert missing_glyphs("\ue123") == ["\ue123"]


def test_a_glyph_falls_back_to_another_font() -> None:
    loaded = fonts.load()
    only_song = next(chr(point) for point in range(0x3400, 0x4DC0) if point not in loaded[KAI].face.charToGlyph)

    assert fonts.runs(f"张{only_song}明", KAI) == ((KAI, "张"), (SONG, only_song), (KAI, "明"))
    assert f"张{only_song}明" in text_of(draw(replace(YEARLY, holder_name=f"张{only_song}明")))


@both
def test_qr_leads_to_the_verify_page(sheet: CertificateSheet) -> None:
    image = pdfium.PdfDocument(draw(sheet))[0].render(scale=150 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == sheet.verify_url


@both
@pytest.mark.parametrize("name", [LONG_NAME, "买" * 50, "Maximiliane Alexandrina Konstantinopolitanskaya-Ng", "王芳"])
def test_name_stays_within_the_margins(sheet: CertificateSheet, name: str) -> None:
    boxes = name_boxes(draw(replace(sheet, holder_name=name)))
    left, right = (84, 842 - 84) if sheet.template == "yearly" else (268, 842 - 64)

    assert boxes
    for x0, y0, x1, y1 in boxes:
        assert left - 2 <= x0 < x1 <= right + 2
        assert 340 < y0 < y1 < 446


def test_long_name_is_cut_at_a_separator_and_loses_nothing() -> None:
    fonts.load()
    fitted = typesetting.fit(LONG_NAME, KAI, 510, largest=40, least=20)

    assert len(LONG_NAME) == 50
    assert len(fitted.lines) == 2
    assert fitted.lines[0].endswith("·")
    assert "".join(fitted.lines) == LONG_NAME
    assert fitted.size >= 14


def test_no_line_begins_with_a_closing_or_ends_with_an_opening_mark() -> None:
    fonts.load()
    text = "参加（托育机构）“保育人员、保健人员”培训，学完《规定》课程；考核合格，特发此证。" * 3
    for width in range(60, 300, 7):
        lines = typesetting.wrap(text, SONG, 13, width)
        assert "".join(lines) == text
        assert not any(line[0] in typesetting.NEVER_FIRST or line[-1] in typesetting.NEVER_LAST for line in lines)
        assert all(typesetting.width_of(line, SONG, 13) <= width for line in lines)


def test_own_wording_replaces_the_template_s() -> None:
    text = text_of(draw(replace(YEARLY, body=("完成本年度全部学习，特发此证。",))))
    assert "完成本年度全部学习，特发此证。" in text
    assert "各类学时均已达到" not in text
    assert "各类学时均已达到" in text_of(draw(YEARLY))


def test_unknown_template_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        draw(replace(YEARLY, template="monthly"))
    assert refused.value.code == "template_unknown"
