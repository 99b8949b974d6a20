"""Two records of one person: merged without losing an hour, a certificate or a post, and taken apart again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import Sum
from django.utils import timezone

from certification import assessing, issuing, revoking, verifying
from certification.models import Assessment, Certificate, Qualification
from certification.verifying import Status
from courses import attending, crediting, enrolling
from courses.attending import Mark
from courses.models import Attendance, Enrollment, HourEntry, TrainingYear
from lms.jobs.errors import DomainError
from lms.registry import banning, merging, posting
from lms.registry.models import (
    AuditEntry,
    Ban,
    Erasure,
    ErasureProposal,
    IdentityDocument,
    NameChange,
    Person,
    PersonMerge,
    PhoneCode,
    PossibleDuplicate,
    Post,
)
from tests import certified
from tests import factories as f
from tests.courses.correcting_scene import corrected
from tests.registry.merging_scene import Scene, attend, enrich, everything, held_session, make_scene, referring

pytestmark = pytest.mark.django_db

#: Tables that name a person and stay with the record they were written about, each with the reason.
STAY = {
    NameChange: "append-only, and shown with the merged record's name",
    PossibleDuplicate: "decided by the merge itself",
    PersonMerge: "the merge itself",
    Ban: "both barred records stay two",
    Erasure: "an erased record is not merged",
    ErasureProposal: "said of the one record it was made for",
    PhoneCode: "worth something for a few minutes",
}


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The verb inside refuses with exactly this code."""
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code == code


def minutes(*people: Person) -> int:
    return HourEntry.objects.filter(person__in=people).aggregate(n=Sum("minutes"))["n"] or 0


# --- What passes ----------------------------------------------------------------------------


def test_everything_of_one_belongs_to_the_other(scene: Scene) -> None:
    documents = set(IdentityDocument.objects.values_list("pk", flat=True))
    merge = scene.merge()
    scene.other.refresh_from_db()
    assert scene.other.merged_into == scene.kept
    assert set(scene.kept.documents.values_list("pk", flat=True)) == documents
    assert Post.objects.get(pk=scene.post.pk).person == scene.kept
    assert [row.person for row in Enrollment.objects.all()] == [scene.kept]
    assert [row.person for row in Attendance.objects.all()] == [scene.kept]
    assert Certificate.objects.get(pk=scene.certificate.pk).person == scene.kept
    assert minutes(scene.kept) == 180
    assert verifying.verify(scene.certificate.serial).status == Status.VALID
    entry = AuditEntry.objects.get(action="person.merge")
    assert (entry.subject_id, entry.after["kept"]) == (str(merge.pk), str(scene.kept.pk))  # type: ignore[index]


def test_every_table_that_names_a_person_has_its_place() -> None:
    passing = {belonging.model for belonging in merging.belongings}
    naming = {model for model, _column in referring()}
    assert naming == passing | set(STAY), "Say in `belongings` whether rows pass with a merge, or in STAY why not."
    assert not passing & set(STAY)


def test_merged_and_taken_apart_again_nothing_has_changed(scene: Scene) -> None:
    enrich(scene)
    assessing.assess_pending()
    before = everything(scene.kept, scene.other)
    count = {model: model.objects.count() for model in (HourEntry, Certificate, Post, Qualification, Attendance)}
    total = minutes(scene.kept, scene.other)
    merge = scene.merge()
    assert minutes(scene.kept, scene.other) == total
    assert {model: model.objects.count() for model in count} == count
    scene.unmerge(merge)
    after = everything(scene.kept, scene.other)
    assert after == before
    assert verifying.verify(scene.certificate.serial).status == Status.VALID


def test_what_both_have_stays_and_no_minute_counts_twice(scene: Scene) -> None:
    enrich(scene)
    own = minutes(scene.kept)
    scene.merge()
    # 180 of the pre-service run and 120 of her own session pass; the same session and the overlapping one stay.
    assert minutes(scene.kept) == own + 180 + 120
    assert minutes(scene.other) == 180 + 180
    assert sorted(scene.kept.qualifications.values_list("number", flat=True)) == ["A1", "B0", "B1"]
    assert [row.number for row in Qualification.objects.filter(person=scene.other)] == ["A1"]
    open_posts = Post.objects.filter(ended_on__isnull=True)
    assert {row.person for row in open_posts} == {scene.kept}
    assert open_posts.count() == 3
    second = Enrollment.objects.get(person=scene.other)
    assert second.state == "withdrawn"
    spells = Post.objects.filter(person=scene.kept, kind="teacher").order_by("started_on")
    assert [(row.started_on, row.ended_on) for row in spells] == [
        (date(2024, 3, 1), None),
        (date(2024, 3, 2), date(2024, 3, 2)),
    ]


def test_the_training_years_say_what_the_ledger_says(scene: Scene) -> None:
    enrich(scene)
    own = TrainingYear.objects.get(person=scene.kept, year=2025).skill_minutes
    merge = scene.merge()
    year = TrainingYear.objects.get(person=scene.kept, year=2025)
    left = TrainingYear.objects.get(person=scene.other, year=2025)
    assert (year.skill_minutes, left.skill_minutes) == (own + 120, 360)
    assert {row.year for row in assessing.waiting().filter(person=scene.kept)} >= {2025}
    assessing.assess_pending()
    assert Assessment.objects.get(person=scene.kept, year=2025).earned_skill == own + 120
    assert not Assessment.objects.filter(person=scene.other, year=2025).exists()
    scene.unmerge(merge)
    assert TrainingYear.objects.get(person=scene.kept, year=2025).skill_minutes == own
    assessing.assess_pending()
    assert Assessment.objects.get(person=scene.other, year=2025).earned_skill == 480


def test_two_certificates_for_one_thing_stay_two(scene: Scene) -> None:
    attend(scene.trainer, scene.session, scene.kept)
    scene.run.enrollments.filter(person=scene.kept).update(state="passed")
    mine = certified.issue_post(enrollment=scene.run.enrollments.get(person=scene.kept))
    merge = scene.merge()
    assert {row.person_id for row in Certificate.objects.filter(pk=mine.pk)} == {scene.kept.pk}
    assert Certificate.objects.get(pk=scene.certificate.pk).person == scene.other
    assert verifying.verify(scene.certificate.serial).status == Status.VALID
    assert merge.moved["left"]["certification_certificate"] == 1
    issuing.issue_pending()  # the second place of the run is nobody's queue
    assert Certificate.objects.count() == 2
    f.make_ban(scene.kept)
    assert verifying.verify(scene.certificate.serial).status == Status.BARRED
    assert not Certificate.objects.valid_on(timezone.localdate() + timedelta(days=1)).exists()


def test_a_record_that_absorbed_another_may_be_absorbed(scene: Scene) -> None:
    third = f.make_post(name_of := f.make_person(name="沈秋云")).person
    assert third == name_of
    first = scene.merge()
    second = merging.merge(by=scene.officer, kept=third, absorbed=scene.kept, reason="三条是一个人")
    assert set(Person.objects.filter(merged_into=third)) == {scene.kept, scene.other}
    with refused("merge_nested"):
        scene.unmerge(first)
    scene.unmerge(second)
    assert Person.objects.get(pk=scene.other.pk).merged_into == scene.kept
    scene.unmerge(PersonMerge.objects.get(pk=first.pk))
    assert Certificate.objects.get(pk=scene.certificate.pk).person == scene.other


# --- Since then -----------------------------------------------------------------------------


def test_what_came_to_a_moved_row_goes_back_with_it(scene: Scene) -> None:
    attend(scene.trainer, session := held_session(), scene.other)
    merge = scene.merge()
    row = Attendance.objects.get(session=session)
    corrected(
        by=scene.trainer,
        attendance=row,
        arrived_at=session.starts_at,
        left_at=session.starts_at + timedelta(minutes=60),
        reason="提前离开",
    )
    later = f.make_session(session.run, session.starts_at + timedelta(days=1))
    attending.call_roll(by=scene.trainer, session=later, marks=[Mark(scene.kept, later.starts_at, later.ends_at)])
    assert minutes(scene.kept) == 180 + 60 + 180
    scene.unmerge(merge)
    assert (minutes(scene.kept), minutes(scene.other)) == (0, 180 + 60 + 180)
    assert Attendance.objects.filter(person=scene.kept).count() == 0


def test_a_new_version_of_a_moved_certificate_goes_back_with_it(scene: Scene) -> None:
    merge = scene.merge()
    moved = Certificate.objects.get(pk=scene.certificate.pk)
    newer = issuing.supersede(by=scene.officer, certificate=moved, name="沈秋芸", reason="错字")
    scene.unmerge(merge)
    assert {row.person for row in Certificate.objects.all()} == {scene.other}
    assert verifying.verify(newer.serial).status == Status.VALID


def test_a_certificate_on_the_hours_of_both_must_be_revoked_first(scene: Scene) -> None:
    f.make_standard(year_from=2001, skill_hours=4, ethics_hours=0)
    attend(scene.trainer, held_session(), scene.kept)
    attend(scene.trainer, held_session("2025-05-10 09:00"), scene.other)
    merge = scene.merge()
    Assessment.objects.all().delete()
    assessing.assess(person=scene.kept, year=2025)
    Assessment.objects.filter(person=scene.kept).update(reached=True)
    yearly = certified.issue_yearly(person=scene.kept, year=2025)
    assert yearly.entries.count() == 2
    with refused("merge_spent"):
        scene.unmerge(merge)
    assert PersonMerge.objects.get(pk=merge.pk).undone_at is None
    revoking.revoke(by=scene.officer, certificate=yearly, reason="两人学时混在一起")
    scene.unmerge(merge)
    assert Certificate.objects.get(pk=yearly.pk).person == scene.kept


def test_a_second_reversal_stays_possible_on_what_was_left_behind(scene: Scene) -> None:
    """What is wrong with hours that stayed can still be put right."""
    enrich(scene)
    scene.merge()
    for entry in HourEntry.objects.filter(person=scene.other):
        crediting.reverse(by=scene.officer, entries=[entry], note="重复")
    assert minutes(scene.other) == 0


# --- Nothing new for a merged record --------------------------------------------------------


def test_nothing_new_for_a_merged_record(scene: Scene) -> None:
    run = f.make_run()
    attend(scene.trainer, session := f.make_session(run), scene.kept)
    scene.merge()
    gone = Person.objects.get(pk=scene.other.pk)
    with refused("merged_record"):
        posting.place_on_post(
            by=scene.officer, person=gone, institution=f.make_institution(), kind="carer", started_on=date(2025, 1, 1)
        )
    with refused("merged_record"):
        enrolling.enrol(by=scene.trainer, run=run, person=gone, source="centre")
    with refused("merged_record"):
        banning.propose_ban(
            by=scene.officer,
            person=gone,
            scope="person",
            case_number="A1",
            summary="x",
            legal_basis="x",
            decision=f.make_file(),
        )
    below: list[models.Model] = [
        Post(person=gone, institution=f.make_institution(), kind="carer", started_on=date(2025, 1, 1)),
        Enrollment(person=gone, run=run, source="self", enrolled_by=f.make_user()),
        Attendance(
            person=gone,
            session=session,
            state="absent",
            minutes=0,
            recorded_by=f.make_user(),
        ),
        HourEntry(
            person=gone,
            session=session,
            bucket="skill",
            minutes=1,
            day=date(2025, 3, 1),
            year=2025,
            source="session",
            rule_version="1",
        ),
    ]
    for row in below:
        with pytest.raises(IntegrityError, match="guard:merged_record"), transaction.atomic():
            row.save(force_insert=True)
        with pytest.raises(IntegrityError, match="guard:merged_record"), transaction.atomic():
            type(row)._base_manager.bulk_create([row])
    assert not everything(gone)["registry_post.person_id"]
    report = enrolling.enrol_many(by=scene.trainer, run=run, people=[gone, f.make_person()])
    assert [(code, len(report.enrolled)) for _person, code in report.refused] == [("merged_record", 1)]


# --- Bans -----------------------------------------------------------------------------------


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("who", ["kept", "other"])
def test_both_records_of_a_barred_person_stay_two(scene: Scene, who: str, confirmed: bool) -> None:
    ban = f.make_ban(getattr(scene, who), confirmed=confirmed)
    with refused("merge_barred"):
        scene.merge()
    with pytest.raises(IntegrityError, match="guard:merge_barred"), transaction.atomic():
        PersonMerge.objects.create(kept=scene.kept, absorbed=scene.other, reason="x", merged_by=scene.officer.user)
    if who == "other":
        with pytest.raises(IntegrityError, match="guard:merge_barred"), transaction.atomic():
            Person.objects.filter(pk=scene.other.pk).update(merged_into=scene.kept)
    assert not PersonMerge.objects.exists()
    if confirmed:
        f.annul(ban)
        scene.merge()


def test_no_escape_out_of_a_ban_by_undoing_a_merge(scene: Scene) -> None:
    merge = scene.merge()
    ban = f.make_ban(scene.kept)
    with refused("merge_barred"):
        scene.unmerge(merge)
    assert Person.objects.get(pk=scene.other.pk).merged_into == scene.kept
    f.annul(ban)
    scene.unmerge(merge)


# --- Who may, and what is asked -------------------------------------------------------------


def test_refusals(scene: Scene) -> None:
    with refused("reason_missing"):
        merging.merge(by=scene.officer, kept=scene.kept, absorbed=scene.other, reason=" ")
    with refused("same_record"):
        merging.merge(by=scene.officer, kept=scene.kept, absorbed=scene.kept, reason="x")
    for by in (f.make_supervisor(), f.make_manager(scene.post.institution), f.make_admin()):
        with refused("not_allowed"):
            merging.merge(by=by, kept=scene.kept, absorbed=scene.other, reason="x")
    with refused("not_found"):
        merging.merge(by=f.make_officer(f.qingpu()), kept=scene.kept, absorbed=scene.other, reason="x")
    herself = f.make_officer(user=f.make_user(person=scene.kept))
    with refused("own_case"):
        merging.merge(by=herself, kept=scene.kept, absorbed=scene.other, reason="x")
    merge = scene.merge()
    with refused("reason_missing"):
        merging.unmerge(by=scene.officer, merge=merge, reason="")
    third = f.make_post().person
    for pair in ((scene.kept, scene.other), (third, scene.other), (scene.other, third)):
        with pytest.raises(DomainError) as refusal:
            merging.merge(by=scene.officer, kept=pair[0], absorbed=pair[1], reason="x")
        assert refusal.value.code in ("merged_record", "not_found")
    scene.unmerge(merge)
    with refused("merge_undone"):
        scene.unmerge(merge)


def test_a_merge_decides_the_pair_in_the_queue(scene: Scene) -> None:
    first, second = sorted((scene.kept.pk, scene.other.pk))
    pair = PossibleDuplicate.objects.create(first_id=first, second_id=second, likeness="name_birth")
    merge = scene.merge()
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_by) == ("merged", scene.officer.user)
    scene.unmerge(merge)
    pair.refresh_from_db()
    assert pair.decision == "different"
