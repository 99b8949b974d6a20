"""Records that may be one person: found once, decided by people, and never merged by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.jobs.models import Job, JobState
from lms.registry import access, admitting, deduplicating, tasks
from lms.registry.models import AuditEntry, Membership, Person, PossibleDuplicate
from lms.registry.rosters.identity import normalise_id
from tests import factories as f
from tests.registry.merging_scene import make_scene

pytestmark = pytest.mark.django_db
BORN = date(1990, 5, 1)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code == code


def staff(name: str, **kw: object) -> Person:
    return f.make_post(f.make_person(name=name, **kw)).person  # type: ignore[arg-type]


def pairs() -> set[frozenset[Person]]:
    return {frozenset((row.first, row.second)) for row in PossibleDuplicate.objects.all()}


def test_name_and_birthday_or_phone_make_a_question() -> None:
    one, same = staff("沈秋云", born_on=BORN), staff("沈秋云", born_on=BORN)
    staff("沈秋云", born_on=date(1990, 5, 2))
    staff("沈秋云")
    staff("沈秋芸", born_on=BORN)
    caller, again = staff("李一", phone="13900001111"), staff("李二", phone="13900001111")
    staff("李三", phone="13900001112")
    assert deduplicating.search() == 2
    assert pairs() == {frozenset((one, same)), frozenset((caller, again))}
    assert sorted(PossibleDuplicate.objects.values_list("likeness", flat=True)) == ["name_birth", "phone"]
    assert Person.objects.filter(merged_into__isnull=False).count() == 0
    assert deduplicating.search() == 0


def test_an_institutions_phone_says_nothing() -> None:
    for number in range(deduplicating.SHARED_PHONE + 1):
        staff(f"李{number}", phone="02167000000")
    assert deduplicating.search() == 0


def test_what_was_decided_is_not_asked_again() -> None:
    staff("沈秋云", born_on=BORN)
    staff("沈秋云", born_on=BORN)
    deduplicating.search()
    officer = f.make_officer()
    assert deduplicating.tell_apart(by=officer, pairs=PossibleDuplicate.objects.all(), reason="两个身份证") == 1
    row = PossibleDuplicate.objects.get()
    assert (row.decision, row.decided_by, row.reason) == ("different", officer.user, "两个身份证")
    assert AuditEntry.objects.filter(action="person.different").count() == 1
    assert deduplicating.search() == 0
    with refused("duplicate_decided"):
        deduplicating.tell_apart(by=officer, pairs=[row])
    named = deduplicating.name_pair(by=officer, one=row.second, other=row.first)
    assert (named, named.decision) == (row, "")


def test_whose_queue_it_is() -> None:
    here, elsewhere = f.make_institution(), f.make_institution(region=f.qingpu())
    for institution in (here, elsewhere):
        f.make_post(f.make_person(name="沈秋云", born_on=BORN), institution)
    deduplicating.search()
    row = PossibleDuplicate.objects.get()
    city = f.make_officer(f.make_region("310000"))
    for by in (f.make_officer(), f.make_officer(f.qingpu()), f.make_manager(here), f.make_trainer()):
        assert not deduplicating.queue(by).exists()
        with pytest.raises(DomainError):
            deduplicating.tell_apart(by=by, pairs=[row])
    assert deduplicating.queue(city).get() == deduplicating.queue(f.make_admin()).get() == row
    with refused("not_allowed"):
        deduplicating.tell_apart(by=f.make_supervisor(city.region), pairs=[row])
    assert deduplicating.tell_apart(by=city, pairs=[row]) == 1


def test_a_merged_record_waits_no_longer() -> None:
    scene = make_scene()
    third = staff("沈秋云", born_on=BORN)
    deduplicating.search()
    assert len(pairs()) == 3
    scene.merge()
    left = deduplicating.waiting(deduplicating.queue(scene.officer)).get()
    assert {left.first, left.second} == {scene.kept, third}
    with refused("same_record"):
        deduplicating.name_pair(by=scene.officer, one=third, other=third)


@pytest.mark.django_db(transaction=True)
def test_the_job_goes_on_where_it_was_and_runs_once_a_night() -> None:
    staff("沈秋云", born_on=BORN)
    staff("沈秋云", born_on=BORN)
    tasks.search_for_duplicates()
    tasks.search_for_duplicates()
    job = Job.objects.get(kind="find_duplicates")
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["found"], job.done) == (JobState.DONE, 1, 1)
    steps: list[tuple[int, int]] = []
    assert deduplicating.search(lambda done, total: steps.append((done, total)), begin=1) == 0
    assert steps == []


# --- Learners without an employer -----------------------------------------------------------


def admit(by: Membership, name: str = "顾晓岚", number: str = "", **kw: object) -> Person:
    document = normalise_id(number or f.make_id_number(), today=date(2026, 1, 1))
    values = {"consent": True, "phone": "13912345678"} | kw
    return admitting.admit_learner(by=by, name=name, document=document, **values)  # type: ignore[arg-type]


def test_a_learner_needs_no_post() -> None:
    centre = f.make_centre()
    number = f.make_id_number()
    learner = admit(f.make_trainer(centre), number=number)
    assert (learner.registered_in, learner.posts.count()) == (centre.region, 0)
    assert admit(f.make_officer(), number=number) == learner
    assert AuditEntry.objects.filter(action="person.admit").count() == 1
    assert learner in access.people(f.make_officer())
    assert learner not in access.people(f.make_officer(f.qingpu()))


def test_of_somebody_known_nothing_is_changed() -> None:
    number = f.make_id_number()
    known = f.make_post(f.make_person(name="顾晓岚", number=number, phone="13700000000")).person
    with refused("name_differs"):
        admit(f.make_trainer(), "顾小岚", number)
    assert admit(f.make_trainer(), number=number) == known
    known.refresh_from_db()
    assert (known.phone, known.registered_in) == ("13700000000", None)


def test_who_may_not_be_entered() -> None:
    number = f.make_id_number()
    f.make_ban(f.make_person(name="顾晓岚", number=number))
    with refused("person_barred"):
        admit(f.make_officer(), number=number)
    with refused("consent_missing"):
        admit(f.make_officer(), consent=False)
    for by in (f.make_supervisor(), f.make_manager(), f.make_learner()):
        with refused("not_allowed"):
            admit(by)
