"""Accounts and roles: opening, granting, ending. A role works and stops working at once."""

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from lms.registry import auditing
from lms.registry.errors import refuse
from lms.registry.models import Institution, Membership, Person, Region, Role, TrainingCentre, User
from lms.registry.signing import end_sessions

#: The group of Wagtail's that carries what a content editor may do; its rights are set where pages are.
EDITORS = "内容编辑"


def open_account(*, username: str, password: str | None, name: str, person: Person | None = None) -> User:
    """A new account, still without a role; `person` is who it belongs to, where the register knows her.

    Without a password it is signed in to by phone alone. Raises Django's ValidationError for a password that the
    validators refuse.
    """
    user = User(username=username, name=name, person=person)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save(force_insert=True)
        auditing.record(None, "account.open", user, after={"username": username})
    return user


def grant(
    *,
    by: Membership | None,
    user: User,
    role: str,
    region: Region | None = None,
    institution: Institution | None = None,
    centre: TrainingCentre | None = None,
) -> Membership:
    """Give `user` a role in one scope; the one she has already is returned as it is.

    Her open sessions end: she signs in anew, with the second factor if the role asks for it. `by` is a platform
    administrator, or None for the system. Code: not_allowed. A scope that does not fit the role is refused by the
    table itself.
    """
    _administrator(by)
    scope = {"region": region, "institution": institution, "centre": centre}
    with transaction.atomic():
        # The lock makes two grants at once give one membership, and keeps is_staff in step with it.
        account = User.objects.select_for_update().get(pk=user.pk)
        held = Membership.objects.filter(user=account, role=role, ended_at__isnull=True, **scope).first()
        if held is not None:
            return held
        membership = Membership.objects.create(user=account, role=role, **scope)
        _open_pages(account)
        end_sessions(account)
        after = {"user": account.pk, "role": role, "scope": str(region or institution or centre or "")}
        auditing.record(by, "membership.grant", membership, after=after)
    return membership


def end(*, by: Membership | None, membership: Membership) -> Membership:
    """End a role now, and with it every open session of its account; ending it twice changes nothing.

    Code: not_allowed.
    """
    _administrator(by)
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=membership.user_id)
        row = Membership.objects.get(pk=membership.pk)
        if row.ended_at is None:
            row.ended_at = timezone.now()
            row.save(update_fields=["ended_at"])
            _open_pages(account)
            end_sessions(account)
            auditing.record(by, "membership.end", row, before={"user": account.pk, "role": row.role})
    return row


def _administrator(by: Membership | None) -> None:
    if by is not None and by.role != Role.PLATFORM_ADMIN:
        raise refuse("not_allowed")


def _open_pages(user: User) -> None:
    """Wagtail's screens are open to an account exactly as long as it is a content editor's."""
    edits = Membership.objects.filter(user=user, role=Role.CONTENT_EDITOR, ended_at__isnull=True).exists()
    group, _ = Group.objects.get_or_create(name=EDITORS)
    if edits:
        user.groups.add(group)
    else:
        user.groups.remove(group)
    if user.is_staff != edits:
        user.is_staff = edits
        user.save(update_fields=["is_staff"])
