"""A complete roster ends the posts of those it leaves out: only when asked, and never by mistake."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.registry import absenting, grouping, importing, receiving, undoing
from lms.registry.departing import Departure
from lms.registry.models import AuditEntry, ClassDuty, Institution, Leave, Membership, Post, RosterUpload
from tests.factories import make_institution, make_officer, make_person, make_post, signed_in, songjiang

pytestmark = pytest.mark.django_db

CODE = "91310117MA1J0ABC0G"
NUMBERS = ("310117199003077828", "330602199202290089", "340102198607192604")
HEADER = "机构名称,统一社会信用代码,姓名,身份证号,岗位"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "nudge", lambda job_id: None)


@pytest.fixture
def officer() -> Membership:
    return make_officer()


@pytest.fixture
def institution() -> Institution:
    """Ten people on post; the last one is a volunteer."""
    place = make_institution(uscc=CODE, name="小树苗托育园", region=songjiang())
    for n in range(9):
        number = NUMBERS[n] if n < 3 else None
        make_post(person=make_person(name=f"员工{n}", number=number), institution=place, started_on=date(2023, 1, 1))
    make_post(person=make_person(name="员工9"), institution=place, kind="volunteer", started_on=date(2023, 1, 1))
    return place


def received(by: Membership, *people: tuple[str, str]) -> RosterUpload:
    rows = (f"小树苗托育园,{CODE},{name},{number},保育员" for name, number in people)
    content = "\n".join((HEADER, *rows)).encode()
    return receiving.receive_roster(by=by, file=SimpleUploadedFile("花名册.csv", content))


def everybody(institution: Institution, *but: str) -> list[tuple[str, str]]:
    posts = institution.posts.select_related("person").exclude(person__name__in=but)
    return [(post.person.name, post.person.documents.get().number) for post in posts]


def import_it(by: Membership, upload: RosterUpload, **kw: Any) -> dict[str, Any]:
    job = receiving.start_import(by=by, upload=upload, **kw)
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error_message
    return job.result


def on_post(institution: Institution) -> set[str]:
    return set(institution.posts.filter(ended_on__isnull=True).values_list("person__name", flat=True))


def test_the_preview_names_those_who_are_missing_and_nothing_is_ended_by_default(
    officer: Membership, institution: Institution
) -> None:
    upload = received(officer, *everybody(institution, "员工4", "员工9"))
    assert upload.preview is not None
    assert (upload.preview["left"], upload.preview["staff"]) == (2, 10)
    assert upload.preview["leavers"] == [{"institution": "小树苗托育园", "names": ["员工4", "员工9"]}]
    assert import_it(officer, upload)["left"] == 0
    assert len(on_post(institution)) == 10


def test_a_complete_list_ends_their_posts_and_says_so(officer: Membership, institution: Institution) -> None:
    elsewhere = make_post(person=make_person(name="别处"))
    upload = received(officer, *everybody(institution, "员工4", "员工9"))
    yesterday = timezone.localdate() - timedelta(days=1)
    answer = import_it(officer, upload, left_on=yesterday)
    assert answer["left"] == 2
    gone = Post.objects.filter(institution=institution, state="left")
    assert {(post.person.name, post.ended_on) for post in gone} == {("员工4", yesterday), ("员工9", yesterday)}
    elsewhere.refresh_from_db()
    assert elsewhere.ended_on is None
    acts = AuditEntry.objects.filter(action="post.end")
    assert {(act.after or {})["reason"] for act in acts} == {"roster"}
    upload.refresh_from_db()
    assert upload.closes_leavers
    undo = undoing.start_undo(by=officer, upload=upload, reason="不完整")
    running.run(undo.pk)
    assert len(on_post(institution)) == 10


def test_who_may_stand_in_a_refused_row_stays(officer: Membership, institution: Institution) -> None:
    people = everybody(institution, "员工4", "员工9")
    upload = received(officer, *people, ("员工4", "310117199003077820"))
    assert upload.preview is not None
    assert upload.preview["leavers"] == [{"institution": "小树苗托育园", "names": ["员工9"]}]
    import_it(officer, upload, left_on=timezone.localdate())
    assert "员工4" in on_post(institution)
    assert "员工9" not in on_post(institution)


def test_who_came_after_the_preview_or_begins_later_stays(officer: Membership, institution: Institution) -> None:
    upload = received(officer, *everybody(institution, "员工9"))
    make_post(person=make_person(name="新来"), institution=institution, started_on=date(2023, 1, 1))
    later = timezone.localdate() + timedelta(days=9)
    make_post(person=make_person(name="将来"), institution=institution, started_on=later)
    import_it(officer, upload, left_on=timezone.localdate())
    assert {"新来", "将来"} <= on_post(institution)
    assert "员工9" not in on_post(institution)


def test_many_leavers_need_a_second_look_and_a_day_that_has_come(officer: Membership, institution: Institution) -> None:
    upload = received(officer, *everybody(institution, "员工4", "员工8", "员工9"))
    today = timezone.localdate()
    for code, said in (
        ("leavers_many", {"left_on": today}),
        ("leavers_day", {"left_on": today + timedelta(days=1), "all_seen": True}),
    ):
        with pytest.raises(DomainError) as caught:
            receiving.start_import(by=officer, upload=upload, **said)
        assert caught.value.code == code
    assert import_it(officer, upload, left_on=today, all_seen=True)["left"] == 3


def test_an_interrupted_ending_goes_on(
    officer: Membership, institution: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lms.registry import departing

    upload = received(officer, *everybody(institution, "员工4", "员工8", "员工9"))
    monkeypatch.setattr(departing, "POSTS", 1)
    end, calls = departing.end_posts, []

    def stumble(*args: Any) -> int:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError
        return end(*args)

    monkeypatch.setattr(departing, "end_posts", stumble)
    job = receiving.start_import(by=officer, upload=upload, left_on=timezone.localdate(), all_seen=True)
    running.run(job.pk)
    assert len(on_post(institution)) == 9
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["left"], len(on_post(institution))) == ("done", 3, 7)


def test_the_page_asks_names_and_keeps_what_was_typed(officer: Membership, institution: Institution) -> None:
    upload = received(officer, *everybody(institution, "员工4", "员工8", "员工9"))
    client, address = signed_in(officer), reverse("bureau_roster", args=[upload.pk])
    page = client.get(address).content.decode()
    assert "员工4、员工8、员工9" in page
    assert 'name="complete"' in page
    answer = client.post(address, {"complete": "on", "left_on": "2026-01-05"})
    assert (answer.status_code, "leavers_many" in answer.content.decode()) == (409, True)
    assert 'value="2026-01-05"' in answer.content.decode()
    assert client.post(address, {"complete": "on", "left_on": "morgen", "all_seen": "on"}).status_code == 409
    sent = client.post(address, {"complete": "on", "left_on": "2026-01-05", "all_seen": "on"})
    assert sent.status_code == 302
    upload.refresh_from_db()
    job = receiving.import_job(upload)
    assert job is not None
    assert job.args["left_on"] == "2026-01-05"


def test_the_import_without_an_upload_ends_posts_too(institution: Institution) -> None:
    rows = "\n".join((HEADER, *(f"小树苗托育园,{CODE},{a},{b},保育员" for a, b in everybody(institution, "员工9"))))
    import io

    departure = Departure(timezone.localdate())
    answer = importing.import_roster(io.BytesIO(rows.encode()), by=None, departure=departure)
    assert answer.left == 1
    assert "员工9" not in on_post(institution)


def test_leave_and_classes_end_with_the_post_and_go_on_when_it_is_taken_back(
    officer: Membership, institution: Institution
) -> None:
    today = timezone.localdate()
    posts = {post.person.name: post for post in institution.posts.select_related("person")}
    group = grouping.open_class(
        by=None, institution=institution, name="乳儿班", kind="infant", opened_on=date(2023, 1, 1)
    )
    for name in ("员工4", "员工5"):
        grouping.assign(by=None, group=group, post=posts[name], on=date(2024, 1, 1))
    absenting.begin_leave(by=None, post=posts["员工4"], kind="sick", on=today - timedelta(days=9))
    absenting.begin_leave(by=None, post=posts["员工9"], kind="other", on=today + timedelta(days=9))
    upload = received(officer, *everybody(institution, "员工4", "员工9"))
    answer = import_it(officer, upload, left_on=today)
    ends = Leave.objects.values_list("post__person__name", "ended_on")
    assert set(ends) == {("员工4", today), ("员工9", today + timedelta(days=9))}
    duties = ClassDuty.objects.values_list("post__person__name", "ended_on")
    assert set(duties) == {("员工4", today), ("员工5", None)}
    undo = undoing.start_undo(by=officer, upload=upload, reason="不完整")
    running.run(undo.pk)
    undo.refresh_from_db()
    assert (undo.state, undo.result["kept"], undo.result["restored"]) == ("done", 0, answer["updated"] + 5)
    assert not Leave.objects.filter(ended_on__isnull=False).exists()
    assert not ClassDuty.objects.filter(ended_on__isnull=False).exists()
    posts["员工4"].refresh_from_db()
    assert posts["员工4"].state == "leave"
