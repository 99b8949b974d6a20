"""Bans: the list, proposing one, and one ban with everything that happened to it."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.jobs.errors import DomainError
from lms.registry import access, banning
from lms.registry.access import only
from lms.registry.crypto import seal, unseal
from lms.registry.errors import refuse
from lms.registry.finding import look_up
from lms.registry.forms import BanFilter, BanForm, BanPersonForm
from lms.registry.keeping import keep_document
from lms.registry.models import Ban, BanScope, Membership, Person, Post, PrivateFile, Purpose, Role, User
from lms.registry.naming import formerly
from lms.registry.registering import find_person, register_person
from lms.registry.rosters.identity import IdentityNumber, mask_number, normalise_id
from lms.registry.searching import CappedPaginator, named

PER_PAGE = 30
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)
#: Offered, never forced: another region's law may be the basis.
LEGAL_BASES = (
    "《中华人民共和国人口与计划生育法》第四十一条第二款",
    "《中华人民共和国未成年人保护法》第六十二条",
    "《中华人民共和国学前教育法》第四十五条",
)


@require_safe
@only(*READERS)
def bans(request: HttpRequest) -> HttpResponse:
    """All bans of the region, those that wait for somebody first in the tabs."""
    acting = access.acting_of(request)
    rows = access.bans(acting)
    counts = rows.aggregate(**{state: Count("pk", filter=chosen) for state, chosen in banning.IN_STATE.items()})
    form = BanFilter(request.GET)
    if form.is_valid():
        if state := form.cleaned_data["state"]:
            rows = rows.filter(banning.IN_STATE[state])
        if text := form.cleaned_data["q"].strip():
            rows = rows.filter(
                named(text, "person__name") | Q(person__in=formerly(text)) | Q(case__number__icontains=text)
            )
    page = CappedPaginator(rows.prefetch_related("person__documents"), PER_PAGE).get_page(request.GET.get("page"))
    views = [
        (_("All"), ""),
        (_("Waiting for the second person"), "state=proposed"),
        (_("In effect"), "state=standing"),
        (_("Annulment proposed"), "state=annulment_proposed"),
    ]
    waiting = counts["proposed"] + counts["annulment_proposed"]
    standing = counts["standing"] + counts["annulment_proposed"]
    context = {"page": page, "form": form, "views": views, "waiting": waiting, "standing": standing}
    return render(request, "registry/bans.html", {**context, "may_propose": acting.role in banning.OFFICER})


# --- Proposing ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """Whom a proposal is about: a registered person, or the name and document of somebody unknown."""

    person: Person | None
    name: str
    document: IdentityNumber | None = None

    @property
    def shown(self) -> str:
        """Her documents, masked."""
        if self.person is not None:
            return " · ".join(str(document) for document in self.person.documents.all())
        return mask_number(self.document.number) if self.document else ""

    def registered(self, by: Membership) -> Person:
        """Her row, made now if need be: a ban must catch a later registration."""
        if self.person is not None:
            return self.person
        assert self.document is not None
        return register_person(by=by, name=self.name, document=self.document)

    def sealed(self, user: User) -> str:
        """For the form of step 2: nobody else can open it, and no number stands in the page."""
        content = {
            "person": str(self.person.pk) if self.person else "",
            "name": self.name,
            "number": self.document.number if self.document else "",
            "kind": self.document.kind if self.document else "",
        }
        return base64.urlsafe_b64encode(seal(json.dumps(content), _place(user))).decode()

    @classmethod
    def opened(cls, sealed: str, user: User) -> "Candidate":
        """What `sealed` made for the same account, else `not_found`."""
        try:
            content = json.loads(unseal(base64.urlsafe_b64decode(sealed), _place(user)))
        except (binascii.Error, InvalidTag, IndexError, KeyError, ValueError):
            raise refuse("not_found") from None
        if content["person"]:
            person = access.one(Person.objects.all(), pk=content["person"])
            return cls(person, person.name)
        document = normalise_id(content["number"], content["kind"], today=timezone.localdate())
        return cls(find_person(document.number, document.kind), content["name"], document)


def _place(user: User) -> str:
    return f"registry_ban:candidate:{user.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*banning.OFFICER)
def ban_new(request: HttpRequest) -> HttpResponse:
    """Step 1: who, by document (posted, never in the address) or out of the list of people. Step 2: the case."""
    acting = access.acting_of(request)
    user = acting.user
    if request.method == "POST" and "candidate" in request.POST:
        same = _same_case(acting, request.POST.get("with", ""))
        return _propose(request, acting, Candidate.opened(request.POST["candidate"], user), same)
    if request.method == "POST":
        form = BanPersonForm(request.POST)
        if not form.is_valid():
            return render(request, "registry/ban_person.html", {"form": form}, status=422)
        document = form.cleaned_data["document"]
        person = look_up(by=acting, document=document, purpose=str(_("Proposal of a ban")))
        candidate = Candidate(person, person.name if person else form.cleaned_data["name"], document)
        if person is not None and person.name != form.cleaned_data["name"]:
            messages.warning(request, _("This document is registered under another name: check that it is she."))
        return _case_page(request, acting, candidate, _case_form(acting, candidate))
    if picked := request.GET.get("person"):
        person = access.one(access.people(acting), pk=_uuid(picked))
        candidate = Candidate(person, person.name)
        same = _same_case(acting, request.GET.get("with", ""))
        return _case_page(request, acting, candidate, _case_form(acting, candidate, same=same), same=same)
    return render(request, "registry/ban_person.html", {"form": BanPersonForm()})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise refuse("not_found") from None


def _same_case(acting: Membership, key: str) -> Ban | None:
    """The ban whose case and decision this proposal shares: that of somebody she managed (Q193-195)."""
    return access.one(access.bans(acting), pk=_uuid(key)) if key else None


def _case_form(
    acting: Membership, candidate: Candidate, request: HttpRequest | None = None, same: Ban | None = None
) -> BanForm:
    institutions = access.institutions(acting)
    if request is not None:
        return BanForm(request.POST, request.FILES, institutions=institutions, decided=same is not None)
    if same is not None:
        shared = {
            "scope": BanScope.MANAGER,
            "institution": same.case.institution_id,
            "case_number": same.case.number,
            "summary": same.case.summary,
            "legal_basis": same.legal_basis,
        }
        return BanForm(institutions=institutions, initial=shared, decided=True)
    post = _open_posts(candidate.person).first() if candidate.person else None
    initial = {"scope": "person", "institution": post.institution_id if post else None}
    return BanForm(institutions=institutions, initial=initial)


def _open_posts(person: Person) -> Any:
    return Post.objects.filter(person=person, ended_on__isnull=True).select_related("institution__region")


def _case_page(
    request: HttpRequest,
    acting: Membership,
    candidate: Candidate,
    form: BanForm,
    refused: DomainError | None = None,
    status: int = 200,
    same: Ban | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "same": same,
        "candidate": candidate,
        "sealed": candidate.sealed(acting.user),
        "posts": list(_open_posts(candidate.person)) if candidate.person else [],
        "legal_bases": LEGAL_BASES,
        "refused": refused,
    }
    return render(request, "registry/ban_new.html", context, status=status)


def _propose(request: HttpRequest, acting: Membership, candidate: Candidate, same: Ban | None) -> HttpResponse:
    form = _case_form(acting, candidate, request, same)
    if not form.is_valid():
        return _case_page(request, acting, candidate, form, status=422, same=same)
    typed = form.cleaned_data
    upload = typed.pop("decision")
    decision: PrivateFile | None = None
    try:
        with transaction.atomic():
            if upload or same is None:
                decision = keep_document(upload, purpose=Purpose.BAN_DECISION, owner=acting.user)
            person = candidate.registered(acting)
            known = same.decision if same else None
            ban = banning.propose_ban(by=acting, person=person, decision=decision or known, **typed)
    except DomainError as error:
        if decision is not None:  # its row went with the transaction
            decision.file.delete(save=False)
        return _case_page(request, acting, candidate, form, refused=error, status=409, same=same)
    messages.success(request, _("Proposed. It takes effect when a second person confirms it."))
    return redirect("bureau_ban", pk=ban.pk)


# --- One ban --------------------------------------------------------------------------------

Verb = Callable[..., Ban]
#: What each button of the page does, and what the page says afterwards.
ACTS: dict[str, tuple[Verb, Any]] = {
    "confirm": (banning.confirm_ban, _("Confirmed. The ban is in effect.")),
    "reject": (banning.reject_ban, _("Turned down. Nobody was barred.")),
    "propose_annulment": (
        banning.propose_annulment,
        _("The annulment is proposed. The ban stands until a second person decides."),
    ),
    "annul": (banning.annul_ban, _("Annulled. Everything stands again as it stood.")),
    "keep": (banning.keep_ban, _("The annulment was turned down. The ban stands.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def ban(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One ban; its steps are posted here as `act`, with a `reason` where one is needed."""
    acting = access.acting_of(request)
    row = access.one(access.bans(acting), pk=pk)
    if request.method != "POST":
        return _ban_page(request, acting, row)
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise refuse("not_found")
    verb, said = ACTS[act]
    if act == "propose_annulment":
        verb = partial(verb, reason=request.POST.get("reason", ""))
    try:
        verb(by=acting, ban=row)
    except DomainError as error:
        row = access.one(access.bans(acting), pk=pk)
        return _ban_page(request, acting, row, refused=error, status=409)
    messages.success(request, said)
    return redirect("bureau_ban", pk=pk)


def _ban_page(
    request: HttpRequest, acting: Membership, row: Ban, refused: DomainError | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "ban": row,
        "posts": list(_open_posts(row.person)),
        "documents": list(row.person.documents.all()),
        "others": row.case.bans.exclude(pk=row.pk).count(),
        "managers": _managers(acting, row) if acting.role in banning.OFFICER else [],
        "events": list(reversed(_events(row))),
        "steps": banning.steps_of(acting, row),
        "barred": row.state in ("standing", "annulment_proposed"),
        "refused": refused,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "registry/ban.html", context, status=status)


def _managers(acting: Membership, row: Ban) -> list[Post]:
    """Posts of her direct managers at the institution concerned, whom nobody has proposed in this case yet."""
    if row.scope != BanScope.PERSON or row.state in ("rejected", "annulled"):
        return []
    posts = Post.objects.filter(person_id=row.person_id, manager__isnull=False)
    if row.case.institution_id:
        posts = posts.filter(institution_id=row.case.institution_id)
    named = row.case.bans.filter(rejected_at__isnull=True).values("person_id")
    managing = access.posts(acting).filter(pk__in=posts.values("manager_id")).exclude(person_id__in=named)
    return list({post.person_id: post for post in managing}.values())


def _events(row: Ban) -> list[dict[str, Any]]:
    """Who did what when, oldest first."""
    steps = [
        (row.proposed_at, _("Ban proposed"), row.proposed_by, "due"),
        (row.rejected_at, _("Ban turned down"), row.rejected_by, "quiet"),
        (row.confirmed_at, _("Confirmed, in effect from this moment"), row.confirmed_by, "refused"),
        (row.annulment_proposed_at, _("Annulment proposed"), row.annulment_proposed_by, "due"),
        (row.annulled_at, _("Annulled"), row.annulled_by, "reached"),
    ]
    return [{"when": when, "title": title, "text": str(who), "tone": tone} for when, title, who, tone in steps if when]
