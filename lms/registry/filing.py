"""Filing (备案) of institutions with their bureau: filed, suspended, resumed, closed.

Each step is a row of its own (`FilingAct`); `Institution.filing` is where they have led. A suspended or
closed institution takes nobody new on post, which the database refuses too; closing ends every post there.
"""

from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lms.registry import access, auditing, ending, enlisting, keeping
from lms.registry.auditing import Act
from lms.registry.errors import guarded, refuse
from lms.registry.models import (
    Filing,
    FilingAct,
    Institution,
    Membership,
    Person,
    Post,
    Purpose,
    Role,
)

Step = FilingAct.Step
#: From which state a step leads to which.
LEADS: dict[str, tuple[tuple[str, ...], str]] = {
    Step.FILE: ((Filing.PENDING,), Filing.FILED),
    Step.SUSPEND: ((Filing.FILED,), Filing.SUSPENDED),
    Step.RESUME: ((Filing.SUSPENDED,), Filing.FILED),
    Step.CLOSE: ((Filing.PENDING, Filing.FILED, Filing.SUSPENDED), Filing.CLOSED),
}


def steps_from(filing: str) -> list[str]:
    """The steps that are possible from a state, in the order they are usually taken."""
    return [step for step, (before, _after) in LEADS.items() if filing in before]


def decide_filing(
    *,
    by: Membership,
    institution: Institution,
    step: str,
    on: date,
    number: str = "",
    reason: str = "",
    evidence: UploadedFile | None = None,
) -> FilingAct:
    """Take one step with effect from `on`, today or earlier; closing also ends every post and the managers' roles.

    Codes: not_allowed, filing_state (the step doesn't lead on from where the institution stands),
    filing_dates, filing_number_missing (to file), reason_missing (to suspend or close), file_type.
    """
    if by.role != Role.BUREAU_OFFICER:
        raise refuse("not_allowed")
    number, reason = number.strip(), reason.strip()
    if step == Step.FILE and not number:
        raise refuse("filing_number_missing")
    if step in (Step.SUSPEND, Step.CLOSE) and not reason:
        raise refuse("reason_missing")
    if on > timezone.localdate():
        raise refuse("filing_dates")
    with transaction.atomic(), guarded():
        access.one(access.institutions(by), pk=institution.pk)
        if step == Step.CLOSE:
            # People before their institution, as whoever comes on post is locked.
            leaving = Post.objects.filter(institution=institution, ended_on__isnull=True).values("person_id")
            list(Person.objects.filter(pk__in=leaving).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        row = Institution.objects.select_for_update().get(pk=institution.pk)
        before, after = LEADS.get(step, ((), ""))
        if row.filing not in before:
            raise refuse("filing_state")
        act = FilingAct.objects.create(
            institution=row,
            step=step,
            on=on,
            number=number,
            reason=reason,
            evidence=keeping.keep_document(evidence, purpose=Purpose.EVIDENCE, owner=by.user) if evidence else None,
            decided_by=by.user,
        )
        said = {"step": step, "on": on.isoformat(), "number": number, "reason": reason}
        auditing.record(by, "institution.filing", row, before={"filing": row.filing}, after={**said, "filing": after})
        row.filing = after
        row.filing_number = number or row.filing_number
        row.save(update_fields=["filing", "filing_number"])
        if step == Step.CLOSE:
            _empty(by, row, on, reason)
    return act


def leaving_with(institution: Institution) -> "QuerySet[Post]":
    """Everybody whose post would end with the institution, by name."""
    rows = Post.objects.filter(institution=institution, ended_on__isnull=True)
    return rows.select_related("person").order_by("person__sort_key", "person_id")


def _empty(by: Membership, institution: Institution, on: date, reason: str) -> None:
    """End the posts on `on`, or the day they began when that is later, and the managers' roles now."""
    posts = list(Post.objects.select_for_update().filter(institution=institution, ended_on__isnull=True))
    states = [post.state for post in posts]
    ending.end_posts(posts, on)
    acts = [
        Act(
            "post.end",
            post,
            before={"state": state},
            after={"state": post.state, "ended_on": str(post.ended_on), "reason": reason},
        )
        for post, state in zip(posts, states, strict=True)
    ]
    for membership in Membership.objects.current().filter(institution=institution):
        enlisting.end(by=None, membership=membership)
    if acts:
        auditing.record_all(by, acts)
