"""The institution's desk: the staff list filtered, kept and acted upon; a roster that ends posts, and its undoing."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from certification.models import EntryCheck
from lms.registry.models import Institution, Membership, Post
from tests import factories as make
from tests.browser.stage import Stage, work
from tests.certification.entry_scene import CHANNEL

# What a browser does here does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")
STAYS, GOES, COMES = "沈志强", "钟慧敏", "施晓燕"


@pytest.fixture
def manager() -> Membership:
    """Of an institution with a carer, a teacher and a cleaner on post."""
    institution = make.make_institution(name="岳阳童趣托育园")
    for name, kind in ((STAYS, "carer"), (GOES, "teacher"), ("魏洁", "cleaning")):
        make.make_post(make.make_person(name=name), institution, kind=kind)
    return make.make_manager(institution)


def test_a_filter_is_kept_and_many_are_acted_upon(stage: Stage, manager: Membership) -> None:
    page = stage.enter(manager.user)
    page.goto("/institution/")
    page.get_by_role("navigation").get_by_role("link", name="人员名单").click()
    page.get_by_label("岗位").select_option("carer")
    expect(page.get_by_role("rowheader")).to_have_text([STAYS])
    page.get_by_role("button", name="已存筛选").click()
    page.get_by_label("把当前筛选条件保存为").fill("保育")
    page.get_by_role("dialog").get_by_role("button", name="保存", exact=True).click()
    page.goto("/institution/staff/")
    expect(page.get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("button", name="已存筛选").click()
    page.get_by_role("dialog").get_by_role("link", name="保育").click()
    expect(page.get_by_role("rowheader")).to_have_text([STAYS])

    page.goto("/institution/staff/")
    for name in (STAYS, GOES):
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="登记无犯罪查询").click()
    page.get_by_label("查询渠道").fill(CHANNEL)
    page.get_by_label("所选人员均已书面同意").check()
    page.get_by_role("button", name="登记无犯罪查询").click()
    finish(page)
    expect(page.get_by_text("已完成")).to_be_visible()
    assert set(EntryCheck.objects.values_list("person__name", flat=True)) == {STAYS, GOES}


def test_a_complete_roster_ends_posts_and_is_undone(stage: Stage, manager: Membership, tmp_path: Path) -> None:
    institution = manager.institution
    assert institution is not None
    page = stage.enter(manager.user)
    page.goto("/institution/import/")
    page.get_by_label("花名册文件").set_input_files(roster(institution, tmp_path))
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_label("离岗日期（这一天起不再在岗）")).to_be_hidden()
    page.get_by_label("这是全部在岗人员名单").check()
    page.get_by_text("不在名单里的人员", exact=True).click()
    expect(page.get_by_text(GOES)).to_be_visible()
    page.get_by_label("离岗日期（这一天起不再在岗）").fill(timezone.localdate().isoformat())
    page.get_by_label("我已逐一看过姓名").check()
    page.get_by_role("button", name="确认导入").click()
    finish(page)
    expect(page.get_by_text("名单外 1 人已结束在岗记录")).to_be_visible()
    assert on_post(institution) == {STAYS, "魏洁", COMES}

    page.get_by_role("button", name="撤销这次导入").click()
    page.get_by_role("dialog").get_by_label("事由").fill("发错了名单")
    page.get_by_role("dialog").get_by_role("button", name="撤销这次导入").click()
    finish(page)
    expect(page.get_by_role("heading", name="撤销结果")).to_be_visible()
    assert on_post(institution) == {STAYS, GOES, "魏洁"}


def roster(institution: Institution, folder: Path) -> Path:
    """One stays, one is new, one is missing."""
    stays = [post for post in institution.posts.select_related("person") if post.person.name != GOES]
    rows = [f"{post.person.name},{post.person.documents.get().number},{post.get_kind_display()}" for post in stays]
    file = folder / "花名册.csv"
    file.write_text("\n".join(("姓名,身份证号,岗位", *rows, f"{COMES},{make.make_id_number()},保育员")))
    return file


def finish(page: Page) -> None:
    """The worker's part, while the page shows that the work waits."""
    expect(page.get_by_text("正在排队。")).to_be_visible()
    work()
    page.reload()


def on_post(institution: Institution) -> set[str]:
    """Who is on post there tomorrow, when today's changes hold."""
    day = timezone.localdate() + timedelta(days=1)
    return set(Post.objects.on(day).filter(institution=institution).values_list("person__name", flat=True))
