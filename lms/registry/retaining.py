"""Nothing about people is kept longer than it must be: the periods are rows, and every night applies them.

Each step commits by itself and finds its work by looking, so that a night that was interrupted is made up for by the
next. What law and audit need is not touched: hours, certificates, bans, the audit trail.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from lms.jobs.errors import DomainError
from lms.jobs.models import FINISHED, Job
from lms.registry import erasing, keeping, scrubbing
from lms.registry.models import (
    Ban,
    EmploymentQuery,
    Membership,
    Person,
    Post,
    PrivateFile,
    Purpose,
    RetentionPeriod,
    Role,
    RosterUpload,
)

Kind = RetentionPeriod.Kind
CHUNK = 200
#: People whose time is up, a night: each is a job that looks through every file.
PEOPLE_A_NIGHT = 50
#: A content whose removal was cut short by a crash is removed within so many days.
AGAIN_FOR = timedelta(days=7)


def apply(today: date | None = None) -> dict[str, int]:
    """Remove everything whose time is up; how much of each kind."""
    today = today or timezone.localdate()
    periods = dict(RetentionPeriod.objects.values_list("kind", "months"))
    steps = {
        Kind.ROSTER_FILE: _rosters,
        Kind.EXPORT_FILE: _exports,
        Kind.QUERY: _queries,
        Kind.JOB: _jobs,
        Kind.FORMER_STAFF: _former_staff,
    }
    _contents_left()
    return {kind.value: step(before(today, periods[kind])) for kind, step in steps.items() if kind in periods}


def before(today: date, months: int) -> datetime:
    """The beginning of the day `months` before `today`; what is older has had its time."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return timezone.make_aware(datetime.combine(first.replace(day=min(today.day, last.day)), time()))


def _rosters(moment: datetime) -> int:
    return _erase_files(PrivateFile.objects.filter(purpose=Purpose.ROSTER, created_at__lt=moment))


def _exports(moment: datetime) -> int:
    return _erase_files(PrivateFile.objects.filter(purpose=Purpose.EXPORT, created_at__lt=moment))


def _erase_files(files: "models.QuerySet[PrivateFile]") -> int:
    number = 0
    for file in files.filter(erased_at__isnull=True).order_by("created_at").iterator(chunk_size=CHUNK):
        with transaction.atomic():
            keeping.erase(file)
            scrubbing.forget_findings(file)
        number += 1
    return number


def _contents_left() -> None:
    """Contents that a crash between commit and removal has left behind."""
    for file in PrivateFile.objects.filter(erased_at__gt=timezone.now() - AGAIN_FOR):
        keeping.remove_content(file)


def _queries(moment: datetime) -> int:
    """Questions before hiring; that they were asked stays in the audit trail."""
    answered = EmploymentQuery.objects.exclude(answer="wait", decided_at__isnull=True)
    return _delete(answered.filter(asked_at__lt=moment))


def _jobs(moment: datetime) -> int:
    """Finished jobs, but for those a roster still tells of."""
    told = RosterUpload.objects.filter(Q(job_id=OuterRef("pk")) | Q(undo_job_id=OuterRef("pk")))
    return _delete(Job.objects.filter(~Exists(told), state__in=FINISHED, finished_at__lt=moment))


def _delete(rows: "models.QuerySet[Any]") -> int:
    number = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        rows.model._base_manager.filter(pk__in=keys).delete()
        number += len(keys)
    return number


def _former_staff(moment: datetime) -> int:
    """People who left their last post that long ago, and have nothing else here that keeps them."""
    number = 0
    for person in former_staff(moment).order_by("pk")[:PEOPLE_A_NIGHT]:
        try:
            erasing.refuse_unless_erasable(person)
        except DomainError:
            continue
        with transaction.atomic():
            erasing.enqueue(person.pk, str(Kind.FORMER_STAFF.label), None)
        number += 1
    return number


def former_staff(moment: datetime) -> "models.QuerySet[Person]":
    """People who had posts, none of them since `moment`; nobody who is barred or works here in another role."""
    posts = Post.objects.filter(Q(person=OuterRef("pk")) | Q(person__merged_into=OuterRef("pk")))
    other_roles = Membership.objects.current().filter(user__person=OuterRef("pk")).exclude(role=Role.LEARNER)
    bans = Ban.objects.filter(person=OuterRef("pk"), rejected_at__isnull=True, annulled_at__isnull=True)
    return Person.objects.filter(
        Exists(posts),
        ~Exists(posts.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=moment.date()))),
        ~Exists(other_roles),
        ~Exists(bans),
        erased_at__isnull=True,
        merged_into__isnull=True,
    )
