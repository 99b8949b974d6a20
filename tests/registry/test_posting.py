"""Placing and ending: what a statement changes, and what it doesn't."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.registry import absenting, grouping, posting
from lms.registry.models import AuditEntry, Institution, Person, Post
from tests.factories import annul, make_ban, make_institution, make_officer, make_person, make_post

pytestmark = pytest.mark.django_db

SINCE = date(2024, 3, 5)


@pytest.fixture
def person() -> Person:
    return make_person()


@pytest.fixture
def institution() -> Institution:
    return make_institution()


def place(person: Person, institution: Institution, kind: str = "carer", since: date = SINCE, **told: object) -> Post:
    return posting.place_on_post(
        by=make_officer(), person=person, institution=institution, kind=kind, started_on=since, **told
    )


def test_placing_twice_changes_nothing_the_second_time(person: Person, institution: Institution) -> None:
    post = place(person, institution, health_number="A1")
    stamp = Post.objects.get().updated_at
    assert place(person, institution, health_number="A1") == post
    row = Post.objects.get()
    assert (row.kind, row.started_on, row.state, row.health_number) == ("carer", SINCE, "on_post", "A1")
    assert row.updated_at == stamp
    assert [entry.action for entry in AuditEntry.objects.filter(subject_kind="post")] == ["post.place"]


def test_what_is_told_later_is_taken_over(person: Person, institution: Institution) -> None:
    place(person, institution, health_number="A1")
    place(person, institution, since=date(2024, 2, 1), health_expires_on=date(2026, 5, 1), health_number="")
    row = Post.objects.get()
    assert (row.started_on, row.health_number) == (date(2024, 2, 1), "A1")
    assert row.health_expires_on == date(2026, 5, 1)
    assert AuditEntry.objects.get(action="post.update").after == {"fields": ["health_expires_on", "started_on"]}


def test_another_kind_ends_the_post_and_begins_a_new_one(person: Person, institution: Institution) -> None:
    place(person, institution, health_number="A1")
    place(person, institution, kind="teacher")
    today = timezone.localdate()
    old, new = Post.objects.order_by("recorded_at")
    assert (old.kind, old.state, old.ended_on) == ("carer", "left", today)
    assert (new.kind, new.started_on, new.ended_on, new.health_number) == ("teacher", today, None, "A1")
    place(person, institution, kind="teacher")  # the same list once more
    assert Post.objects.count() == 2
    assert Post.objects.get(pk=new.pk).started_on == today


def test_an_old_list_does_not_bring_back_who_has_left(person: Person, institution: Institution) -> None:
    post = place(person, institution)
    posting.end_post(by=make_officer(), post=post, on=date(2025, 1, 1), reason="离职")
    assert place(person, institution) == post
    assert Post.objects.filter(ended_on__isnull=True).count() == 0
    again = place(person, institution, since=date(2025, 6, 1))
    assert (again.started_on, again.ended_on) == (date(2025, 6, 1), None)


def test_two_institutions_are_two_posts(person: Person, institution: Institution) -> None:
    place(person, institution)
    place(person, make_institution())
    assert Post.objects.filter(ended_on__isnull=True).count() == 2


def test_a_barred_person_is_refused_and_after_annulment_placed(person: Person, institution: Institution) -> None:
    ban = make_ban(person)
    with pytest.raises(DomainError) as refusal:
        place(person, institution)
    assert refusal.value.code == "person_barred"
    assert not Post.objects.exists()
    annul(ban)
    assert place(person, institution).pk


def test_ending_needs_a_reason_and_a_possible_day() -> None:
    post = make_post(started_on=SINCE)
    tomorrow = timezone.localdate() + timedelta(days=1)
    for on, reason, code in (
        (date(2025, 1, 1), " ", "reason_missing"),
        (date(2024, 3, 4), "离职", "post_dates"),
        (tomorrow, "离职", "post_dates"),
    ):
        with pytest.raises(DomainError) as refusal:
            posting.end_post(by=make_officer(), post=post, on=on, reason=reason)
        assert refusal.value.code == code
    row = posting.end_post(by=make_officer(), post=post, on=date(2025, 1, 1), reason="离职")
    row.refresh_from_db()
    assert (row.state, row.ended_on) == ("left", date(2025, 1, 1))
    assert AuditEntry.objects.filter(action="post.end", after__reason="离职").count() == 1
    with pytest.raises(DomainError) as refusal:
        posting.end_post(by=make_officer(), post=post, on=date(2025, 1, 1), reason="离职")
    assert refusal.value.code == "post_ended"


def test_open_leave_and_duties_end_with_the_post() -> None:
    post = make_post(started_on=SINCE)
    group = grouping.open_class(by=None, institution=post.institution, name="大班", kind="infant", opened_on=SINCE)
    duty = grouping.assign(by=None, group=group, post=post, on=SINCE)
    leave = absenting.begin_leave(by=None, post=post, kind="sick", on=date(2025, 1, 20))
    posting.end_post(by=make_officer(), post=post, on=date(2025, 1, 1), reason="离职")
    duty.refresh_from_db()
    leave.refresh_from_db()
    assert (duty.ended_on, leave.ended_on) == (date(2025, 1, 1), date(2025, 1, 20))
