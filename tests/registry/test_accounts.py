"""Accounts, roles, signing in and out, one's password."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from lms.jobs.errors import DomainError
from lms.registry import enlisting
from lms.registry.middleware import address_of
from lms.registry.models import AuditEntry, Membership, Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db

PASSWORD = "qiu-tian-de-yezi-7"


def account() -> User:
    return enlisting.open_account(username=f"acc{f.next_number()}", password=PASSWORD, name="王静")


def test_a_new_account_has_a_hashed_password_and_no_role() -> None:
    person = f.make_person()
    user = enlisting.open_account(username="wj", password=PASSWORD, name="王静", person=person)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert PASSWORD not in user.password
    assert (user.person, user.is_staff, user.is_superuser, user.memberships.count()) == (person, False, False, 0)
    assert AuditEntry.objects.get(action="account.open").after == {"username": "wj"}


@pytest.mark.parametrize("weak", ["", "short-1", "1234567890", "wangjing01"])
def test_a_weak_password_opens_nothing(weak: str) -> None:
    with pytest.raises(ValidationError):
        enlisting.open_account(username="wangjing01", password=weak, name="王静")
    assert not User.objects.filter(username="wangjing01").exists()


def test_a_role_is_granted_once_and_ended_once() -> None:
    user, admin = account(), f.make_admin()
    scope: dict[str, Any] = {"user": user, "role": Role.BUREAU_OFFICER, "region": f.songjiang()}
    first = enlisting.grant(by=admin, **scope)
    assert enlisting.grant(by=None, **scope) == first
    assert enlisting.end(by=admin, membership=first).ended_at is not None
    enlisting.end(by=admin, membership=first)
    again = enlisting.grant(by=admin, **scope)
    assert again != first
    actions = AuditEntry.objects.filter(subject_kind="membership").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["membership.grant", "membership.end", "membership.grant"]


@pytest.mark.parametrize("persona", [role for role in Role if role != Role.PLATFORM_ADMIN])
def test_only_the_platform_grants(persona: Role) -> None:
    by, user = f.every_persona()[persona], account()
    held = f.make_membership(Role.LEARNER, user=user)
    with pytest.raises(DomainError) as refusal:
        enlisting.grant(by=by, user=user, role=Role.PLATFORM_ADMIN)
    assert refusal.value.code == "not_allowed"
    with pytest.raises(DomainError) as refusal:
        enlisting.end(by=by, membership=held)
    assert refusal.value.code == "not_allowed"
    assert list(user.memberships.filter(ended_at__isnull=True)) == [held]


def test_a_scope_that_does_not_fit_the_role() -> None:
    with pytest.raises(IntegrityError, match="membership_scope_fits_role"), transaction.atomic():
        enlisting.grant(by=None, user=account(), role=Role.BUREAU_OFFICER, institution=f.make_institution())
    assert not Membership.objects.filter(role=Role.BUREAU_OFFICER).exists()


def test_wagtail_is_open_as_long_as_one_edits() -> None:
    user = account()
    membership = enlisting.grant(by=None, user=user, role=Role.CONTENT_EDITOR)
    user.refresh_from_db()
    assert user.is_staff
    assert user.groups.get() == Group.objects.get(name="内容编辑")
    enlisting.grant(by=None, user=user, role=Role.LEARNER)
    enlisting.end(by=None, membership=membership)
    user.refresh_from_db()
    assert not user.is_staff
    assert not user.groups.exists()


# --- Signing in -----------------------------------------------------------------------------


def sign_in(client: Client, user: User, password: str = PASSWORD, **more: str) -> Any:
    return client.post(reverse("sign_in"), {"username": user.username, "password": password, **more})


def test_in_and_out(client: Client) -> None:
    user = account()
    f.make_membership(Role.BUREAU_OFFICER, user=user)
    page = client.get(reverse("sign_in"))
    assert page.status_code == 200
    assert b"password" in page.content
    answer = sign_in(client, user)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home_of_role"))
    assert client.get(reverse("sign_in"))["Location"] == reverse("home_of_role")
    assert client.get(reverse("sign_out")).status_code == 405
    assert client.post(reverse("sign_out"))["Location"] == reverse("sign_in")
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_and_unknown_names_look_the_same(client: Client) -> None:
    user = account()
    wrong = sign_in(client, user, "wrong")
    nobody = client.post(reverse("sign_in"), {"username": "nobody", "password": "wrong"})
    errors = [answer.context["form"].non_field_errors() for answer in (wrong, nobody)]
    assert list(errors[0]) == list(errors[1])
    assert errors[0]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(client: Client, where: str) -> None:
    assert sign_in(client, account(), next=where)["Location"] == reverse("home_of_role")


def test_signing_in_leads_back_to_where_one_was_going(client: Client) -> None:
    user = account()
    f.make_membership(Role.BUREAU_OFFICER, user=user)
    target = reverse("bureau_bans")
    gate = client.get(target)
    assert gate["Location"] == f"{reverse('sign_in')}?next={target}"
    assert sign_in(client, user, next=target)["Location"] == target


def test_after_eight_failures_even_the_right_password_waits(client: Client) -> None:
    user, other = account(), account()
    for _ in range(8):
        answer = sign_in(client, user, "wrong")
    assert answer.status_code == 429
    locked = sign_in(client, user)
    assert locked.status_code == 429
    assert "registry/locked_out.html" in [template.name for template in locked.templates]
    assert "_auth_user_id" not in client.session
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), user).status_code == 429
    # A colleague behind the same address is not shut out.
    assert sign_in(Client(), other).status_code == 302


def test_behind_a_proxy_the_address_is_what_the_proxy_added(settings: Settings, rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.4")
    settings.BEHIND_PROXY = False
    assert address_of(request) == "10.0.0.1"
    settings.BEHIND_PROXY = True
    assert address_of(request) == "198.51.100.4"


# --- Roles in a session ---------------------------------------------------------------------

HOMES = {
    Role.BUREAU_OFFICER: "bureau_home",
    Role.BUREAU_SUPERVISOR: "bureau_home",
    Role.PLATFORM_ADMIN: "bureau_home",
    Role.INSTITUTION_MANAGER: "institution_home",
    Role.CENTRE_STAFF: "centre_home",
    Role.LEARNER: "my_home",
    Role.CONTENT_EDITOR: "wagtailadmin_home",
}


@pytest.mark.parametrize("role", Role)
def test_home_of_each_role(role: Role) -> None:
    answer = f.signed_in(f.every_persona()[role]).get(reverse("home_of_role"))
    assert answer["Location"] == reverse(HOMES[role])


def test_home_of_nobody(client: Client) -> None:
    assert client.get(reverse("home_of_role"))["Location"].startswith(reverse("sign_in"))
    client.force_login(f.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("home_of_role"))
    assert answer.status_code == 403
    assert "registry/no_role.html" in [template.name for template in answer.templates]


def test_switching_between_ones_own_roles_only() -> None:
    officer = f.make_officer()
    manager = f.make_manager(user=officer.user)
    foreign = f.make_manager()
    client = f.signed_in(officer)
    assert client.get(reverse("bureau_bans")).status_code == 200
    answer = client.post(reverse("switch_membership"), {"membership": manager.pk})
    assert answer["Location"] == reverse("home_of_role")
    assert client.get(reverse("bureau_bans")).status_code == 403
    assert client.get(reverse("institution_roster")).status_code == 200
    for wrong in (foreign.pk, 0, "x", ""):
        assert client.post(reverse("switch_membership"), {"membership": wrong}).status_code == 404
    assert client.get(reverse("institution_roster")).status_code == 200
    assert client.get(reverse("switch_membership")).status_code == 405


def test_an_ended_role_stops_at_once() -> None:
    officer = f.make_officer()
    client = f.signed_in(officer)
    assert client.get(reverse("bureau_bans")).status_code == 200
    enlisting.end(by=None, membership=officer)
    assert client.get(reverse("bureau_bans"))["Location"].startswith(reverse("sign_in"))


def test_a_role_that_ends_behind_a_session_stops_at_once() -> None:
    officer = f.make_officer()
    client = f.signed_in(officer)
    Membership.objects.filter(pk=officer.pk).update(ended_at=timezone.now())
    assert client.get(reverse("bureau_bans")).status_code == 403


def test_a_closed_account_is_out_at_once() -> None:
    officer = f.make_officer()
    client = f.signed_in(officer)
    User.objects.filter(pk=officer.user_id).update(is_active=False)
    assert client.get(reverse("bureau_bans")).status_code == 302


# --- Password -------------------------------------------------------------------------------


def test_changing_the_password(client: Client) -> None:
    user = account()
    f.make_membership(Role.LEARNER, user=user)
    elsewhere = Client()
    sign_in(client, user)
    sign_in(elsewhere, user)
    page = reverse("password_change")
    new = "dong-tian-de-xue-8"
    wrong = client.post(page, {"old_password": "x", "new_password1": new, "new_password2": new})
    assert wrong.context["form"].errors.keys() == {"old_password"}
    weak = client.post(page, {"old_password": PASSWORD, "new_password1": "12345678", "new_password2": "12345678"})
    assert weak.context["form"].errors.keys() == {"new_password2"}
    assert client.post(page, {"old_password": PASSWORD, "new_password1": new, "new_password2": new}).status_code == 200
    user.refresh_from_db()
    assert user.check_password(new)
    assert client.get(page).status_code == 200
    assert elsewhere.get(page).status_code == 302
    assert AuditEntry.objects.filter(action="account.password", actor=user).count() == 1
