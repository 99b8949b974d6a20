"""Classes (班型): opened, counted, closed; and which post serves in which of them since when.

The database keeps class and post of one institution together. Nothing is cascaded: a duty holds while it,
its post and its class do, and whoever reads it looks at all three.
"""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lms.registry import access, auditing, posting
from lms.registry.errors import guarded, refuse
from lms.registry.models import ClassCount, ClassDuty, ClassGroup, Institution, Membership, Post, Role, User

By = Membership | User | None


def open_class(*, by: By, institution: Institution, name: str, kind: str, opened_on: date) -> ClassGroup:
    """A new class. Codes: not_allowed, not_found, title_missing, class_exists (an open one has this name)."""
    if isinstance(by, Membership):
        _refuse_others(by)
        access.one(access.institutions(by), pk=institution.pk)
    if not name.strip():
        raise refuse("title_missing")
    with guarded():
        Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
        if ClassGroup.objects.filter(institution=institution, name=name.strip(), closed_on__isnull=True).exists():
            raise refuse("class_exists")
        group = ClassGroup.objects.create(institution=institution, name=name.strip(), kind=kind, opened_on=opened_on)
        auditing.record(by, "class.open", group, after={"name": group.name, "kind": kind, "on": opened_on.isoformat()})
    return group


def close_class(*, by: By, group: ClassGroup, on: date) -> ClassGroup:
    """The class is gone since `on`. Codes: not_allowed, not_found, class_closed, class_dates."""
    with transaction.atomic():
        row = _locked(by, group)
        if not row.opened_on <= on <= timezone.localdate():
            raise refuse("class_dates")
        row.closed_on = on
        row.save(update_fields=["closed_on"])
        auditing.record(by, "class.close", row, after={"on": on.isoformat()})
    return row


def count_children(*, by: By, group: ClassGroup, since: date, children: int) -> ClassCount:
    """The class has `children` children from `since` on; a second count of one day takes the place of the first.

    Codes: not_allowed, not_found, class_closed (also before the class opened).
    """
    with transaction.atomic():
        row = _locked(by, group)
        if since < row.opened_on:
            raise refuse("class_closed")
        known = ClassCount.objects.filter(group=row, since=since).first()
        before = {"children": known.children} if known else None
        if known is not None and known.children == children:
            return known
        count, _ = ClassCount.objects.update_or_create(group=row, since=since, defaults={"children": children})
        after = {"children": children, "since": since.isoformat()}
        auditing.record(by, "class.count", row, before=before, after=after)
    return count


def assign(*, by: By, group: ClassGroup, post: Post, on: date) -> ClassDuty:
    """The post serves in the class since `on`; who serves there already is left as she is.

    Codes: not_allowed, not_found, class_closed, class_elsewhere, post_ended, post_dates (before the post began).
    """
    with guarded():
        held = posting.open_post(by, post, Role.INSTITUTION_MANAGER)
        row = _locked(by, group)
        if row.institution_id != held.institution_id:
            raise refuse("class_elsewhere")
        if on < row.opened_on:
            raise refuse("class_closed")
        if on < held.started_on:
            raise refuse("post_dates")
        standing = Q(ended_on__isnull=True) | Q(ended_on__gt=on)
        known = ClassDuty.objects.filter(standing, group=row, post=held).first()
        if known is not None:
            return known
        duty = ClassDuty.objects.create(group=row, post=held, started_on=on)
        auditing.record(by, "class.assign", row, after={"post": str(held.pk), "on": on.isoformat()})
    return duty


def release(*, by: By, duty: ClassDuty, on: date) -> ClassDuty:
    """The post no longer serves in the class since `on`; one that would only have begun later never does.

    Codes: not_allowed, not_found, class_closed (the duty has ended, or the class has).
    """
    with transaction.atomic():
        group = _locked(by, duty.group)
        row = ClassDuty.objects.select_for_update().get(pk=duty.pk)
        if row.ended_on is not None:
            raise refuse("class_closed")
        row.ended_on = max(on, row.started_on)
        row.save(update_fields=["ended_on"])
        after = {"post": str(row.post_id), "on": row.ended_on.isoformat()}
        auditing.record(by, "class.release", group, after=after)
    return row


def _refuse_others(by: Membership) -> None:
    if by.role != Role.INSTITUTION_MANAGER:
        raise refuse("not_allowed")


def _locked(by: By, group: ClassGroup) -> ClassGroup:
    """The open class under its lock, for whoever may act on it."""
    if isinstance(by, Membership):
        _refuse_others(by)
        access.one(access.classes(by), pk=group.pk)
    row = ClassGroup.objects.select_for_update().get(pk=group.pk)
    if row.closed_on is not None:
        raise refuse("class_closed")
    return row
