"""Inviting institutions to send their staff to a run, and what they answer.

An invitation holds no places: whoever is sent first gets them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from courses import announcing, enrolling
from courses.enrolling import EnrolReport, account_of
from courses.errors import refuse
from courses.models import CourseRun, Enrollment, EnrollmentSource, EnrollmentState, Invitation, RunState
from courses.scheduling import By, in_state
from lms.registry import auditing, noticing
from lms.registry.auditing import Act
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Institution, Person
from lms.registry.noticing import News


@transaction.atomic
def invite(
    *, by: By, run: CourseRun, institutions: Iterable[Institution], places: int, words: str = ""
) -> list[Invitation]:
    """Ask each of these institutions for so many people, and tell its managers; who is invited already is passed over.

    Refuses `run_state` unless the run is open, `already_invited` when nobody is left to invite.
    """
    run = in_state(run, RunState.OPEN)
    invited = set(run.invitations.filter(withdrawn_at__isnull=True).values_list("institution_id", flat=True))
    sites = {site.pk: site for site in institutions if site.pk not in invited}
    if not sites:
        raise refuse("already_invited")
    rows = [
        Invitation(run=run, institution=site, places=places, words=words.strip(), invited_by=account_of(by))
        for site in sites.values()
    ]
    Invitation.objects.bulk_create(rows, batch_size=500)
    auditing.record_all(by, [Act("invite", row, after=_words(row)) for row in rows])
    begins = run.sessions.filter(cancelled_at__isnull=True).aggregate(first=Min("starts_at"))["first"]
    day = timezone.localdate(begins or timezone.now()).isoformat()
    managers = noticing.managers(sites.values())
    noticing.tell_all(
        News(
            user,
            "invited",
            str(row.pk),
            {"centre": run.centre.name, "run": run.title, "n": places, "day": day},
            reverse("institution_invitation", args=[row.pk]),
        )
        for row in rows
        for user in managers.get(row.institution_id, ())
    )
    return rows


@transaction.atomic
def withdraw_invitation(*, by: By, invitation: Invitation) -> Invitation:
    """Take an invitation back; who was sent stays enrolled. Refuses `invitation_closed`."""
    invitation = _standing(invitation)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    auditing.record(by, "withdraw_invitation", invitation, after=_words(invitation))
    context = {"centre": invitation.run.centre.name, "run": invitation.run.title}
    managers = noticing.managers([invitation.institution]).get(invitation.institution_id, [])
    noticing.tell_all(News(user, "invitation_withdrawn", str(invitation.pk), context) for user in managers)
    return invitation


@transaction.atomic
def decline(*, by: By, invitation: Invitation, reason: str) -> Invitation:
    """The institution sends nobody, and says why. Refuses `reason_missing`, `invitation_closed`."""
    if not reason.strip():
        raise refuse("reason_missing")
    invitation = _standing(invitation)
    invitation.declined_at, invitation.decline_reason = timezone.now(), reason.strip()
    invitation.save(update_fields=["declined_at", "decline_reason"])
    auditing.record(by, "decline_invitation", invitation, after={"reason": invitation.decline_reason})
    _tell_centre(invitation, "invitation_declined", {"reason": invitation.decline_reason})
    return invitation


@transaction.atomic
def send_staff(*, by: By, invitation: Invitation, people: Sequence[Person]) -> EnrolReport:
    """Enrol these people, sent by the institution; whom `enrol` would refuse is reported and stops nobody else.

    Refuses `invitation_closed`, `run_closed`, `invitation_full` when more would be sent than were invited,
    `not_found` for somebody who isn't on post there today.
    """
    invitation = _standing(invitation)
    site = invitation.institution
    on_post = set(site.posts.on(timezone.localdate()).values_list("person_id", flat=True))
    if any(person.pk not in on_post for person in people):
        raise refuse_by_registry("not_found")
    if sent(invitation).count() + len(people) > invitation.places:
        raise refuse("invitation_full", places=invitation.places)
    sent_by = {person.pk: site.pk for person in people}
    report = enrolling.enrol_many(
        by=by, run=invitation.run, people=people, institutions=sent_by, source=EnrollmentSource.INSTITUTION
    )
    if report.enrolled and invitation.declined_at:
        invitation.declined_at, invitation.decline_reason = None, ""
        invitation.save(update_fields=["declined_at", "decline_reason"])
    if report.enrolled:
        _tell_centre(invitation, "invitation_answered", {"n": len(report.enrolled)})
    return report


def with_sent(rows: "QuerySet[Invitation]") -> "QuerySet[Any]":
    """Invitations with `sent`, how many people are in the run because the institution sent them."""
    theirs = Q(run__enrollments__institution=F("institution"))
    there = theirs & ~Q(run__enrollments__state=EnrollmentState.WITHDRAWN)
    return rows.annotate(sent=Count("run__enrollments", filter=there))


def sent(invitation: Invitation) -> "QuerySet[Enrollment]":
    """Who is in the run because this institution sent her."""
    rows = Enrollment.objects.filter(run=invitation.run_id, institution=invitation.institution_id)
    return rows.exclude(state=EnrollmentState.WITHDRAWN)


def _standing(invitation: Invitation) -> Invitation:
    """The invitation, locked and read anew, while its run is open."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("run__centre", "institution")
    invitation = rows.get(pk=invitation.pk)
    if invitation.withdrawn_at is not None or invitation.run.state != RunState.OPEN:
        raise refuse("invitation_closed")
    return invitation


def _tell_centre(invitation: Invitation, code: str, more: dict[str, str | int]) -> None:
    run = invitation.run
    context = {"institution": invitation.institution.name, "run": run.title} | more
    key = f"{invitation.pk}:{timezone.now().isoformat(timespec='microseconds')}"
    path = reverse("centre_invite", args=[run.pk])
    noticing.tell_all(News(user, code, key, context, path) for user in announcing.staff_of(run.centre))


def _words(invitation: Invitation) -> dict[str, object]:
    return {
        "run": invitation.run.code,
        "institution": str(invitation.institution_id),
        "places": invitation.places,
        "withdrawn": invitation.withdrawn_at is not None,
    }
