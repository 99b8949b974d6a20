"""Both records have an account: one of them is hers, and nobody goes on acting as the emptied record."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.registry import enlisting
from lms.registry.models import AuditEntry, Membership, Role, User
from tests import factories as f
from tests.registry.merging_scene import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def roles(scene: Scene) -> tuple[Membership, Membership]:
    """The absorbed record's person learns and manages her institution; the kept one's learns."""
    learner = f.make_learner(scene.other)
    f.make_learner(scene.kept)
    return learner, enlisting.grant(
        by=None, user=learner.user, role=Role.INSTITUTION_MANAGER, institution=scene.post.institution
    )


def page_of(session: Client) -> int:
    return session.get(reverse("institution_home")).status_code


def test_the_second_account_is_closed_and_opened_again(scene: Scene, roles: tuple[Membership, Membership]) -> None:
    account = roles[0].user
    # What she no longer is stays over.
    Membership.objects.create(user=account, role=Role.CENTRE_STAFF, centre=scene.run.centre, ended_at=timezone.now())
    session = f.signed_in(roles[1])
    assert page_of(session) == 200
    merge = scene.merge()
    account.refresh_from_db()
    assert not account.is_active
    assert not Membership.objects.current().filter(user=account).exists()
    assert page_of(session) == 302
    assert Membership.objects.current().filter(user__person=scene.kept).count() == 1
    assert merge.moved["left"]["registry_user"] == 1
    desk = f.signed_in(scene.officer).get(reverse("bureau_merge", args=[merge.pk])).content.decode()
    assert "账号已停用" in desk
    scene.unmerge(merge)
    account.refresh_from_db()
    assert account.is_active
    assert set(Membership.objects.current().filter(user=account)) == set(roles)
    acts = AuditEntry.objects.filter(subject_kind="user", subject_id=str(account.pk), actor=scene.officer.user)
    assert [act.action for act in acts] == ["account.close", "account.reopen"]
    desk = f.signed_in(scene.officer).get(reverse("bureau_merge", args=[merge.pk])).content.decode()
    assert "账号已停用" not in desk


def test_the_only_account_goes_over_with_its_roles(scene: Scene) -> None:
    learner = f.make_learner(scene.other)
    scene.merge()
    account = User.objects.get(pk=learner.user_id)
    assert (account.person, account.is_active) == (scene.kept, True)
    assert Membership.objects.current().get(user=account) == learner
    assert not AuditEntry.objects.filter(action="account.close").exists()


def test_an_account_that_was_closed_before_stays_closed(scene: Scene, roles: tuple[Membership, Membership]) -> None:
    User.objects.filter(pk=roles[0].user_id).update(is_active=False)
    merge = scene.merge()
    scene.unmerge(merge)
    assert not User.objects.get(pk=roles[0].user_id).is_active
