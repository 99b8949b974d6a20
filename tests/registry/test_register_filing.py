"""The bureau's register: the tree of regions, kept filters, the list as a file, and the pages of filing."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lms.jobs import running
from lms.jobs.models import Job
from lms.registry import enlisting, exporting, remembering
from lms.registry.models import AuditEntry, FilingAct, Institution, Post, PrivateFile, SavedFilter
from tests import factories as f

pytestmark = pytest.mark.django_db
LIST = "bureau_institutions"


@pytest.fixture
def site() -> Institution:
    return f.make_institution(name="松江小树苗托育园", filing="filed", filing_number="沪松托备2026-018")


@pytest.fixture
def officer() -> Client:
    return f.signed_in(f.make_officer())


def said(answer: Any) -> str:
    return str(answer.content.decode())


def names(client: Client, **query: str) -> list[str]:
    return [row.name for row, _n in client.get(reverse(LIST), query).context["rows"]]


# --- The list -------------------------------------------------------------------------------


def test_the_tree_leads_down_to_the_street(site: Institution) -> None:
    street = f.make_region("310117001")
    below = f.make_institution(name="岳阳街道宝宝屋", region=street)
    city = f.signed_in(f.make_officer(f.make_region("310100")))
    tree = city.get(reverse(LIST), {"region": "310117"}).context["form"].fields["region"].queryset
    codes = [region.code for region in tree]
    assert codes.index("310100") < codes.index("310117") < codes.index("310117001") < codes.index("310118")
    assert "310000" not in codes
    assert set(names(city, region="310117")) == {site.name, below.name}
    assert names(city, region="310117001") == [below.name]
    assert names(city, region="310118") == []


def test_a_filing_number_is_looked_for_too(officer: Client, site: Institution) -> None:
    f.make_institution(name="别家")
    assert names(officer, q="2026-018") == [site.name]
    assert names(officer, filing="filed") == [site.name] or site.name in names(officer, filing="filed")
    assert names(officer, filing="closed") == []


def test_the_list_as_a_file_holds_what_the_filter_lets_through(officer: Client, site: Institution) -> None:
    f.make_post(institution=site)
    f.make_institution(name="别家", filing="closed")
    f.make_institution(name="青浦的", region=f.qingpu())
    answer = officer.get(reverse("bureau_institutions_export"), {"filing": "filed"})
    content = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    rows = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    assert rows[1:] == [
        [site.name, site.uscc, site.get_kind_display(), "松江区", "已备案", "沪松托备2026-018", "", 1.0]
    ]
    assert AuditEntry.objects.get(action="export_institutions").after == {"rows": 1}


def test_a_long_list_is_a_workers(officer: Client, site: Institution, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 0)
    monkeypatch.setattr(running, "nudge", lambda job_id: None)
    f.make_institution(name="别家", filing="closed")
    url = reverse("bureau_institutions_export") + "?filing=filed&region=310117"
    answer = officer.get(url)
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, job.get_absolute_url())
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["rows"]) == ("done", 1)
    file = officer.get(job.result["url"])
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file.streaming_content)))  # type: ignore[attr-defined]
    assert [row[0] for row in book.get_sheet_by_index(0).to_python()[1:]] == [site.name]
    assert f.signed_in(f.make_officer()).get(job.result["url"]).status_code == 404


def test_a_role_that_ended_gets_no_list(site: Institution, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 0)
    monkeypatch.setattr(running, "nudge", lambda job_id: None)
    officer = f.make_officer()
    f.signed_in(officer).get(reverse("bureau_institutions_export"))
    enlisting.end(by=None, membership=officer)
    job = Job.objects.get()
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "not_found")
    assert not PrivateFile.objects.exists()


# --- Kept filters ---------------------------------------------------------------------------


def keep(client: Client, name: str = "待备案", query: str = "filing=pending&page=3", place: str = LIST) -> Any:
    return client.post(reverse("saved_filters"), {"place": place, "name": name, "query": query})


def test_a_filter_is_kept_found_again_and_dropped(officer: Client, site: Institution) -> None:
    assert keep(officer)["Location"] == f"{reverse(LIST)}?filing=pending"
    row = SavedFilter.objects.get()
    page = officer.get(reverse(LIST))
    assert ("待备案", "filing=pending") in page.context["views"]
    other = f.signed_in(f.make_officer())
    assert (
        "待备案" not in [label for label, query in other.get(reverse(LIST)).context["views"] if label == row.name][1:]
    )
    assert other.post(reverse("saved_filter_forget", args=[row.pk])).status_code == 404
    assert SavedFilter.objects.exists()
    assert officer.post(reverse("saved_filter_forget", args=[row.pk]))["Location"] == reverse(LIST)
    assert not SavedFilter.objects.exists()


def test_the_same_name_replaces(officer: Client) -> None:
    keep(officer)
    keep(officer, query="kind=family")
    assert SavedFilter.objects.get().query == "kind=family"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"name": " "}, "filter_name"),
        ({"name": "很" * 31}, "filter_name"),
        ({"query": "page=2&q="}, "filter_empty"),
        ({"place": "bureau_audit"}, "not_found"),
    ],
)
def test_what_is_not_kept(officer: Client, data: dict[str, str], code: str) -> None:
    answer = keep(officer, **data)
    assert code in said(officer.get(answer["Location"], follow=True))
    assert not SavedFilter.objects.exists()


def test_twenty_are_enough(officer: Client) -> None:
    for number in range(remembering.MOST):
        keep(officer, name=f"视图{number}")
    assert "filters_many" in said(officer.get(keep(officer, name="再来")["Location"]))
    assert SavedFilter.objects.count() == remembering.MOST


# --- Filing ---------------------------------------------------------------------------------


def filing_url(site: Institution, step: str) -> str:
    return reverse("bureau_filing", args=[site.pk, step])


def test_suspended_on_the_page_with_its_document(officer: Client, site: Institution) -> None:
    data = {"on": timezone.localdate(), "reason": "消防整改", "evidence": SimpleUploadedFile("决定.pdf", f.PDF)}
    done = officer.post(filing_url(site, "suspend"), data)
    assert done["Location"] == reverse("bureau_institution", args=[site.pk])
    act = FilingAct.objects.get()
    page = officer.get(done["Location"])
    assert "消防整改" in said(page)
    assert filing_url(site, "resume") in said(page)
    file = reverse("private_file", args=[act.evidence_id])
    assert file in said(page)
    assert officer.get(file).status_code == 200
    assert f.signed_in(f.make_officer(f.qingpu())).get(file).status_code == 404
    assert f.signed_in(f.make_manager(site)).get(file).status_code == 404


def test_closing_shows_whose_posts_end_and_asks_again_when_they_change(officer: Client, site: Institution) -> None:
    first = f.make_post(institution=site)
    preview = officer.get(filing_url(site, "close"))
    assert first.person.name in said(preview)
    second = f.make_post(institution=site)
    data = {"on": timezone.localdate(), "reason": "停办", "leaving": preview.context["leaving"]}
    again = officer.post(filing_url(site, "close"), data)
    assert again.status_code == 422
    assert second.person.name in said(again)
    assert Post.objects.filter(ended_on=None).count() == 2
    assert officer.post(filing_url(site, "close"), data | {"leaving": 2}).status_code == 302
    assert not Post.objects.filter(ended_on=None).exists()
    assert Institution.objects.get(pk=site.pk).filing == "closed"


def test_what_was_typed_wrongly_is_said_beside_the_field(officer: Client) -> None:
    site = f.make_institution(filing="pending")
    answer = officer.post(filing_url(site, "file"), {"on": timezone.localdate(), "number": ""})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["number"])
    late = officer.post(filing_url(site, "file"), {"on": "2199-01-01", "number": "1"})
    assert (late.status_code, late.context["refusal"].code) == (409, "filing_dates")
    assert officer.get(filing_url(site, "resume")).status_code == 409
    assert officer.get(filing_url(site, "nonsense")).status_code == 404
    assert Institution.objects.get(pk=site.pk).filing == "pending"


def test_only_an_officer_is_offered_the_steps(officer: Client, site: Institution) -> None:
    url = reverse("bureau_institution", args=[site.pk])
    assert filing_url(site, "suspend") in said(officer.get(url))
    assert filing_url(site, "suspend") not in said(f.signed_in(f.make_supervisor()).get(url))


def test_the_page_of_an_institution_takes_its_queries(
    officer: Client, site: Institution, django_assert_max_num_queries: Any
) -> None:
    url = reverse("bureau_institution", args=[site.pk])
    for number in (1, 20):
        f.make_staff(site, number)
        with django_assert_max_num_queries(15):
            assert officer.get(url).status_code == 200
