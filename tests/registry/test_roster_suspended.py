"""Rosters of and from institutions that were stopped: nobody new, and nobody sends for a closed one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from lms.jobs import running
from lms.registry import filing, receiving
from lms.registry.models import Institution, Membership, Person, Post, RosterUpload
from tests import factories as f

pytestmark = pytest.mark.django_db

CODE, OTHER = "91310117MA1J0ABC0G", "91310117MA1J0ABD9D"
NUMBERS = ("310117199003077828", "330602199202290089", "340102198607192604")
HEADER = "机构名称,统一社会信用代码,姓名,身份证号,岗位,入职日期,学历"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "nudge", lambda job_id: None)


@pytest.fixture
def site() -> Institution:
    return f.make_institution(uscc=CODE, name="小树苗托育园", region=f.songjiang(), filing="filed")


def stop(site: Institution, step: str) -> None:
    filing.decide_filing(by=f.make_officer(), institution=site, step=step, on=timezone.localdate(), reason="消防整改")


def row(name: str, number: str, code: str = CODE) -> str:
    place = "小树苗托育园" if code == CODE else "阳光托育园"
    return f"{place},{code},{name},{number},保育员,2024-03-05,本科"


def received(by: Membership, *rows: str) -> RosterUpload:
    file = SimpleUploadedFile("花名册.csv", "\n".join((HEADER, *rows)).encode())
    return receiving.receive_roster(by=by, file=file)


def result_of(by: Membership, upload: RosterUpload) -> dict[str, object]:
    job = receiving.start_import(by=by, upload=upload)
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error_message
    return job.result


def test_a_suspended_institution_keeps_its_staff_and_takes_nobody_new(site: Institution) -> None:
    known = f.make_person(name="王芳", number=NUMBERS[0])
    post = f.make_post(known, site, kind="carer")
    stop(site, "suspend")
    officer = f.make_officer()
    rows = [row("王芳", NUMBERS[0]), row("李四", NUMBERS[1]), row("张三", NUMBERS[2], OTHER)]
    upload = received(officer, *rows)
    assert upload.preview is not None
    answer = result_of(officer, upload)
    assert answer["refused"] == upload.preview["refused"] == {"institution_closed": 1}
    assert (answer["created"], answer["updated"]) == (1, 1)
    known.refresh_from_db()
    assert (known.education, site.posts.get()) == ("本科", post)
    assert not Person.objects.filter(name="李四").exists()
    assert Post.objects.get(person__name="张三").institution.uscc == OTHER


def test_its_own_manager_adds_nobody_either(site: Institution) -> None:
    manager = f.make_manager(site)
    stop(site, "suspend")
    manager.refresh_from_db()
    assert result_of(manager, received(manager, row("李四", NUMBERS[1])))["refused"] == {"institution_closed": 1}
    assert not Post.objects.exists()


def test_closed_between_the_confirmation_and_the_import(site: Institution) -> None:
    manager = f.make_manager(site)
    upload = received(manager, row("李四", NUMBERS[1]))
    job = receiving.start_import(by=manager, upload=upload)
    stop(site, "close")
    running.run(job.pk)
    job.refresh_from_db()
    assert job.result["refused"] == {"institution_closed": 1}
    assert not Person.objects.filter(name="李四").exists()


def test_nobody_sends_for_a_closed_institution(site: Institution) -> None:
    manager = f.make_manager(site)
    client = f.signed_in(manager)
    url, upload = reverse("institution_import"), received(manager, row("李四", NUMBERS[1]))
    file = SimpleUploadedFile("花名册.csv", "\n".join((HEADER, row("张三", NUMBERS[2]))).encode())
    assert client.get(url).status_code == 200
    stop(site, "close")
    for answer in (
        client.post(url, {"file": file}),
        client.post(reverse("institution_import_preview", args=[upload.pk])),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("sign_in"))
    assert RosterUpload.objects.get() == upload
    assert upload.job_id is None
