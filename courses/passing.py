"""Recording how the closing exam of a run went."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from courses import news
from courses.enrolling import lock_people
from courses.errors import barred, refuse
from courses.models import Enrollment, EnrollmentState, RunState
from lms.registry import auditing
from lms.registry.auditing import Act
from lms.registry.errors import guarded
from lms.registry.models import Membership, User

#: Scores are out of this; the same bound stands in the database as `score_out_of_100`.
FULL_SCORE = 100


@dataclass(frozen=True)
class Result:
    """The outcome for one enrolment; `score` out of 100, or None where no marks were given."""

    enrollment: Enrollment
    passed: bool
    score: int | None = None


def record_result(
    *, by: Membership | User, enrollment: Enrollment, passed: bool, score: int | None = None
) -> Enrollment:
    """Write down whether somebody passed; see `record_results`."""
    record_results(by=by, results=[Result(enrollment, passed, score)])
    enrollment.refresh_from_db()
    return enrollment


@transaction.atomic
def record_results(*, by: Membership | User, results: Sequence[Result]) -> int:
    """Write down results, all or none; answers with how many changed something.

    Passing is news for certification, which issues what the course leads to. Refuses `score_range`,
    `not_enrolled`, `run_state` (planned or cancelled), `person_barred` for a pass.
    """
    wanted = {result.enrollment.pk: result for result in results}
    banned = lock_people(result.enrollment.person_id for result in results)
    rows = (
        Enrollment.objects.select_for_update(of=("self",)).select_related("run", "person").filter(pk__in=wanted)
    ).order_by("pk")
    now, changed, acts = timezone.now(), [], []
    for row in rows:
        result = wanted[row.pk]
        state = EnrollmentState.PASSED if result.passed else EnrollmentState.FAILED
        if result.score is not None and not 0 <= result.score <= FULL_SCORE:
            raise refuse("score_range", person=row.person.name)
        if row.state == EnrollmentState.WITHDRAWN:
            raise refuse("not_enrolled", person=row.person.name)
        if row.run.state not in (RunState.OPEN, RunState.FINISHED):
            raise refuse("run_state", state=row.run.state)
        if result.passed and row.person_id in banned:
            raise barred(person=row.person.name)
        if (row.state, row.score) == (state, result.score):
            continue
        before = {"state": row.state, "score": row.score}
        row.state, row.score, row.changed_at = state, result.score, now
        changed.append(row)
        acts.append(Act("record_result", row, before=before, after={"state": state.value, "score": row.score}))
    with guarded():
        Enrollment.objects.bulk_update(changed, ["state", "score", "changed_at"], batch_size=500)
    if acts:
        auditing.record_all(by, acts)
        news.tell()
    return len(changed)
