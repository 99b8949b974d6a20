"""The second half of the story: the rate and the people behind it, a rating, a ban and its end."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses.models import CourseRun
from lms.registry.models import Ban
from reports.models import Rating
from tests.browser.learning import CARER, EARLY, ROSTER, SITE
from tests.browser.stage import REASON, figure, work
from tests.factories import PDF

SHAOXING_SITE = "越城小脚丫托育园"
#: Of the posts in the roster, those that ask for no certificate.
FREE_POSTS = {"保洁"}
#: What an officer enters in Shaoxing; with 15 of 20 for a rate of 90 % they make 888 of 990.
POINTS = {
    "办托条件": "90",
    "人员配备与专业发展": "99",
    "保育照护": "180",
    "卫生保健": "189",
    "养育支持": "72",
    "安全保障": "180",
    "机构管理": "63",
}


# --- 7. The rate, down to the people ---------------------------------------------------------


def rate_of(page: Page, query: str = "") -> tuple[int, int]:
    """N2 and D2 of the officer's region; D1 stands beside them."""
    page.goto(f"/bureau/rates/{query}")
    rate, of_all = figure(page, "持证率"), figure(page, "占在岗总人数")
    assert rate[0] == of_all[0]
    assert rate[1] <= of_all[1]
    return rate


def follow_the_rate(page: Page, rate: tuple[int, int], folder: Path) -> None:
    """As of another day, into files, by institution, to the people and their reasons."""
    staff, asked = posts_of_the_roster()
    assert rate_of(page)[1] == asked
    assert figure(page, "占在岗总人数")[1] == staff == 146
    people = exported(page, folder)
    assert len(people) == staff
    assert sum(row["计入"] == "计入" for row in people) == rate[0]
    assert sum(row["计入"] == "未计入" for row in people) == rate[1] - rate[0]
    page.get_by_role("link", name=SITE).click()
    expect(page.get_by_role("row", name=EARLY)).to_contain_text("没有证书记录。")
    expect(page.get_by_role("row", name=CARER)).to_contain_text("持有与岗位相符的证书。")
    page.goto("/bureau/rates/")
    yesterday = timezone.localdate() - timedelta(days=1)
    page.get_by_label("日期").fill(yesterday.isoformat())
    page.wait_for_url(re.compile(f"on={yesterday}"))
    assert figure(page, "持证率") == (rate[0] - 1, rate[1]), "her post certificate is of today"


def posts_of_the_roster() -> tuple[int, int]:
    """How many stand in the workbook, and how many of them on posts that ask for a certificate."""
    sheet = openpyxl.load_workbook(ROSTER).worksheets[0]
    posts = [row[11] for row in sheet.iter_rows(min_row=4, values_only=True) if row[11]]
    return len(posts), sum(post not in FREE_POSTS for post in posts)


def see_the_rate_of_ones_own(page: Page, folder: Path) -> None:
    """The manager: her institution alone, who is missing and why, and the same files."""
    expect(page.get_by_role("heading", name=SITE)).to_be_visible()
    rate = figure(page, "持证率")
    page.get_by_role("navigation").get_by_role("link", name="持证率").click()
    expect(page.get_by_role("row", name=EARLY)).to_contain_text("没有证书记录。")
    people = exported(page, folder)
    assert all(SITE in row.values() for row in people)
    assert len(people) == 14
    assert sum(row["计入"] == "计入" for row in people) == rate[0]


def exported(page: Page, folder: Path) -> list[dict[str, str]]:
    """The people behind the figure on the page: the same from both files, document numbers masked."""
    book = openpyxl.load_workbook(downloaded(page, "Excel", folder), read_only=True)
    sheet = [["" if cell is None else str(cell) for cell in row] for row in book["人员"].iter_rows(values_only=True)]
    text = downloaded(page, "CSV", folder).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    # A day is a date in the workbook and a text in the csv.
    assert [[cell.removesuffix(" 00:00:00") for cell in row] for row in sheet] == rows
    numbers = [row["id"] for row in json.loads(ROSTER.with_name("clean-1.expected.json").read_text())["rows"]]
    assert len(numbers) == 146
    assert not any(number in text for number in numbers)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def downloaded(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download() as coming:
        page.get_by_role("link", name=link).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


# --- 8. A rating round -----------------------------------------------------------------------


def rate_institutions(page: Page) -> str:
    """Open a round, rate all, enter what no record gives; answers with the path of the rating."""
    page.get_by_role("navigation").get_by_role("link", name="等级评定").click()
    page.get_by_role("button", name="开始评定批次").click()
    page.get_by_role("button", name="全部评定").click()
    expect(page.get_by_text("正在排队。")).to_be_visible()
    work()
    page.get_by_role("link", name="查看结果").click()
    page.get_by_role("link", name=SHAOXING_SITE).click()
    expect(page.locator(".figure").first).to_contain_text("待录入分值")
    for domain, points in POINTS.items():
        page.get_by_label(f"{domain}（满分", exact=False).fill(points)
    page.get_by_role("button", name="保存分值").click()
    expect(page.get_by_text("分值已保存，该机构已重新评定。")).to_be_visible()
    part = page.locator(".part", has_text="持证率")
    expect(part).to_contain_text("9 / 10")
    expect(part).to_contain_text("15 / 20")
    part.locator("summary").click()
    expect(part.get_by_role("row", name="没有证书记录。")).to_have_count(1)
    expect(part.get_by_role("row", name="持有与岗位相符的证书。")).to_have_count(9)
    return page.url


def rating_of(page: Page, address: str) -> tuple[str, str]:
    """Grade and points as the page says them."""
    page.goto(address)
    grade, points = page.locator(".figure .figure-value > strong").all_inner_texts()[:2]
    return grade, points


# --- 9. A ban by two, and its end by two -----------------------------------------------------


def propose_a_ban(page: Page, name: str, number: str, case: str) -> str:
    """Whom, which case, on which basis, with which document; the proposer alone can't confirm it."""
    page.get_by_role("navigation").get_by_role("link", name="禁入名单").click()
    page.get_by_role("link", name="提出禁入").click()
    page.get_by_label("姓名").fill(name)
    page.get_by_label("证件号码").fill(number)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("radio", name="相关个人")).to_be_checked()
    page.get_by_label("案号").fill(case)
    page.get_by_label("情况摘要").fill("经查实，午睡期间体罚婴幼儿。")
    page.get_by_label("法律依据").fill("《中华人民共和国人口与计划生育法》第四十一条第二款")
    decision = {"name": "决定书.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("决定文书").set_input_files(decision)  # type: ignore[arg-type]  # a plain dict will do
    page.get_by_role("button", name="提出", exact=True).click()
    expect(page.get_by_text("已提出，另一人确认后生效。")).to_be_visible()
    expect(page.get_by_text("same_person")).to_be_visible()
    expect(page.get_by_role("button", name="确认禁入")).to_have_count(0)
    return page.url


def confirm_the_ban(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="确认禁入").click()
    page.get_by_role("dialog").get_by_role("button", name="确认禁入").click()
    expect(page.get_by_text("已确认，禁入生效。")).to_be_visible()


def annul(proposer: Page, second: Page, address: str) -> None:
    """Proposed by one with a reason, in force until another agrees."""
    proposer.goto(address)
    proposer.get_by_role("button", name="提出撤销").click()
    dialog = proposer.get_by_role("dialog")
    dialog.get_by_role("textbox", name=REASON).fill("复核认定身份有误，原决定撤销")
    dialog.get_by_role("button", name="提出撤销").click()
    expect(proposer.get_by_text("已提出撤销；在另一人决定之前，禁入继续有效。")).to_be_visible()
    assert Ban.objects.standing().filter(pk=address.rstrip("/").rpartition("/")[2]).exists()
    second.goto(address)
    second.get_by_role("button", name="确认撤销").click()
    expect(second.get_by_text("已撤销，一切恢复原状。")).to_be_visible()


def find_her_refused(centre: Page, carer: Page, run: CourseRun) -> None:
    """By the centre's page, by her own, and by the next roster; each with the same code."""
    centre.goto(f"{reverse('centre_enrol', args=[run.pk])}?q={CARER}")
    centre.get_by_label(f"选中 {CARER}", exact=True).check()
    centre.get_by_role("button", name="核对报名人员").click()
    expect(centre.get_by_role("row", name=CARER)).to_contain_text("person_barred")
    expect(centre.get_by_text("所选人员中没有可以新报名的人。")).to_be_visible()
    carer.goto(reverse("my_run", args=[run.pk]))
    carer.get_by_role("button", name="报名").click()
    expect(carer.get_by_text("person_barred")).to_be_visible()
    assert not run.enrollments.exists()


def find_her_row_refused(officer: Page) -> None:
    """The same roster again: 145 rows unchanged, hers refused."""
    officer.goto("/bureau/rosters/")
    officer.get_by_label("花名册文件").set_input_files(ROSTER)
    officer.get_by_role("button", name="上传并检查").click()
    expect(officer.locator(".figure", has_text="未变")).to_contain_text("145")
    expect(officer.get_by_role("row", name="person_barred")).to_have_count(1)


def see_the_veto(first: Page, second: Page, address: str) -> None:
    """In force at once, since two have decided on the ban; two officers then decide on the finding itself."""
    assert rating_of(first, address) == ("否决", "883"), "five points less for one holder of ten"
    expect(first.locator("#vetoes")).to_contain_text("被终身禁入，仍在岗。")
    first.get_by_role("button", name="确认", exact=True).first.click()
    first.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(first.get_by_text("还须由另一名工作人员确认。").first).to_be_visible()
    second.goto(address)
    second.get_by_role("button", name="作为第二人确认").click()
    second.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(second.get_by_text("否决项已生效。")).to_be_visible()
    assert rating_of(second, address)[0] == "否决"
    assert Rating.objects.filter(institution__name=SHAOXING_SITE).order_by("-version").first().vetoed
