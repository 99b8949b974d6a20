"""Fetch and authorise in one step: the only way edges reach an object.

`by` is always the membership the request acts through. A row out of its scope does not
exist for it: `not_found`, never "forbidden", so that nothing can be probed.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase

from lms.registry.errors import refuse
from lms.registry.models import (
    AuditEntry,
    Ban,
    ClassGroup,
    CorrectionRequest,
    FilingAct,
    Institution,
    Membership,
    Person,
    Post,
    PrivateFile,
    Purpose,
    Region,
    Role,
    RosterUpload,
    TrainingCentre,
)

BUREAU = (Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR)
#: Digits of a province's prefix.
PROVINCE = 2
M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponseBase]
#: Which further private files a membership may download, as a condition on PrivateFile. Each room adds its own
#: in its AppConfig.ready (or in lms.wiring), so that a scan is seen by whoever may see what it proves.
READABLE: list[Callable[[Membership], Q]] = []


def only(*roles: Role) -> Callable[[View], View]:
    """A view for these roles: others are sent to sign in, or told 403 when they have."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            acting: Membership | None = request.acting  # type: ignore[attr-defined]
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if acting is None or acting.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded_view.roles = roles  # type: ignore[attr-defined]
        return guarded_view

    return decorate


def acting_of(request: HttpRequest) -> Membership:
    """The membership this request acts through; 403 for an account without any role."""
    acting: Membership | None = request.acting  # type: ignore[attr-defined]
    if acting is None:
        raise PermissionDenied
    return acting


def one(rows: "QuerySet[M]", **key: Any) -> M:
    """The single row of an already authorised queryset, or `not_found`; what no column can hold finds nothing."""
    # PostgreSQL knows no NUL in a text, and would answer with an error of its own.
    broken = any(isinstance(value, str) and "\0" in value for value in key.values())
    try:
        row = None if broken else rows.filter(**key).first()
    except ValidationError:
        row = None
    if row is None:
        raise refuse("not_found")
    return row


def regions(by: Membership) -> "QuerySet[Region]":
    """The regions a bureau works in: its own and all below; everywhere for the platform."""
    if by.role in BUREAU and by.region:
        return Region.objects.within(by.region)
    return Region.objects.all() if by.role == Role.PLATFORM_ADMIN else Region.objects.none()


def everywhere(by: Membership) -> bool:
    """Whether everybody is in its scope: the platform, and the bureau of the whole country."""
    whole_country = by.role in BUREAU and by.region is not None and not by.region.prefix
    return by.role == Role.PLATFORM_ADMIN or whole_country


def institutions(by: Membership) -> "QuerySet[Institution]":
    """Bureau: those of its region. Manager: her own. Centre: every open one, to invite from."""
    rows = Institution.objects.select_related("region")
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    if by.role == Role.INSTITUTION_MANAGER and by.institution_id:
        return rows.filter(pk=by.institution_id)
    if by.role == Role.CENTRE_STAFF and by.centre:
        # A centre serves its own city: institutions further away are none of its business.
        return rows.filter(region__prefix__startswith=by.centre.region.prefix[:4]).exclude(filing="closed")
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def centres(by: Membership) -> "QuerySet[TrainingCentre]":
    """Bureau: those of its region. Centre staff: their own."""
    rows = TrainingCentre.objects.select_related("region")
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    if by.role == Role.CENTRE_STAFF and by.centre_id:
        return rows.filter(pk=by.centre_id)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def posts(by: Membership) -> "QuerySet[Post]":
    """Posts at the institutions one may see; a learner sees her own, a centre none."""
    rows = Post.objects.select_related("person", "institution__region")
    if by.role == Role.LEARNER:
        return rows.filter(person_id=by.user.person_id) if by.user.person_id else rows.none()
    if by.role == Role.CENTRE_STAFF:
        return rows.none()
    return rows.filter(institution__in=institutions(by).values("pk"))


def classes(by: Membership) -> "QuerySet[ClassGroup]":
    """Classes of the institutions a bureau or a manager may see; nobody else has any."""
    rows = ClassGroup.objects.select_related("institution__region")
    if by.role in (*BUREAU, Role.INSTITUTION_MANAGER, Role.PLATFORM_ADMIN):
        return rows.filter(institution__in=institutions(by).values("pk"))
    return rows.none()


def people(by: Membership, within: Region | None = None) -> "QuerySet[Person]":
    """People who have or had a post in one's scope; for a bureau also those it has a ban on, and its learners
    without a post. A bureau may narrow it to a region `within` its own."""
    if by.role == Role.PLATFORM_ADMIN:
        return _known_in(within.prefix) if within else Person.objects.all()
    if by.role == Role.LEARNER:
        return Person.objects.filter(pk=by.user.person_id) if by.user.person_id else Person.objects.none()
    if by.role in BUREAU and by.region:
        narrower = within is not None and within.prefix.startswith(by.region.prefix)
        return _known_in(within.prefix if within and narrower else by.region.prefix)
    return Person.objects.filter(pk__in=posts(by).order_by().values("person_id"))


def _known_in(prefix: str) -> "QuerySet[Person]":
    """People with a post, a ban or a registration below `prefix`, in the form that is quick for its size.

    The whole country is everybody. For a province, lists are walked in their order and each person is held against
    the set of those known there; for less, the few known there are fetched and sorted.
    """
    if not prefix:
        return Person.objects.all()
    posted = Post.objects.filter(institution__region__prefix__startswith=prefix).order_by().values("person_id")
    banned = Ban.objects.filter(region__prefix__startswith=prefix).order_by().values("person_id")
    registered = Person.objects.filter(registered_in__prefix__startswith=prefix).order_by().values("pk")
    if len(prefix) <= PROVINCE:
        return Person.objects.filter(Q(pk__in=posted) | Q(pk__in=banned) | Q(pk__in=registered))
    return Person.objects.filter(pk__in=posted.union(banned, registered))


def bans(by: Membership) -> "QuerySet[Ban]":
    """Bans a bureau's region decided, or on people on post there."""
    rows = Ban.objects.select_related("person", "case", "region", "decision", "proposed_by", "confirmed_by")
    if everywhere(by):
        return rows
    if by.role in BUREAU and by.region:
        # Bans are few: each is asked for a post here, rather than everybody on post here gathered.
        here = posts(by).filter(person=OuterRef("person")).order_by()
        return rows.filter(Q(region__prefix__startswith=by.region.prefix) | Exists(here))
    return rows.none()


def rosters(by: Membership) -> "QuerySet[RosterUpload]":
    """Uploads for a bureau's region or a manager's institution."""
    rows = RosterUpload.objects.select_related("file", "region", "institution", "uploaded_by")
    if by.role in BUREAU and by.region:
        return rows.filter(
            Q(region__prefix__startswith=by.region.prefix) | Q(institution__region__prefix__startswith=by.region.prefix)
        )
    if by.role == Role.INSTITUTION_MANAGER and by.institution_id:
        return rows.filter(institution_id=by.institution_id)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def corrections(by: Membership) -> "QuerySet[CorrectionRequest]":
    """Requests for correction. Learner: her own. Bureau: of the people it may see."""
    rows = CorrectionRequest.objects.select_related("person", "evidence", "asked_by", "decided_by")
    if by.role in (*BUREAU, Role.LEARNER):
        return rows.filter(person__in=people(by).values("pk"))
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def private_file(by: Membership, pk: UUID) -> PrivateFile:
    """A file that one may download here, or `not_found`; certificates have an address of their own.

    A ban's decision: who may see the ban. A roster: who may see the upload. An export: who made it. Scans and
    evidence: as `READABLE` says.
    """
    readable = (
        Q(purpose=Purpose.BAN_DECISION, pk__in=bans(by).values("decision_id"))
        | Q(purpose=Purpose.ROSTER, pk__in=rosters(by).values("file_id"))
        | Q(purpose=Purpose.EXPORT, owner_id=by.user_id)
        | Q(purpose=Purpose.EVIDENCE, pk__in=corrections(by).values("evidence_id"))
    )
    if by.role in (*BUREAU, Role.PLATFORM_ADMIN):
        decided = FilingAct.objects.filter(institution__in=institutions(by).values("pk"), evidence__isnull=False)
        readable |= Q(purpose=Purpose.EVIDENCE, pk__in=decided.values("evidence_id"))
    for readable_here in READABLE:
        readable |= readable_here(by)
    row = one(PrivateFile.objects.filter(readable), pk=pk)
    if row.erased_at is not None:
        raise refuse("file_erased")
    return row


def audit_entries(by: Membership) -> "QuerySet[AuditEntry]":
    """Platform: every act. Supervisor: the acts of accounts that have or had a role in her region."""
    rows = AuditEntry.objects.select_related("actor")
    if by.role == Role.PLATFORM_ADMIN:
        return rows
    if by.role == Role.BUREAU_SUPERVISOR and by.region:
        within = Q()
        for scope in ("region", "institution__region", "centre__region"):
            within |= Q((f"{scope}__prefix__startswith", by.region.prefix))
        return rows.filter(actor_id__in=Membership.objects.filter(within).values("user_id"))
    return rows.none()
