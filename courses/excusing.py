"""Being excused from a session: a learner asks, with a reason and evidence; the centre decides.

Excused is a state of her attendance, written by courses.attending like every other; it gives no minutes.
"""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courses import announcing, attending
from courses.enrolling import account_of
from courses.errors import refuse
from courses.models import Enrollment, EnrollmentState, Excuse, Session
from courses.scheduling import By
from lms.registry import auditing, noticing
from lms.registry.models import Person, PrivateFile, User
from lms.registry.noticing import News


@transaction.atomic
def ask(*, by: By, session: Session, person: Person, reason: str, evidence: PrivateFile | None = None) -> Excuse:
    """Ask for somebody enrolled to be excused from a session, before or after it; the centre is told.

    Refuses `reason_missing`, `session_cancelled`, `session_closed`, `not_enrolled`, `excuse_asked` (once per
    session), `already_marked` when she was there.
    """
    if not reason.strip():
        raise refuse("reason_missing")
    session = attending.open_session(session)
    taking_part = Enrollment.objects.filter(run=session.run_id, person=person)
    if not taking_part.exclude(state=EnrollmentState.WITHDRAWN).exists():
        raise refuse("not_enrolled")
    if Excuse.objects.filter(session=session, person=person).exists():
        raise refuse("excuse_asked")
    if session.attendances.filter(person=person).exclude(state="absent").exists():
        raise refuse("already_marked", person=person.name)
    excuse = Excuse.objects.create(
        session=session, person=person, reason=reason.strip(), evidence=evidence, asked_by=account_of(by)
    )
    auditing.record(by, "ask_excuse", excuse, after=_words(excuse))
    context = announcing.when(session) | {"name": person.name}
    path = reverse("centre_excuses")
    centre = announcing.staff_of(session.run.centre)
    noticing.tell_all(News(user, "excuse_asked", str(excuse.pk), context, path) for user in centre)
    return excuse


@transaction.atomic
def decide(*, by: By, excuse: Excuse, grant: bool, reason: str = "") -> Excuse:
    """Grant a request, which makes her attendance excused, or refuse it with a reason; she is told.

    Refuses `reason_missing` for a refusal without one, `excuse_decided`, `same_person` for one's own request,
    `session_closed`, `session_cancelled` and, when granting, what `attending.excuse` refuses.
    """
    if not grant and not reason.strip():
        raise refuse("reason_missing")
    session = attending.open_session(excuse.session)
    excuse = Excuse.objects.select_for_update(of=("self",)).select_related("person").get(pk=excuse.pk)
    if excuse.state != Excuse.State.OPEN:
        raise refuse("excuse_decided")
    if account_of(by).person_id == excuse.person_id:
        raise refuse("same_person")
    if grant:
        attending.excuse(by=by, session=session, person=excuse.person)
    excuse.state = Excuse.State.GRANTED if grant else Excuse.State.REFUSED
    excuse.decision, excuse.decided_by, excuse.decided_at = reason.strip(), account_of(by), timezone.now()
    excuse.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    auditing.record(by, "decide_excuse", excuse, before={"state": "open"}, after=_words(excuse))
    context = announcing.when(session) | {"reason": excuse.decision}
    path, code = reverse("my_run", args=[session.run_id]), f"excuse_{excuse.state}"
    users = User.objects.filter(person=excuse.person_id, is_active=True)
    noticing.tell_all(News(user, code, str(excuse.pk), context, path) for user in users)
    return excuse


def _words(excuse: Excuse) -> dict[str, object]:
    return {"person": str(excuse.person_id), "session": str(excuse.session_id), "state": str(excuse.state)}
