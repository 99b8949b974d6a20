"""Two records of one person: found, merged into one, and taken apart again; all at the officer's desk."""

import os

import pytest
from playwright.sync_api import expect

from lms.registry import deduplicating
from lms.registry.models import Person
from tests.browser.stage import Stage
from tests.registry.merging_scene import make_scene

# What a browser does here does not hang on the database behind it.
pytestmark = pytest.mark.skipif(os.environ["TEST_DATABASE"] == "postgres", reason="SQLite is enough")


def test_two_records_are_merged_and_taken_apart(stage: Stage) -> None:
    scene = make_scene()
    deduplicating.search()
    page = stage.enter(scene.officer.user)
    page.goto("/bureau/")
    page.get_by_role("link", name="1 组记录可能是同一人").click()
    pair = page.get_by_role("region", name="沈秋云")
    for record in (scene.kept, scene.other):
        expect(pair.get_by_text(record.documents.get().masked)).to_be_visible()
    kept_side = pair.locator(".pair-side").filter(has_text=scene.kept.documents.get().masked)
    letter = kept_side.locator(".pair-letter").inner_text()
    pair.get_by_role("button", name=f"同一人，保留 {letter}").click()

    expect(page.get_by_role("heading", name="记录合并")).to_be_visible()
    assert Person.objects.get(pk=scene.other.pk).merged_into == scene.kept
    merge = page.url
    page.goto(f"/bureau/people/{scene.other.pk}/")
    expect(page).to_have_url(f"{stage.url}/bureau/people/{scene.kept.pk}/")
    expect(page.get_by_text(scene.certificate.serial)).to_be_visible()

    page.goto(merge)
    page.get_by_label("事由").fill("核实为两个人")
    page.get_by_role("button", name="撤回合并").click()
    expect(page.get_by_text("核实为两个人")).to_be_visible()
    assert Person.objects.get(pk=scene.other.pk).merged_into is None
    page.goto(f"/bureau/people/{scene.kept.pk}/")
    expect(page.get_by_role("heading", name="沈秋云")).to_be_visible()
    expect(page.get_by_text(scene.certificate.serial)).to_have_count(0)
