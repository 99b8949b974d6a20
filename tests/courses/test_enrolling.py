"""Enrolling: one, many, refused, back again, and never more than there are places."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from courses import enrolling, tasks
from courses.models import Enrollment
from lms.jobs import running
from lms.jobs.errors import DomainError
from lms.registry.models import AuditEntry, Person, Post
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db


def enrol(run, person, source="centre"):
    return enrolling.enrol(by=factories.make_trainer(run.centre), run=run, person=person, source=source)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_enrol():
    run, post = factories.make_run(), factories.make_post()
    by = factories.make_trainer(run.centre)
    row = enrolling.enrol(by=by, run=run, person=post.person, source="centre", institution=post.institution)
    row.refresh_from_db()
    assert (row.state, row.source, row.institution, row.enrolled_by) == (
        "enrolled",
        "centre",
        post.institution,
        by.user,
    )
    assert AuditEntry.objects.get(action="enrol").subject_id == str(row.pk)


@pytest.mark.parametrize("state", ["planned", "finished", "cancelled"])
def test_refuses_a_closed_run(state):
    run = factories.make_run(state=state)
    assert code_of(lambda: enrol(run, factories.make_person())) == "run_closed"


def test_refuses_a_second_time_and_when_full():
    run, person = factories.make_run(capacity=1), factories.make_person()
    enrol(run, person)
    assert code_of(lambda: enrol(run, person)) == "already_enrolled"
    assert code_of(lambda: enrol(run, factories.make_person())) == "run_full"
    assert Enrollment.objects.count() == 1


def test_refuses_two_places_at_once():
    person = factories.make_person()
    one, other, later = factories.make_run(), factories.make_run(), factories.make_run()
    factories.make_session(one, at("2025-03-05 09:00"))
    factories.make_session(other, at("2025-03-05 11:00"))
    factories.make_session(later, at("2025-03-05 12:00"))
    enrol(one, person)
    assert code_of(lambda: enrol(other, person)) == "session_clash"
    enrol(later, person)
    assert set(person.enrollments.values_list("run", flat=True)) == {one.pk, later.pk}


def test_a_withdrawn_or_cancelled_run_clashes_with_nothing():
    person = factories.make_person()
    cancelled, left, wanted = factories.make_run(state="cancelled"), factories.make_run(), factories.make_run()
    for run in (cancelled, left, wanted):
        factories.make_session(run, at("2025-03-05 09:00"))
    factories.make_enrollment(cancelled, person)
    factories.make_enrollment(left, person, state="withdrawn")
    assert enrol(wanted, person).state == "enrolled"


def test_refuses_the_banned_and_restores_after_annulment():
    run, person = factories.make_run(), factories.make_person()
    ban = factories.make_ban(person)
    assert code_of(lambda: enrol(run, person)) == "person_barred"
    assert not Enrollment.objects.exists()
    factories.annul(ban)
    assert enrol(run, person).state == "enrolled"


def test_withdraw_and_come_back():
    run, person = factories.make_run(capacity=1), factories.make_person()
    by = factories.make_trainer(run.centre)
    row = enrol(run, person)
    assert enrolling.withdraw(by=by, enrollment=row).state == "withdrawn"
    assert code_of(lambda: enrolling.withdraw(by=by, enrollment=row)) == "not_enrolled"
    back = enrol(run, person, source="self")
    assert (back.pk, back.source) == (row.pk, "self")


def test_the_banned_do_not_come_back():
    run, person = factories.make_run(), factories.make_person()
    factories.make_enrollment(run, person, state="withdrawn")
    factories.make_ban(person)
    assert code_of(lambda: enrol(run, person)) == "person_barred"
    assert Enrollment.objects.get().state == "withdrawn"


def test_no_withdrawal_after_the_result():
    run = factories.make_run()
    row = factories.make_enrollment(run, state="passed")
    assert code_of(lambda: enrolling.withdraw(by=factories.make_trainer(run.centre), enrollment=row)) == "run_state"


def test_many_are_enrolled_kept_or_refused_each_with_a_code():
    run = factories.make_run(capacity=3)
    by = factories.make_trainer(run.centre)
    known, banned, clashing, fresh, late, too_late = (factories.make_person() for _ in range(6))
    elsewhere = factories.make_session(starts_at=at("2025-03-05 09:00"))
    factories.make_session(run, at("2025-03-05 09:00"))
    factories.make_enrollment(elsewhere.run, clashing)
    factories.make_enrollment(run, known)
    factories.make_ban(banned)
    people = [known, banned, clashing, fresh, fresh, late, too_late]
    report = enrolling.enrol_many(by=by, run=run, people=people)
    assert [row.person for row in report.enrolled] == [fresh, late]
    assert [row.person for row in report.kept] == [known]
    assert report.refused == [(banned, "person_barred"), (clashing, "session_clash"), (too_late, "run_full")]
    assert run.enrollments.count() == 3


def test_many_take_a_constant_number_of_queries(django_assert_max_num_queries):
    run = factories.make_run(capacity=500)
    factories.make_session(run)
    by = factories.make_trainer(run.centre)
    for number in (5, 120):
        people = factories.make_staff(factories.make_institution(), number)
        with django_assert_max_num_queries(20):
            assert len(enrolling.enrol_many(by=by, run=run, people=people).enrolled) == number


def test_job_enrols_whole_institutions_and_can_be_repeated(monkeypatch):
    monkeypatch.setattr(tasks, "CHUNK", 4)
    run = factories.make_run()
    by = factories.make_trainer(run.centre)
    sites = [factories.make_institution(), factories.make_institution()]
    staff = [person for site in sites for person in factories.make_staff(site, 5)]
    factories.make_post(staff[0], sites[1])
    factories.make_ban(staff[1])
    factories.make_post(institution=factories.make_institution())
    job = tasks.enrol_institutions(by=by, run=run, institutions=[site.pk for site in sites])
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 10, 10)
    assert {key: job.result[key] for key in ("created", "kept", "refused")} == {
        "created": 9,
        "kept": 0,
        "refused": {"person_barred": 1},
    }
    assert [row["value"] for row in job.result["rejected"]] == [staff[1].name]
    assert set(run.enrollments.values_list("person", flat=True)) == {p.pk for p in staff} - {staff[1].pk}
    again = tasks.enrol_institutions(by=by, run=run, institutions=[site.pk for site in sites])
    running.run(again.pk)
    again.refresh_from_db()
    assert (again.result["created"], again.result["kept"]) == (0, 9)


@pytest.mark.slow
def test_thousands_are_enrolled_in_a_job_that_goes_on_where_it_was_killed(monkeypatch):
    run, site = factories.make_run(capacity=4000), factories.make_institution()
    by = factories.make_trainer(run.centre)
    people = Person.objects.bulk_create(Person(name=f"学员{n}", sort_key=f"xue yuan {n:05d}") for n in range(3500))
    Post.objects.bulk_create(
        Post(person=person, institution=site, kind="carer", started_on=date(2024, 1, 1)) for person in people
    )
    job = tasks.enrol_institutions(by=by, run=run, institutions=[site.pk])
    enrol_many, chunks = enrolling.enrol_many, []

    def killed_in_the_tenth(**kw):
        chunks.append(len(kw["people"]))
        if len(chunks) == 10:
            raise KeyboardInterrupt
        return enrol_many(**kw)

    monkeypatch.setattr(enrolling, "enrol_many", killed_in_the_tenth)
    with pytest.raises(KeyboardInterrupt):
        running.run(job.pk)
    job.refresh_from_db()
    assert (job.done, job.total, run.enrollments.count()) == (1800, 3500, 1800)
    monkeypatch.setattr(enrolling, "enrol_many", enrol_many)
    # Its worker is gone: the lease runs out.
    type(job).objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.result["created"], job.result["refused"]) == ("done", 3500, 3500, {})
    assert run.enrollments.count() == 3500


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_ten_at_once_for_one_place():
    run = factories.make_run(capacity=1)
    by = factories.make_trainer(run.centre)
    people = [factories.make_person() for _ in range(10)]
    barrier = Barrier(10)

    def attempt(person) -> str:
        try:
            barrier.wait()
            enrolling.enrol(by=by, run=run, person=person, source="centre")
        except DomainError as refused:
            return refused.code
        finally:
            connection.close()
        return "enrolled"

    with ThreadPoolExecutor(10) as pool:
        outcomes = sorted(pool.map(attempt, people))
    assert outcomes == ["enrolled", *["run_full"] * 9]
    assert run.enrollments.count() == 1
