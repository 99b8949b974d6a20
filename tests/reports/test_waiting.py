"""What a desk shows first: papers that are due, and what a bureau has to decide."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from certification.models import EntryReview
from lms.registry import deduplicating
from lms.registry.models import CorrectionRequest, ErasureProposal, Likeness, PostKind
from reports import rules
from reports.metrics import Staff
from reports.waiting import Paper, bureau_tasks, due_papers
from tests.factories import (
    annul,
    make_ban,
    make_institution,
    make_manager,
    make_officer,
    make_post,
    make_user,
    qingpu,
)
from tests.registry.questions import make_query
from tests.reports.staff import DAY, certify

pytestmark = pytest.mark.django_db
GOOD: dict[str, Any] = {"health_expires_on": DAY + timedelta(365), "no_crime_checked_on": DAY - timedelta(30)}


@pytest.mark.parametrize(
    ("papers", "due"),
    [
        ({}, []),
        ({"health_expires_on": None}, [(Paper.HEALTH_MISSING, None)]),
        ({"health_expires_on": DAY - timedelta(1)}, [(Paper.HEALTH_EXPIRED, DAY - timedelta(1))]),
        ({"health_expires_on": DAY}, [(Paper.HEALTH_SOON, DAY)]),
        ({"health_expires_on": DAY + timedelta(30)}, []),
        ({"no_crime_checked_on": None}, [(Paper.CHECK_MISSING, None)]),
        ({"no_crime_checked_on": date(2024, 6, 29)}, [(Paper.CHECK_OVERDUE, date(2025, 6, 29))]),
        ({"no_crime_checked_on": date(2024, 6, 30)}, [(Paper.CHECK_SOON, DAY)]),
        ({"no_crime_checked_on": date(2024, 7, 30)}, []),
    ],
)
def test_papers(papers: dict[str, Any], due: list[tuple[Paper, date | None]]) -> None:
    post = make_post(**(GOOD | papers))
    staff = Staff(on=DAY, institution=post.institution)
    assert [(row.paper, row.day) for row in due_papers(staff)] == due


def test_what_is_over_comes_before_what_is_soon() -> None:
    site = make_institution()
    make_post(institution=site, **(GOOD | {"health_expires_on": DAY}))
    make_post(institution=site, **(GOOD | {"no_crime_checked_on": None}))
    barred = make_post(institution=site, **GOOD).person
    make_ban(barred)
    today = timezone.localdate()
    staff = Staff(on=today, institution=site)
    assert next(due.row.person_id for due in due_papers(staff)) == barred.pk
    papers = [due.paper for due in due_papers(Staff(on=DAY, institution=site))]
    assert papers == [Paper.CHECK_MISSING, Paper.HEALTH_SOON]


def test_a_check_counts_for_one_year_and_no_longer() -> None:
    assert rules.year_after(date(2024, 2, 29)) == date(2025, 2, 28)
    assert rules.year_after(date(2024, 6, 30)) == date(2025, 6, 30)


def test_tasks_of_a_bureau_are_its_own() -> None:
    officer, elsewhere = make_officer(), make_officer(qingpu())
    barred = make_post().person
    ban = make_ban(barred)
    make_ban(make_post().person, confirmed=False)
    certify(make_post().person, state="unverified")
    certify(make_post().person)
    make_query(make_manager())
    first, second = (make_post().person.pk for _ in range(2))
    deduplicating.note_pair(first, second, Likeness.PHONE)
    person = make_post().person
    CorrectionRequest.objects.create(person=person, about="name", text="姓名有误", asked_by=make_user())
    ErasureProposal.objects.create(person=person, reason="本人申请", proposed_by=make_user())
    EntryReview.objects.create(
        person=person,
        institution=make_institution(),
        kind=PostKind.CARER,
        planned_on=DAY,
        due_on=DAY,
        state="submitted",
        opened_by=make_user(),
    )
    tasks = bureau_tasks(officer)
    assert (tasks.queries, tasks.duplicates, tasks.corrections, tasks.erasures, tasks.entries) == (1, 1, 1, 1, 1)
    assert (tasks.barred_on_post, tasks.bans_proposed, tasks.qualifications) == (1, 1, 1)
    assert (tasks.annulments_proposed, tasks.rosters, tasks.vetoes) == (0, 0, 0)
    assert not bureau_tasks(elsewhere).any
    ban.annulment_reason, ban.annulment_proposed_by = "身份认定有误", make_officer().user
    ban.annulment_proposed_at = timezone.now()
    ban.save()
    assert bureau_tasks(officer).annulments_proposed == 1
    annul(ban)
    done = bureau_tasks(officer)
    assert (done.annulments_proposed, done.barred_on_post) == (0, 0)
