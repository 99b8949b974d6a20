"""Late news of a suspension: hours of its days, credited before anybody knew, are taken back; and credited again when
the suspension turns out never to have been, or shorter.

The rows are the truth: whoever has a suspension on record is looked at, and what her attendances say is compared with
what the days say. Safe to run at any time.
"""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from courses import crediting, policies, rules
from courses.attending import judge, presence_of, span_of, words_of
from courses.crediting import Beside
from courses.enrolling import lock_people
from courses.models import NOT_THERE, Attendance
from lms.jobs.errors import DomainError
from lms.registry import auditing
from lms.registry.models import Leave, LeaveKind

logger = logging.getLogger(__name__)


def follow_suspensions() -> int:
    """Let attendances follow the suspensions on record; how many changed.

    One whose hours stand on a certificate (`entry_spent`) or whose person is barred stays as it is.
    """
    changed = 0
    for key in list(_in_question().order_by("pk").values_list("pk", flat=True)):
        try:
            changed += _follow(key)
        except DomainError as refusal:
            logger.info("Attendance %s does not follow a suspension: %s", key, refusal.code)
    return changed


def _in_question() -> "QuerySet[Attendance]":
    """Presence on a day of suspension that still counts, and presence that doesn't count for a suspension."""
    suspensions = Leave.objects.filter(kind=LeaveKind.SUSPENSION)
    # One that ends on the day it begins was never taken.
    taken = Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on"))
    reaches = Q(ended_on__isnull=True) | Q(ended_on__gt=OuterRef("session__starts_at__date"))
    on_the_day = suspensions.filter(
        taken, reaches, post__person=OuterRef("person"), started_on__lte=OuterRef("session__ends_at__date")
    )
    return (
        Attendance.objects.filter(person__in=suspensions.values("post__person_id"))
        .exclude(state__in=NOT_THERE)
        .filter(Q(Exists(on_the_day), minutes__gt=0) | Q(~Exists(on_the_day), less=rules.SUSPENDED))
    )


@transaction.atomic
def _follow(key: UUID) -> bool:
    rows = Attendance.objects.select_related("person", "session__run__course", "session__run__region")
    lock_people([rows.get(pk=key).person_id])
    row = rows.select_for_update(of=("self",)).get(pk=key)
    session, before, was = row.session, words_of(row), (row.minutes, row.less)
    presence = presence_of(session, row.person, row.arrived_at, row.left_at)
    rule = policies.attendance_rule_for(session.run.region, rules.day_of(session.starts_at))
    beside = crediting.beside(span_of(session), [row.person_id], but=session)
    judge(row, presence, rule, beside.get(row.person_id, Beside()))
    if (row.minutes, row.less) == was:
        return False
    row.revision += 1
    row.save(update_fields=["minutes", "less", "revision"])
    entries = list(crediting.standing(session, [row.person_id]).order_by("part"))
    crediting.reverse(by=None, entries=entries, note=_("The days of suspension have changed."))
    crediting.credit_all(by=None, session=session, attendances=[row], beside=beside)
    auditing.record(None, "follow_suspension", row, before=before, after=words_of(row))
    return True
