"""Erasing a person's data: nothing of her numbers is left anywhere, and what law and audit need stays."""

import logging
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from certification import verifying
from certification.models import Certificate, EntryCheck, EntryReview
from courses.models import HourEntry
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job, JobState
from lms.registry import auditing, erasing, scrubbing, securing
from lms.registry.models import (
    AccountPhone,
    AuditEntry,
    EmploymentNote,
    EmploymentQuery,
    Erasure,
    ErasureProposal,
    IdentityDocument,
    NameChange,
    Notice,
    OpenSession,
    Person,
    PhoneCode,
    RosterChange,
    RosterUpload,
    User,
)
from tests import factories as f
from tests.registry import erasing_scene as scenes
from tests.registry.erasing_scene import NAME, OLD_NAME, PHONE, SECRETS, Scene
from tests.registry.kept_files import has_content
from tests.registry.questions import make_query

pytestmark = pytest.mark.django_db
#: Where a name may stay: what the chain of hashes covers.
FROZEN = ("registry_auditentry.",)


@pytest.fixture
def scene(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Scene:
    with django_capture_on_commit_callbacks(execute=True):
        return scenes.somebody()


def erase(scene: Scene, capture: DjangoCaptureOnCommitCallbacks) -> Job:
    """From the proposal to the end of the job, as three people and a worker do it."""
    with capture(execute=True):
        proposal = erasing.propose(by=scene.officer, person=scene.person, reason="本人申请删除")
        erasing.decide(by=scene.supervisor, proposal=proposal, grant=True)
    proposal.refresh_from_db()
    assert proposal.job_id is not None
    with capture(execute=True):
        running.run(proposal.job_id)
    job = Job.objects.get(pk=proposal.job_id)
    assert job.state == JobState.DONE, (job.error_code, job.error_message)
    return job


def found_in(texts: Any, wanted: tuple[str, ...]) -> list[str]:
    return sorted({where for where, text in texts for secret in wanted if secret in text})


def test_the_scene_leaves_traces(scene: Scene) -> None:
    """What the next test does not find was there to be found."""
    places = found_in(scenes.columns(), SECRETS)
    assert {
        "registry_person.phone_sealed",
        "registry_identitydocument.number_sealed",
        "registry_accountphone.number_sealed",
        "registry_post.health_number",
        "registry_leave.reason",
        "registry_employmentnote.text",
        "registry_namechange.reason",
        "registry_user.username",
        "registry_employmentquery.purpose",
        "certification_qualification.number",
        "certification_qualification.reason",
    } <= set(places), places
    assert not [place for place in places if place.startswith("registry_auditentry")]
    holding = [path for path, content in scenes.files(scene.others) if scrubbing.mentions(content, list(SECRETS))]
    assert len(holding) >= len(scene.files)


def test_no_number_is_left_anywhere(
    scene: Scene,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    scenes.leave_post(scene)
    erase(scene, django_capture_on_commit_callbacks)
    assert found_in(scenes.columns(), SECRETS) == []
    assert [path for path, content in scenes.files(scene.others) if scrubbing.mentions(content, list(SECRETS))] == []
    log = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records if "sql" not in vars(record))
    assert not [secret for secret in SECRETS if secret in log]
    backup = scenes.dump()
    assert not [secret for secret in SECRETS if secret.encode() in backup]
    # Nor her name, but where a chain of hashes covers it.
    Notice.objects.exclude(key__contains=str(scene.post.pk)).delete()  # about a namesake
    named = [place for place in found_in(scenes.columns(), (NAME, OLD_NAME)) if not place.startswith(FROZEN)]
    assert named == []
    assert auditing.verify().intact


def test_what_others_keep_of_her_goes_too(
    scene: Scene, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    user, person = scene.learner.user, scene.person
    f.signed_in(scene.learner)
    Authenticator.objects.create(user=user, type="totp", data={"secret": securing.Adapter().encrypt("S3CRET")})
    of_account = (AccountPhone, OpenSession, Authenticator, PhoneCode)
    assert all(model._base_manager.filter(user=user).exists() for model in of_account)
    scenes.leave_post(scene)
    erase(scene, django_capture_on_commit_callbacks)
    assert not any(model._base_manager.filter(user=user).exists() for model in of_account)
    assert not PhoneCode.objects.filter(person=person).exists()
    assert not RosterChange.objects.filter(row=person.pk).exists()
    assert not Notice.objects.filter(to=user).exists()
    upload = RosterUpload.objects.get(undo_job_id__isnull=False)
    assert upload.preview == {"rows": 1, "left": 2, "leavers": [{"institution": "别处", "names": ["***", "别人"]}]}
    stayed = Job.objects.get(kind="undo_roster").result
    assert stayed == {"kept": 1, "stayed": [{"kind": "人员", "name": "***", "code": "in_use"}]}
    check = EntryCheck.objects.get(person=person)
    assert (check.number, check.channel, check.passed) == ("", "—", True)
    told = {notice.key.split(":")[2]: notice.context["name"] for notice in Notice.objects.filter(code="check_due")}
    pseudonym = Erasure.objects.get(person=person).pseudonym
    assert told.pop(str(scene.post.pk)) == pseudonym
    assert list(told.values()) == [NAME], "a notice about her namesake stays as it was"


def test_what_law_and_audit_need_stays(
    scene: Scene, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    entries = list(HourEntry.objects.filter(person=scene.person).values_list("pk", "minutes"))
    before = Certificate.objects.filter(pk=scene.certificate.pk).values().get()
    digest = scene.certificate.pdf.file.sha256
    scenes.leave_post(scene)
    erase(scene, django_capture_on_commit_callbacks)
    erasure = Erasure.objects.get(person=scene.person)
    person = Person.objects.get(pk=scene.person.pk)
    assert (person.name, person.erased_at is not None, person.born_on) == (erasure.pseudonym, True, None)
    assert list(HourEntry.objects.filter(person=person).values_list("pk", "minutes")) == entries
    after = Certificate.objects.filter(pk=scene.certificate.pk).values().get()
    changed = {name for name, value in after.items() if value != dict(before)[name]}
    assert changed == {"holder_name", "holder_id_masked"}
    pdf = Certificate.objects.get(pk=scene.certificate.pk).pdf.file
    assert (pdf.sha256, pdf.erased_at is not None) == (digest, True)
    answer = verifying.verify(scene.certificate.serial)
    assert (answer.status, answer.holder, answer.id_tail) == ("valid", erasure.pseudonym, "")


def test_files_of_others_stay(scene: Scene, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    scenes.leave_post(scene)
    erase(scene, django_capture_on_commit_callbacks)
    for file in scene.files:
        file.refresh_from_db()
        assert file.erased_at is not None
        assert not has_content(file)
    assert scene.innocent is not None
    scene.innocent.refresh_from_db()
    assert scene.innocent.erased_at is None
    assert has_content(scene.innocent)


def test_the_account_is_closed(
    scene: Scene, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = f.signed_in(scene.learner)
    assert client.get(reverse("my_data")).status_code == 200
    scenes.leave_post(scene)
    erase(scene, django_capture_on_commit_callbacks)
    user = User.objects.get(pk=scene.learner.user_id)
    assert (user.is_active, user.has_usable_password()) == (False, False)
    assert not user.memberships.filter(ended_at=None).exists()
    assert client.get(reverse("my_data")).status_code == 302
    pdf = f.signed_in(scene.officer).get(reverse("certificate_pdf", args=[scene.certificate.pk]))
    assert (pdf.status_code, "file_erased" in pdf.content.decode()) == (409, True)


def test_the_same_document_is_somebody_new(
    scene: Scene, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    scenes.leave_post(scene)
    erase(scene, django_capture_on_commit_callbacks)
    assert IdentityDocument.objects.filter(person=scene.person).count() == 2
    again = f.make_person(name=NAME, number=scenes.NUMBER)
    assert again.pk != scene.person.pk


# --- Who, and when not ----------------------------------------------------------------------


def code_of(act: Any, **kw: Any) -> str:
    before = list(ErasureProposal.objects.order_by("pk").values()), AuditEntry.objects.count(), Job.objects.count()
    with pytest.raises(DomainError) as refusal:
        act(**kw)
    after = list(ErasureProposal.objects.order_by("pk").values()), AuditEntry.objects.count(), Job.objects.count()
    assert after == before
    return refusal.value.code


@pytest.fixture
def former() -> Person:
    """Somebody who left."""
    return f.make_post(state="left", ended_on=f"{f.YEAR}-06-30").person


def test_one_proposes_and_a_supervisor_decides(former: Person) -> None:
    officer, supervisor = f.make_officer(), f.make_supervisor()
    wanted: dict[str, Any] = {"person": former, "reason": "本人申请"}
    for other in (f.make_manager(), f.make_admin(), f.make_learner(former)):
        assert code_of(erasing.propose, by=other, **wanted) == "not_allowed"
    assert code_of(erasing.propose, by=f.make_officer(f.qingpu()), **wanted) == "not_found"
    assert code_of(erasing.propose, by=officer, **(wanted | {"reason": " "})) == "reason_missing"
    proposal = erasing.propose(by=supervisor, **wanted)
    assert code_of(erasing.propose, by=officer, **wanted) == "erasure_state"
    answer: dict[str, Any] = {"proposal": proposal, "grant": True}
    assert code_of(erasing.decide, by=officer, **answer) == "not_allowed"
    assert code_of(erasing.decide, by=supervisor, **answer) == "same_person"
    assert code_of(erasing.decide, by=f.make_supervisor(f.qingpu()), **answer) == "not_found"
    herself = f.make_supervisor(user=User.objects.get(person=former))
    assert code_of(erasing.decide, by=herself, **answer) == "own_case"
    second = f.make_supervisor()
    erasing.decide(by=second, proposal=proposal, grant=False)
    assert not Job.objects.filter(kind=erasing.KIND).exists()
    assert code_of(erasing.decide, by=second, **answer) == "erasure_state"
    again = erasing.propose(by=officer, **wanted)
    erasing.decide(by=second, proposal=again, grant=True)
    assert Job.objects.filter(kind=erasing.KIND).count() == 1


def test_when_it_is_refused(former: Person) -> None:
    officer = f.make_officer()

    def code(person: Person) -> str:
        return code_of(erasing.propose, by=officer, person=person, reason="本人申请")

    assert code(f.make_post().person) == "erasure_on_post"
    asked = make_query(f.make_manager(), former)
    assert code(former) == "erasure_open"
    EmploymentQuery.objects.filter(pk=asked.pk).delete()
    entry = EntryReview.objects.create(
        person=former,
        institution=f.make_institution(),
        kind="carer",
        planned_on=f"{f.YEAR}-09-01",
        due_on=f"{f.YEAR}-08-30",
        opened_by=officer.user,
    )
    assert code(former) == "erasure_open"
    EntryReview.objects.filter(pk=entry.pk).update(state="withdrawn")
    ban = f.make_ban(former, confirmed=False)
    assert code(former) == "erasure_barred"
    ban.rejected_by, ban.rejected_at = officer.user, ban.proposed_at
    ban.save()
    Person.objects.filter(pk=former.pk).update(erased_at=ban.proposed_at)
    assert code(former) == "person_erased"
    Person.objects.filter(pk=former.pk).update(erased_at=None)
    erasing.propose(by=officer, person=former, reason="本人申请")


def test_a_job_that_comes_too_late_is_refused(former: Person) -> None:
    job = erasing.enqueue(former.pk, "本人申请", None)
    f.make_ban(former)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "erasure_barred")
    assert not Erasure.objects.exists()


def test_a_stopped_worker_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    scenes.leave_post(scene)
    monkeypatch.setattr(erasing, "FILES_AT_ONCE", 1)
    job = erasing.enqueue(scene.person.pk, "本人申请", None)
    scrub = scrubbing.scrub
    monkeypatch.setattr(scrubbing, "scrub", pulled_plug)
    running.run(job.pk)
    assert not Erasure.objects.exists()
    monkeypatch.setattr(scrubbing, "scrub", scrub)
    monkeypatch.setattr(scrubbing, "names", pulled_plug)  # every file was looked through already
    with django_capture_on_commit_callbacks(execute=True):
        running.run(job.pk)
    assert Erasure.objects.filter(person=scene.person).count() == 1
    assert [path for path, content in scenes.files(scene.others) if scrubbing.mentions(content, list(SECRETS))] == []
    with django_capture_on_commit_callbacks(execute=True):
        again = erasing.enqueue(scene.person.pk, "本人申请", None)
    assert again.pk == job.pk


def pulled_plug(*args: Any, **kw: Any) -> Any:
    raise RuntimeError("pulled the plug")


def test_merged_records_are_erased_together(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    kept, absorbed = f.make_person(name="甲"), f.make_person(name="乙", phone=PHONE)
    f.make_post(kept, state="left", ended_on=f"{f.YEAR}-06-30")
    Person.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    with pytest.raises(DomainError) as refusal:
        erasing.refuse_unless_erasable(Person.objects.get(pk=absorbed.pk))
    assert refusal.value.code == "merged_record"
    job = erasing.enqueue(kept.pk, "本人申请", None)
    running.run(job.pk)
    assert Erasure.objects.filter(person__in=[kept, absorbed]).count() == 2
    assert not Person.objects.filter(name__in=["甲", "乙"]).exists()


# --- The database -----------------------------------------------------------------------------


def refused(statement: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError:
        return True
    return False


def key(row: Any) -> Any:
    return row._meta.pk.get_db_prep_value(row.pk, connection)


def test_only_an_erasure_changes_the_name_of_a_certificate(scene: Scene) -> None:
    table = "UPDATE certification_certificate SET holder_name = %s WHERE id = %s"
    assert refused(table, "匿名-XXXX", key(scene.certificate))
    Erasure.objects.create(person=scene.person, pseudonym="匿名-XXXX", reason="x")
    assert refused(table, "匿名-YYYY", key(scene.certificate)), "only to her own pseudonym"
    stranger = scenes.certificate_of(f.make_person())
    assert refused(table, "匿名-XXXX", key(stranger)), "only hers"
    assert not refused(table, "匿名-XXXX", key(scene.certificate))
    for column, value in (("serial", "x"), ("issuer_name", "x"), ("holder_id_masked", "310***")):
        statement = f"UPDATE certification_certificate SET {column} = %s WHERE id = %s"
        assert refused(statement, value, key(scene.certificate)), column
    assert not refused(
        "UPDATE certification_certificate SET holder_id_masked = %s WHERE id = %s", "", key(scene.certificate)
    )


def test_only_an_erasure_changes_names_and_notes(scene: Scene) -> None:
    change, note = NameChange.objects.get(), EmploymentNote.objects.get()
    names = "UPDATE registry_namechange SET old_name = %s WHERE id = %s"
    texts = "UPDATE registry_employmentnote SET text = %s WHERE id = %s"
    assert refused(names, "匿名-XXXX", key(change))
    assert refused(texts, "", key(note))
    Erasure.objects.create(person=scene.person, pseudonym="匿名-XXXX", reason="x")
    assert refused(names, "别人", key(change))
    assert refused(texts, "别的", key(note))
    assert not refused(names, "匿名-XXXX", key(change))
    assert not refused(texts, "", key(note))
    assert refused("UPDATE registry_erasure SET pseudonym = %s", "x")
    assert refused("DELETE FROM registry_erasure")


# --- Pages ------------------------------------------------------------------------------------


def test_the_pages(former: Person) -> None:
    officer, supervisor = f.signed_in(f.make_officer()), f.signed_in(f.make_supervisor())
    dossier = officer.get(reverse("bureau_person", args=[former.pk])).content.decode()
    url = reverse("bureau_erase", args=[former.pk])
    assert url in dossier
    assert officer.post(url, {}).status_code == 422
    assert officer.post(url, {"reason": "本人申请"}).status_code == 302
    assert officer.post(url, {"reason": "本人申请"}).status_code == 409
    proposal = ErasureProposal.objects.get()
    listed = reverse("bureau_erasures")
    assert "本人申请" in officer.get(listed).content.decode()
    assert officer.post(listed, {"proposal": proposal.pk, "act": "grant"}).status_code == 409
    assert supervisor.post(listed, {"proposal": proposal.pk, "act": "grant"}).status_code == 302
    proposal.refresh_from_db()
    assert proposal.granted
    on_post = f.make_post().person
    page = officer.get(reverse("bureau_erase", args=[on_post.pk]))
    assert "erasure_on_post" in page.content.decode()
