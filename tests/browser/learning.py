"""The first half of the story: from a roster to a certificate and the page that verifies it."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2 as pdfium
import pytest
import zxingcpp
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from certification.models import Certificate
from courses.models import Attendance, CourseRun, HourEntry, TrainingYear
from lms.registry import importing
from lms.registry.models import Post
from tests.browser.stage import REASON, work
from tests.factories import songjiang

ROSTER = Path(__file__).resolve().parents[1] / "data" / "clean-1.xlsx"
#: Two of the roster's institutions, with 14 and 12 people, and people of the first.
SITE, OTHER_SITE, BOTH = "岳阳阳光宝宝屋", "岳阳童心幼儿园托班", 26
CARER, CARER_ID = "黎晶", "310117198902169529"
LATE, EARLY, ABSENT = "苏怡雪", "梁敏帅", "周杰慧"
COURSE, PRE_SERVICE = "婴幼儿回应性照护", "保育员岗前培训"
RUN, COMING, FIRST_STEPS = "秋季集中班", "下一期周末班", "岗前一日班"
YEARLY, POST = "年度培训学时证书", "上岗培训合格证书"
#: Rows of one chunk of an import, so that 146 make two.
CHUNK = 100


# --- 1. A roster brings people onto their posts ----------------------------------------------


def import_a_roster(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upload, look at the preview, confirm, watch the bar, find 146 people."""
    page.get_by_role("navigation").get_by_role("link", name="花名册").click()
    page.get_by_label("花名册文件").set_input_files(ROSTER)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="导入后的变化")).to_be_visible()
    expect(page.get_by_text("共读取146行。")).to_be_visible()
    assert people_on_post() == 0, "a preview writes nothing"

    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("正在排队。")).to_be_visible()
    with half_an_import(monkeypatch):
        expect(page.locator("progress")).to_have_attribute("value", str(CHUNK))
    page.get_by_role("link", name="查看结果").click()
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()
    page.get_by_role("link", name="查看人员").click()
    expect(page.get_by_text("共 146 条")).to_be_visible()
    assert people_on_post() == 146


def people_on_post() -> int:
    """In Songjiang and its streets today."""
    here = Post.objects.on(timezone.localdate()).filter(institution__region__prefix__startswith=songjiang().prefix)
    return here.values("person").distinct().count()


@contextmanager
def half_an_import(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that stops after the first chunk for as long as the block lasts, then finishes."""
    go_on = threading.Event()
    finisher = importing._finisher

    def held(step: importing.Step | None, read: int, total: int) -> object:
        if read > CHUNK:
            assert go_on.wait(30)
        return finisher(step, read, total)

    def worker() -> None:
        work()
        connections.close_all()

    monkeypatch.setattr(importing, "CHUNK", CHUNK)
    monkeypatch.setattr(importing, "_finisher", held)
    thread = threading.Thread(target=worker)
    thread.start()
    try:
        yield
    finally:
        go_on.set()
        thread.join(30)


def verify_outside_certificates(page: Page) -> None:
    """Everything the roster claims, looked up with its issuers and verified in one go."""
    work()
    page.goto("/bureau/qualifications/?state=unverified")
    page.get_by_role("button", name=re.compile(r"核验筛选出的全部 \d+ 份")).click()
    page.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(page.get_by_text(re.compile(r"\d+ 份证书已核验通过。"))).to_be_visible()
    expect(page.get_by_text("这里没有证书")).to_be_visible()


# --- 2. A centre opens runs and enrols -------------------------------------------------------


def open_a_run(page: Page, course: str, title: str, *batches: tuple[str, int, str, str, int]) -> None:
    """From the course's page in the catalogue; each batch is (kind of hours, days from today, from, to, days)."""
    page.goto("/catalogue/")
    page.get_by_role("link", name=course).click()
    page.get_by_role("link", name="开设班次").first.click()
    page.get_by_label("名称", exact=True).fill(title)
    page.get_by_label("地点", exact=True).fill("松江区文诚路1号二楼")
    generator = page.locator(".field-grid")
    for bucket, day, starts, ends, times in batches:
        first = timezone.localdate() + timedelta(days=day)
        generator.get_by_label("首次日期").fill(first.isoformat())
        generator.get_by_label("开始").fill(starts)
        generator.get_by_label("结束").fill(ends)
        generator.get_by_label("学时类别").select_option(bucket)
        generator.get_by_label("授课人").select_option("陈老师")
        generator.get_by_label("重复").select_option("每天")
        generator.get_by_label("课次数").fill(str(times))
        page.get_by_role("button", name="加入课次表").click()
    expect(page.locator(".session-row")).to_have_count(sum(batch[-1] for batch in batches))
    page.get_by_role("button", name="保存班次").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert CourseRun.objects.filter(title=title, state="open").exists()


def open_a_run_behind_us(page: Page) -> None:
    """Eight days of 11 lesson hours of skills and four of 10 of ethics, all behind us: 88 and 40."""
    skills = ("综合技能", -12, "08:00", "16:15", 8)
    ethics = ("职业道德", -4, "08:00", "15:30", 4)
    open_a_run(page, COURSE, RUN, skills, ethics)


def enrol_two_institutions(page: Page) -> None:
    """Pick two, check, enrol all of their staff with one button."""
    page.get_by_role("link", name="为人员报名").first.click()
    for site in (SITE, OTHER_SITE):
        page.get_by_label(f"选中 {site}", exact=True).check()
    page.get_by_role("button", name="核对报名人员").click()
    page.get_by_role("button", name=f"为 {BOTH} 人报名").click()
    expect(page.get_by_text(f"已为 {BOTH} 人报名")).to_be_visible()
    assert CourseRun.objects.get(title=RUN).enrollments.count() == BOTH


def open_a_run_to_come(page: Page) -> None:
    """Two evenings of next week."""
    open_a_run(page, COURSE, COMING, ("综合技能", 7, "18:00", "20:15", 2))


# --- 3. A carer looks at her year ------------------------------------------------------------


def see_what_is_asked(page: Page, *, skill: int, ethics: int) -> None:
    """Her home: what she must reach, that she has nothing yet, and what is missing."""
    page.goto("/my/")
    for bucket, hours in (("综合技能", skill), ("职业道德", ethics)):
        ring = page.locator(".ring", has_text=bucket)
        expect(ring).to_contain_text(f"已有 0，应有 {hours}")
        expect(page.get_by_text(f"还差 {hours} 课时（{bucket}）")).to_be_visible()


def enrol_herself(page: Page, run: str = COMING) -> None:
    """In a run of her city, found among her courses; it then stands on her home among what is coming."""
    page.get_by_role("navigation").get_by_role("link", name="课程").last.click()
    page.get_by_role("link", name=run).click()
    page.get_by_role("button", name="报名").click()
    expect(page.get_by_text("您已报名，上课时间见下方。")).to_be_visible()
    page.goto("/my/")
    expect(page.get_by_role("main").get_by_text(run)).not_to_have_count(0)


# --- 4. and 5. The roll is called, hours move, certificates come by themselves ----------------


def call_the_rolls(page: Page) -> None:
    """Twelve sessions; in the first somebody is late, somebody leaves early, somebody is absent."""
    run = CourseRun.objects.get(title=RUN)
    first, *rest = run.sessions.order_by("starts_at")
    page.goto(reverse("centre_session", args=[first.pk]))
    page.get_by_label(f"{LATE}到达时间").fill("09:00")
    page.get_by_label(f"{EARLY}离开时间").fill("16:00")
    page.get_by_label(f"{ABSENT}缺课").check()
    page.get_by_label(f"{CARER}到达时间").fill("08:45")
    save_the_roll(page)
    rows = Attendance.objects.filter(session=first).values_list("person__name", "state", "minutes")
    marks = {name: (state, minutes) for name, state, minutes in rows}
    assert len(marks) == BOTH
    assert marks.pop(LATE) == ("late", 495 - 60)
    assert marks.pop(EARLY) == ("left_early", 495 - 15)
    assert marks.pop(ABSENT) == ("absent", 0)
    assert marks.pop(CARER) == ("late", 495 - 45)
    assert set(marks.values()) == {("present", 495)}
    for session in rest:
        page.goto(reverse("centre_session", args=[session.pk]))
        save_the_roll(page)
    assert HourEntry.objects.filter(session__run=run).count() == BOTH * 12 - 1


def save_the_roll(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"保存 \d+ 人的记录")).click()
    expect(page.get_by_text("全员已有记录。")).to_be_visible()


def find_one_hour_missing(page: Page) -> None:
    """Her 45 minutes late are one lesson hour of skills; so nothing is issued yet."""
    work()
    page.goto("/my/")
    expect(page.locator(".ring", has_text="综合技能")).to_contain_text("已有 87，应有 88")
    expect(page.locator(".ring", has_text="职业道德")).to_contain_text("已达标")
    expect(page.get_by_text("还差 1 课时（综合技能）")).to_be_visible()
    assert not Certificate.objects.filter(person__name=CARER).exists()


def correct_an_arrival(page: Page, officer: Page) -> None:
    """Proposed with a reason, confirmed by the bureau; the panel then shows what it said before."""
    session = CourseRun.objects.get(title=RUN).sessions.earliest("starts_at")
    page.goto(reverse("centre_session", args=[session.pk]))
    row = page.get_by_role("row", name=CARER)
    row.get_by_role("link", name="更正").click()
    panel = page.locator("#side-panel")
    panel.get_by_label("到达").fill("08:00")
    panel.get_by_role("button", name="提出更正").click()
    expect(page.get_by_text("请填写或选择此项。")).to_be_visible()
    assert Attendance.objects.get(session=session, person__name=CARER).revision == 1, "no correction without a reason"
    page.get_by_role("textbox", name=REASON).fill("纸质签到表为 08:00")
    page.get_by_role("button", name="提出更正").click()
    expect(page.get_by_text(f"{CARER}的更正已提出")).to_be_visible()
    expect(row).to_contain_text("待第二人确认")
    officer.goto(reverse("bureau_attendance_corrections"))
    officer.locator("article", has_text=CARER).get_by_role("button", name="确认更正").click()
    expect(officer.get_by_text("更正已确认")).to_be_visible()
    page.reload()
    expect(row).to_contain_text("已更正")
    row.get_by_role("link", name="更正").click()
    before = page.locator("#side-panel .history")
    expect(before).to_contain_text("08:45–16:15")
    expect(before).to_contain_text("450 分钟")
    expect(before).to_contain_text("纸质签到表为 08:00")
    year = TrainingYear.objects.get(person__name=CARER)
    assert (year.skill_minutes, year.ethics_minutes) == (88 * 45, 40 * 45)


def pass_the_pre_service_course(page: Page) -> None:
    """A run of one day for one person: enrolled by name, present, passed."""
    open_a_run(page, PRE_SERVICE, FIRST_STEPS, ("综合技能", -14, "09:00", "15:00", 1))
    page.get_by_role("link", name="为人员报名").first.click()
    page.get_by_label("机构或人员").fill(CARER)
    page.get_by_label("机构或人员").press("Enter")
    page.get_by_label(f"选中 {CARER}", exact=True).check()
    page.get_by_role("button", name="核对报名人员").click()
    page.get_by_role("button", name="为 1 人报名").click()
    page.get_by_role("link", name="点名", exact=True).click()
    save_the_roll(page)
    page.get_by_role("link", name=FIRST_STEPS).click()
    page.get_by_role("link", name="成绩").click()
    page.get_by_role("radiogroup", name=CARER).get_by_label("合格", exact=True).check()
    page.get_by_label(re.compile(f"{CARER}.*分数|{CARER}.*成绩")).fill("92")
    page.get_by_role("button", name="保存成绩").click()
    expect(page.get_by_text("已登记 1 人的成绩。")).to_be_visible()
    year = TrainingYear.objects.get(person__name=CARER)
    assert year.skill_minutes == 88 * 45, "pre-service hours don't count for the year"


def fetch_certificate(page: Page, title: str, folder: Path) -> Path:
    """It stands on her home without anybody issuing it; its PDF comes down to the phone as it is kept."""
    work()
    page.goto("/my/")
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title).first).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="下载 PDF").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    certificate = Certificate.objects.get(person__name=CARER, frozen__title=title)
    assert hashlib.sha256(content).hexdigest() == certificate.pdf.file.sha256
    return path


# --- 6. Anybody scans the code ---------------------------------------------------------------


def scan(pdf: Path) -> str:
    """The path that the QR code on the printed certificate leads to."""
    picture = pdfium.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(picture)
    return urlsplit(code.text).path


def verify(page: Page, path: str, *, says: str = "证书有效") -> None:
    """What anybody sees: the verdict, for whom (masked), for what, by whom, until when; never the whole name."""
    page.goto(path)
    expect(page.get_by_text(says).first).to_be_visible()
    facts = page.locator(".verified-facts")
    expect(facts).to_contain_text(f"{timezone.localdate().year} 年度培训学时")
    expect(facts).to_contain_text("上海市松江区教育局")
    expect(facts).to_contain_text("长期")
    assert CARER not in page.content()
    assert CARER[0] in row_of(facts, "持证人")
    assert CARER_ID not in page.content()


def row_of(facts: Locator, label: str) -> str:
    """The answer beside a label."""
    return facts.locator("div", has=facts.page.get_by_text(label, exact=True)).locator("dd").inner_text()
