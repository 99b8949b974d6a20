"""Taking an import back: everything goes that nothing hangs on, and the rest says why it stays."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certification import assessing, qualifying
from certification.models import Assessment, Qualification
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.registry import auditing, importing, keeping, posting, receiving, registering, rotating, undoing
from lms.registry.crypto import keys
from lms.registry.models import (
    AuditEntry,
    CertificateClaim,
    IdentityDocument,
    Institution,
    Leave,
    Membership,
    Person,
    PossibleDuplicate,
    Post,
    RosterChange,
    RosterUpload,
)
from tests.factories import (
    give_hours,
    make_ban,
    make_institution,
    make_manager,
    make_officer,
    make_person,
    make_post,
    make_supervisor,
    signed_in,
    songjiang,
)

pytestmark = pytest.mark.django_db

CODE = "91310117MA1J0ABC0G"
NUMBERS = ("310117199003077828", "330602199202290089", "340102198607192604")
HEADER = "机构名称,统一社会信用代码,姓名,身份证号,岗位,入职日期,联系电话,学历,证件有效期,证书名称,证书编号"
TABLES = (Institution, Person, IdentityDocument, Post, CertificateClaim, Qualification)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "nudge", lambda job_id: None)


@pytest.fixture
def officer() -> Membership:
    return make_officer()


def row(name: str, number: str, more: str = "", post: str = "保育员") -> str:
    return f"小树苗托育园,{CODE},{name},{number},{post},2024-03-05,{more}"


def imported(by: Membership, *rows: str, **kw: Any) -> RosterUpload:
    content = "\n".join((HEADER, *rows)).encode()
    upload = receiving.receive_roster(by=by, file=SimpleUploadedFile("花名册.csv", content))
    running.run(receiving.start_import(by=by, upload=upload, **kw).pk)
    upload.refresh_from_db()
    job = receiving.import_job(upload)
    assert job is not None
    assert job.state == "done", job.error_message
    return upload


def undone(by: Membership, upload: RosterUpload) -> dict[str, Any]:
    job = undoing.start_undo(by=by, upload=upload, reason="传错了文件")
    running.run(job.pk)
    job.refresh_from_db()
    upload.refresh_from_db()
    assert job.state == "done", job.error_message
    return job.result


def everything() -> list[list[dict[str, Any]]]:
    """Every row of the register, without the moments at which rows were touched."""
    ignored = {"updated_at", "taken_up_at"}
    return [
        [
            {key: value for key, value in row.items() if key not in ignored}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in TABLES
    ]


def refusal(call: Any, **kw: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call(**kw)
    return caught.value.code


# --- The whole way and back -----------------------------------------------------------------


def test_an_import_taken_back_leaves_every_row_as_it_was(officer: Membership) -> None:
    institution = make_institution(uscc=CODE, name="小树苗托育园", region=songjiang())
    known = make_person(name="王芳", number=NUMBERS[0])
    known.set_phone("13800138351")
    known.save()
    post = make_post(person=known, institution=institution, kind="teacher", started_on=date(2020, 1, 1))
    before = everything()
    more = "13900139000,本科,2019-01-01至2039-01-01,育婴员,Y001"
    upload = imported(officer, row("王芳", NUMBERS[0], more), row("李四", NUMBERS[1], more.replace("Y001", "Y002")))
    qualifying.take_up_claims()
    assert (Post.objects.count(), Person.objects.count(), Qualification.objects.count()) == (3, 2, 2)
    post.refresh_from_db()
    assert post.state == "left"
    answer = undone(officer, upload)
    assert everything() == before
    assert (answer["removed"], answer["restored"], answer["kept"]) == (5, 3, 0)
    assert upload.undone_by == officer.user
    assert upload.undone_at is not None
    known.refresh_from_db()
    assert known.phone == "13800138351"
    assert auditing.verify().intact
    assert NUMBERS[0] not in str(list(AuditEntry.objects.values())) + str(list(RosterChange.objects.values()))
    assert "13900139000" not in str(list(RosterChange.objects.values()))


def test_a_new_key_in_between_changes_nothing(officer: Membership, settings: Any) -> None:
    """What is sealed anew since the import counts as it was written."""
    make_institution(uscc=CODE, name="小树苗托育园", region=songjiang())
    known = make_person(name="王芳", number=NUMBERS[0])
    known.set_phone("13800138351")
    known.save()
    upload = imported(officer, row("王芳", NUMBERS[0], "13900139000"))
    try:
        settings.FIELD_KEYS = f"9:{'9' * 64},{settings.FIELD_KEYS}"
        keys.cache_clear()
        assert rotating.rotate()["registry_rosterchange.after"] == 1
        assert undone(officer, upload)["kept"] == 0
        known.refresh_from_db()
        assert known.phone == "13800138351"
    finally:
        keys.cache_clear()


def test_an_erased_file_is_not_imported(officer: Membership) -> None:
    content = "\n".join((HEADER, row("张三", NUMBERS[0]))).encode()
    upload = receiving.receive_roster(by=officer, file=SimpleUploadedFile("花名册.csv", content))
    keeping.erase(upload.file)
    assert refusal(receiving.start_import, by=officer, upload=upload) == "file_erased"
    upload.refresh_from_db()
    assert (upload.job_id, Person.objects.count()) == (None, 0)


def test_a_new_institution_goes_with_its_people(officer: Membership) -> None:
    before = everything()
    upload = imported(officer, row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    assert Institution.objects.get().posts.count() == 2
    undone(officer, upload)
    assert everything() == before
    assert AuditEntry.objects.filter(action="roster.take_back").count() == 5


def test_the_file_may_be_sent_anew_afterwards(officer: Membership) -> None:
    undone(officer, imported(officer, row("张三", NUMBERS[0])))
    imported(officer, row("张三", NUMBERS[0]))
    assert Post.objects.get().person.name == "张三"


# --- What stays -----------------------------------------------------------------------------


def test_what_something_hangs_on_stays_with_its_reason(officer: Membership) -> None:
    upload = imported(officer, row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    post = Post.objects.get(person__name="张三")
    Leave.objects.create(post=post, kind="sick", started_on=date(2025, 1, 1), recorded_by=officer.user)
    answer = undone(officer, upload)
    assert [person.name for person in Person.objects.all()] == ["张三"]
    assert Post.objects.get() == post
    assert Institution.objects.get() == post.institution
    assert answer["refused"] == {"in_use": 3}
    assert {(kept["name"], kept["code"]) for kept in answer["stayed"]} == {
        ("张三", "in_use"),
        ("小树苗托育园", "in_use"),
    }


def test_what_was_changed_since_stays(officer: Membership) -> None:
    person = make_person(name="王芳", number=NUMBERS[0])
    upload = imported(officer, row("王芳", NUMBERS[0], "13900139000"), row("李四", NUMBERS[1]))
    person.refresh_from_db()
    person.set_phone("13700137000")
    person.save()
    post = Post.objects.get(person__name="李四")
    posting.end_post(by=officer, post=post, on=timezone.localdate(), reason="离职")
    answer = undone(officer, upload)
    person.refresh_from_db()
    assert person.phone == "13700137000"
    assert Post.objects.get() == post
    assert answer["refused"] == {"changed_since": 2, "in_use": 2}
    page = signed_in(officer).get(reverse("bureau_roster", args=[upload.pk])).content.decode()
    assert page.count('<span class="code">changed_since</span>') == 2
    assert page.count('<span class="code">in_use</span>') == 2


def test_a_verified_certificate_stays_and_keeps_its_holder(officer: Membership) -> None:
    upload = imported(officer, row("张三", NUMBERS[0], ",,,育婴员,Y001"), row("李四", NUMBERS[1], ",,,育婴员,Y002"))
    qualifying.take_up_claims()
    qualifying.verify_many(by=officer, picked=Qualification.objects.filter(number="Y001"))
    answer = undone(officer, upload)
    assert [claim.number for claim in CertificateClaim.objects.all()] == ["Y001"]
    assert [row.number for row in Qualification.objects.all()] == ["Y001"]
    assert [person.name for person in Person.objects.all()] == ["张三"]
    assert Post.objects.count() == 0
    assert answer["refused"]["in_use"] == 2


def test_who_was_banned_since_stays_and_no_post_of_hers_is_opened_again(officer: Membership) -> None:
    institution = make_institution(uscc=CODE, name="小树苗托育园", region=songjiang())
    known = make_person(name="王芳", number=NUMBERS[0])
    make_post(person=known, institution=institution, kind="teacher", started_on=date(2020, 1, 1))
    upload = imported(officer, row("王芳", NUMBERS[0]), row("李四", NUMBERS[1]))
    for person in Person.objects.all():
        make_ban(person)
    answer = undone(officer, upload)
    assert not Post.objects.filter(ended_on__isnull=True, person=known).exists()
    assert Person.objects.filter(name="李四").exists()
    assert answer["refused"] == {"person_barred": 1, "in_use": 1}


def test_an_open_question_about_doubles_goes_along_and_a_decided_one_keeps(officer: Membership) -> None:
    upload = imported(officer, row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    other = make_person(name="张三")
    for name, decided in (("张三", {}), ("李四", {"decision": "different", "decided_by": officer.user})):
        first, second = sorted((Person.objects.filter(posts__isnull=False).get(name=name), other), key=lambda p: p.pk)
        moment = {"decided_at": timezone.now()} if decided else {}
        PossibleDuplicate.objects.create(first=first, second=second, likeness="phone", **decided, **moment)
    undone(officer, upload)
    assert {person.name for person in Person.objects.exclude(pk=other.pk)} == {"李四"}


def test_a_year_that_beat_opened_goes_along_and_hours_keep(officer: Membership) -> None:
    upload = imported(officer, row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    year = timezone.localdate().year
    assessing.open_year(year, limit=10)
    assessing.assess_pending(10)
    assert Assessment.objects.filter(person__name__in=("张三", "李四"), year=year).count() == 2
    give_hours(Person.objects.get(name="李四"), year, skill=45)
    answer = undone(officer, upload)
    assert {person.name for person in Person.objects.all()} == {"李四"}
    assert answer["refused"] == {"in_use": 1}
    assert not Assessment.objects.exclude(person__name="李四").exists()


MORE = "13900139000,本科,2019-01-01至2039-01-01,育婴员,Y00"


def test_whom_a_later_roster_names_again_stays_with_all_the_import_said_of_her(officer: Membership) -> None:
    institution = make_institution(uscc=CODE, name="小树苗托育园", region=songjiang())
    known = make_person(name="王芳", number=NUMBERS[0])
    make_post(person=known, institution=institution, kind="carer", started_on=date(2024, 3, 5))
    rows = [row(name, number, f"{MORE}{number}") for name, number in zip("王李张", NUMBERS, strict=True)]
    first = imported(officer, *rows)
    imported(officer, rows[0], rows[1])
    answer = undone(officer, first)
    assert {person.name for person in Person.objects.all()} == {"王芳", "李"}
    known.refresh_from_db()
    assert (known.phone, known.education) == ("13900139000", "本科")
    assert {claim.number for claim in CertificateClaim.objects.all()} == {f"Y00{number}" for number in NUMBERS[:2]}
    # Two claims, the changed person and her document, and the new one with her post.
    assert answer["refused"] == {"named_again": 6}


def test_a_later_roster_that_was_undone_itself_keeps_nobody(officer: Membership) -> None:
    before = everything()
    first = imported(officer, row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    second = imported(officer, row("张三", NUMBERS[0]))
    assert undone(officer, second) | {"url": ""} == {
        "removed": 0,
        "restored": 0,
        "kept": 0,
        "refused": {},
        "stayed": [],
        "url": "",
    }
    assert undone(officer, first)["kept"] == 0
    assert everything() == before


def test_a_list_read_by_command_keeps_whom_it_names_too(officer: Membership) -> None:
    upload = imported(officer, row("张三", NUMBERS[0]), row("李四", NUMBERS[1]))
    content = "\n".join((HEADER, row("李四", NUMBERS[1]))).encode()
    importing.import_roster(io.BytesIO(content), by=None)
    assert undone(officer, upload)["refused"] == {"named_again": 2, "in_use": 1}
    assert [post.person.name for post in Post.objects.all()] == ["李四"]
    assert Institution.objects.count() == 1


def test_a_further_document_keeps_the_person(officer: Membership) -> None:
    upload = imported(officer, row("张三", NUMBERS[0]))
    person = Person.objects.get()
    from lms.registry.rosters.identity import IdentityNumber

    passport = IdentityNumber("passport", "E12345678")
    registering.new_document(person, passport, registering.index_of(passport.number)).save()
    assert undone(officer, upload)["refused"] == {"in_use": 1}
    assert person.documents.count() == 2


# --- Refusals and interruptions -------------------------------------------------------------


def test_only_an_ended_import_is_taken_back_once_and_with_a_reason(officer: Membership) -> None:
    content = "\n".join((HEADER, row("张三", NUMBERS[0]))).encode()
    upload = receiving.receive_roster(by=officer, file=SimpleUploadedFile("a.csv", content))
    assert refusal(undoing.start_undo, by=officer, upload=upload, reason="错") == "roster_not_imported"
    job = receiving.start_import(by=officer, upload=upload)
    assert refusal(undoing.start_undo, by=officer, upload=upload, reason="错") == "roster_not_imported"
    running.run(job.pk)
    assert refusal(undoing.start_undo, by=officer, upload=upload, reason=" ") == "reason_missing"
    assert refusal(undoing.start_undo, by=make_supervisor(), upload=upload, reason="错") == "not_allowed"
    undone(officer, upload)
    assert refusal(undoing.start_undo, by=officer, upload=upload, reason="错") == "roster_undone"
    assert refusal(receiving.start_import, by=officer, upload=upload) == "roster_undone"


def test_an_interrupted_undoing_goes_on_where_it_was(officer: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()
    upload = imported(officer, *(row(f"人{n}", number) for n, number in zip("甲乙丙", NUMBERS, strict=True)))
    monkeypatch.setattr(undoing, "CHUNK", 2)
    take, calls = undoing._take_back, []

    def stumble(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError
        take(*args)

    monkeypatch.setattr(undoing, "_take_back", stumble)
    job = undoing.start_undo(by=officer, upload=upload, reason="错")
    running.run(job.pk)
    assert (Person.objects.count(), Post.objects.count()) == (1, 1)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["removed"]) == ("done", 7)
    assert everything() == before


def test_a_manager_takes_her_own_roster_back() -> None:
    institution = make_institution(uscc=CODE, name="小树苗托育园", region=songjiang())
    manager = make_manager(institution)
    before = everything()
    upload = imported(manager, row("张三", NUMBERS[0]))
    assert undone(manager, upload)["kept"] == 0
    assert everything() == before
