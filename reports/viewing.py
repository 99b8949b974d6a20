"""Opening the dossier of a person: what is on record about her, and that somebody read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from certification import access as entitled
from certification import verifying
from certification.models import Certificate, EntryCheck, Qualification
from certification.stating import Statement, statement_of
from certification.verifying import Status
from lms.registry import access, auditing
from lms.registry.errors import refuse
from lms.registry.models import Ban, IdentityDocument, Membership, Person, Post, Role
from lms.registry.recognising import Identity, identity_of


@dataclass(frozen=True)
class Dossier:
    """A person as the reader may know her: only what lies in the reader's scope."""

    person: Person
    documents: list[IdentityDocument]
    identity: Identity
    posts: list[Post]
    #: None to a manager with whom she is not on post any more.
    statement: Statement | None
    certificates: list[tuple[Certificate, Status]]
    qualifications: list[tuple[Qualification, str]]
    #: Checks made by the institutions the reader may see, newest first; never what a register answered.
    checks: list[EntryCheck]
    #: Bans with their cases, for a bureau; `barred` says to everybody who may look whether one stands.
    bans: list[Ban]
    barred: bool


def view_dossier(*, by: Membership, pk: UUID) -> Dossier:
    """Everything on record about a person in one's scope, or `not_found`; the look is an act of its own.

    A manager sees hours and certificates only while the person is on post with her.
    """
    today = timezone.localdate()
    person = access.one(access.people(by).prefetch_related("documents"), pk=pk)
    rows = access.posts(by).select_related("manager__person").prefetch_related("leaves", "notes")
    posts = list(rows.filter(person=person).order_by("-started_on", "pk"))
    certificates = verifying.judgeable(entitled.certificates(by).filter(person=person)).order_by("-issued_on", "serial")
    now = timezone.now()
    standing = list(Ban.objects.filter(person=person).select_related("case", "region").order_by("-proposed_at"))
    documents = list(person.documents.all())
    dossier = Dossier(
        person=person,
        documents=documents,
        identity=identity_of(by=by, person=person, documents=documents, posts=posts, day=today),
        posts=posts,
        statement=statement_of(person) if _sees_hours(by, posts) else None,
        certificates=[(row, verifying.status_of(row, now)) for row in certificates],
        checks=list(entitled.checks(by).filter(person=person, withdrawn_at__isnull=True)),
        qualifications=[(row, row.standing(today)) for row in entitled.qualifications(by).filter(person=person)],
        bans=standing if by.role != Role.INSTITUTION_MANAGER else [],
        barred=any(ban.state in ("standing", "annulment_proposed") for ban in standing),
    )
    with transaction.atomic():
        auditing.record(by, "view_dossier", person)
    return dossier


def whose_hours(*, by: Membership, pk: UUID) -> Person:
    """The person whose statement of hours one may draw, or `not_found`: as in her dossier."""
    person = access.one(access.people(by), pk=pk)
    if not _sees_hours(by, access.posts(by).filter(person=person)):
        raise refuse("not_found")
    return person


def _sees_hours(by: Membership, posts: Iterable[Post]) -> bool:
    today = timezone.localdate()
    return by.role != Role.INSTITUTION_MANAGER or any(
        post.started_on <= today and (post.ended_on is None or post.ended_on > today) for post in posts
    )
