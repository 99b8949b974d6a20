"""An entry is approved once, and never against a ban that came first (real threads, real locks)."""

from typing import Any

import pytest
from django.utils import timezone

from certification import entering
from certification.models import EntryReview, EntryState
from lms.registry.models import AuditEntry, Ban, Notice, Post
from tests import factories
from tests.certification.entry_scene import Scene, make_scene, submitted
from tests.certification.test_issue_race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def approved(by: Any, entry: EntryReview) -> str:
    """The state the entry came to, or the code it was refused with."""
    answer = entering.approve_many(by=by, entries=[entry])
    return answer.done[0].state if answer.done else answer.refused[0][1].code


def test_two_approvals_at_once_make_one_post(scene: Scene) -> None:
    entry = submitted(scene)
    colleague = factories.make_officer(scene.institution.region)
    officers = [scene.officer, colleague, scene.officer, colleague]
    answers = at_once(*[lambda by=by: approved(by, entry) for by in officers])
    assert sorted(answers) == ["approved", "entry_state", "entry_state", "entry_state"]
    entry.refresh_from_db()
    assert Post.objects.get(person=entry.person) == entry.post
    assert AuditEntry.objects.filter(action="entry.approve").count() == 1
    assert Notice.objects.filter(code="entry_approved").count() == 1


@pytest.mark.parametrize("again", range(3))
def test_an_approval_and_a_ban_never_both_win(scene: Scene, again: int) -> None:
    entry = submitted(scene)
    ban = factories.make_ban(entry.person, confirmed=False)
    officer = factories.make_officer().user

    def confirm() -> str:
        row = Ban.objects.get(pk=ban.pk)
        row.confirmed_by, row.confirmed_at = officer, timezone.now()
        row.save(update_fields=["confirmed_by", "confirmed_at"])
        return "confirmed"

    answer, confirmed = at_once(lambda: approved(scene.officer, entry), confirm)
    assert confirmed == "confirmed"
    entry.refresh_from_db()
    if answer == "person_barred":
        assert entry.state == EntryState.SUBMITTED
        assert not Post.objects.filter(person=entry.person).exists()
    else:
        # It was there first, and the ban ends what it may do.
        assert answer == entry.state == EntryState.APPROVED
        assert Post.objects.get(person=entry.person) == entry.post
    assert Ban.objects.standing().get().person == entry.person


def test_an_approval_after_a_confirmed_ban_puts_nobody_on_post(scene: Scene) -> None:
    entry = submitted(scene)
    factories.make_ban(entry.person)
    answers = at_once(*[lambda: approved(scene.officer, entry)] * 3)
    assert answers == ["person_barred"] * 3
    assert not Post.objects.filter(person=entry.person).exists()
