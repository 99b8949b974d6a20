"""What learners think of a run once it is over: given once, read by the centre without names."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils import timezone

from courses.enrolling import account_of
from courses.errors import refuse
from courses.models import CourseRun, Enrollment, EnrollmentState, Evaluation
from courses.scheduling import By
from lms.registry import auditing

#: Fewer answers than this would let a centre guess who gave which.
LEAST = 3


@dataclass(frozen=True)
class Opinion:
    """Means of the marks from 1 to 5 of so many answers."""

    answers: int
    content: Fraction
    teaching: Fraction
    organisation: Fraction


@transaction.atomic
def evaluate(
    *, by: By, enrollment: Enrollment, content: int, teaching: int, organisation: int, words: str = ""
) -> Evaluation:
    """One's own opinion of a run, marks from 1 to 5.

    Refuses `not_enrolled` for somebody else's place or one given back, `run_not_over`, `evaluated`.
    """
    enrollment = Enrollment.objects.select_for_update(of=("self",)).select_related("run").get(pk=enrollment.pk)
    if enrollment.state == EnrollmentState.WITHDRAWN or enrollment.person_id != account_of(by).person_id:
        raise refuse("not_enrolled")
    if not over(enrollment.run):
        raise refuse("run_not_over")
    if Evaluation.objects.filter(pk=enrollment.pk).exists():
        raise refuse("evaluated")
    row = Evaluation.objects.create(
        enrollment=enrollment, content=content, teaching=teaching, organisation=organisation, words=words.strip()
    )
    # That she gave one, not what it says: the trail is read with names.
    auditing.record(by, "evaluate", enrollment, after={"run": enrollment.run.code})
    return row


def over(run: CourseRun) -> bool:
    """Whether a run had sessions and the last of them has ended."""
    sessions = run.sessions.filter(cancelled_at__isnull=True)
    return sessions.exists() and not sessions.filter(ends_at__gt=timezone.now()).exists()


def opinions(runs: Iterable[CourseRun]) -> dict[UUID, Opinion]:
    """Per run what people think of it on the average; runs with fewer than `LEAST` answers are left out."""
    rows = (
        Evaluation.objects.filter(enrollment__run__in=list(runs))
        .values("enrollment__run")
        .annotate(n=Count("pk"), c=Sum("content"), t=Sum("teaching"), o=Sum("organisation"))
        .order_by()
    )
    return {
        row["enrollment__run"]: Opinion(
            answers=row["n"],
            content=Fraction(row["c"], row["n"]),
            teaching=Fraction(row["t"], row["n"]),
            organisation=Fraction(row["o"], row["n"]),
        )
        for row in rows
        if row["n"] >= LEAST
    }


def words_of(run: CourseRun) -> list[str]:
    """What people wrote of a run, in an order that says nothing of who wrote it or when; [] below `LEAST` answers."""
    answers = Evaluation.objects.filter(enrollment__run=run)
    if answers.count() < LEAST:
        return []
    written = answers.exclude(words="").order_by(Length("words"), "words")
    return list(written.values_list("words", flat=True))
