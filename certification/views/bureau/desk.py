"""The officer's pages: certificates issued here, those from outside that wait to be verified, the rules behind both."""

import uuid
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification import access, checking, claiming, entering, issuing, qualifying, revoking, verifying
from certification.finding import certificates_with, qualifications_with
from certification.forms import (
    CertificateFilter,
    CorrectionForm,
    EntryFilter,
    QualificationFilter,
    ReasonForm,
    RecogniseForm,
)
from certification.models import Certificate, EntryReview, EntryState, Qualification, TrainingStandard
from certification.policies import HoldingRules, prefixes_above
from certification.verifying import Status
from lms.jobs.errors import DomainError
from lms.registry import access as registry_access
from lms.registry.access import BUREAU, one, only
from lms.registry.models import AuditEntry, Membership, Post, PostKind, Region, Role
from lms.registry.naming import called
from lms.registry.searching import CappedPaginator, named

#: A standard and its state for the region looked at.
Stated = tuple[TrainingStandard, str]
DESK = (*BUREAU, Role.PLATFORM_ADMIN)
PAGE = 50


@only(*DESK)
@require_safe
def bureau_certificates(request: HttpRequest) -> HttpResponse:
    """Certificates of the region, by name, number, kind and state."""
    form = CertificateFilter(request.GET)
    rows = verifying.judgeable(access.certificates(request.acting))  # type: ignore[attr-defined]
    if form.is_valid():
        rows = _filtered_certificates(rows, form.cleaned_data)
    page = CappedPaginator(rows.order_by("-issued_on", "-serial"), PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "form": form,
        "page": page,
        "rows": [(row, verifying.status_of(row, now)) for row in page],
        "views": [(_("All"), ""), (Status.REVOKED.label, "state=revoked"), (Status.BARRED.label, "state=barred")],
    }
    return render(request, "certification/bureau_certificates.html", context)


def _filtered_certificates(rows: "QuerySet[Certificate]", wanted: dict[str, Any]) -> "QuerySet[Certificate]":
    if text := wanted["q"].strip():
        rows = rows.filter(certificates_with(text))
    if wanted["kind"]:
        rows = rows.filter(kind=wanted["kind"])
    return verifying.in_state(rows, Status(wanted["state"])) if wanted["state"] else rows


@only(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_certificate(request: HttpRequest, pk: str) -> HttpResponse:
    """One certificate: what it says for good, what it consumed, its history; revoke or correct it."""
    by = request.acting  # type: ignore[attr-defined]
    certificate = one(verifying.judgeable(access.certificates(by)), pk=pk)
    forms: dict[str, Any] = {
        "revoke": ReasonForm(prefix="revoke"),
        "supersede": CorrectionForm(prefix="supersede", initial={"name": certificate.person.name}),
    }
    refusal = None
    act = request.POST.get("act", "")
    if act in forms:
        form = forms[act] = type(forms[act])(request.POST, prefix=act)
        if form.is_valid():
            try:
                return _act(request, act, certificate, form.cleaned_data)
            except DomainError as error:
                refusal = error
    entries = certificate.entries.select_related("entry__session__run__course").order_by("entry__day")
    context = {
        "certificate": certificate,
        "status": verifying.status_of(certificate, timezone.now()),
        "forms": forms,
        "refusal": refusal,
        "opened": act,
        "may_act": by.role in BUREAU and certificate.region.prefix.startswith(by.region.prefix),
        "entries": entries,
        "lesson_minutes": certificate.frozen["lesson_minutes"],
        "chain": _chain(certificate),
        "acts": _acts(certificate),
    }
    return render(request, "certification/bureau_certificate.html", context, status=409 if refusal else 200)


def _act(request: HttpRequest, act: str, certificate: Certificate, typed: dict[str, Any]) -> HttpResponse:
    by = request.acting  # type: ignore[attr-defined]
    if act == "revoke":
        revoking.revoke(by=by, certificate=certificate, reason=typed["reason"])
        messages.success(request, _("The certificate is revoked."))
        return redirect("bureau_certificate", pk=certificate.pk)
    newer = issuing.supersede(by=by, certificate=certificate, name=typed["name"], reason=typed["reason"])
    messages.success(request, _("The corrected certificate is issued; the old one now leads to it."))
    return redirect("bureau_certificate", pk=newer.pk)


def _chain(certificate: Certificate) -> list[Certificate]:
    """All versions of this credential, newest first."""
    same = {"person": certificate.person_id, "kind": certificate.kind_id, "credential": certificate.credential}
    return list(Certificate.objects.filter(**same).order_by("-version"))


def _acts(certificate: Certificate) -> list[dict[str, Any]]:
    """What was done to it, newest first, for the timeline."""
    words = {
        "issue_certificate": (_("Issued"), "reached"),
        "supersede_certificate": (_("Issued as a correction"), "reached"),
        "revoke_certificate": (_("Revoked"), "refused"),
    }
    rows = AuditEntry.objects.filter(subject_kind="certificate", subject_id=str(certificate.pk), action__in=words)
    found = []
    for row in rows.select_related("actor").order_by("-at"):
        title, tone = words[row.action]
        actor = str(row.actor) if row.actor else _("By itself, when the hours were reached")
        reason = (row.after or {}).get("reason", "")
        found.append({"when": row.at, "title": title, "tone": tone, "text": " · ".join(filter(None, (actor, reason)))})
    return found


@only(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_qualifications(request: HttpRequest) -> HttpResponse:
    """Certificates from outside, as rosters claim them; many are verified or doubted at once."""
    by = request.acting  # type: ignore[attr-defined]
    form = QualificationFilter(request.GET)
    rows = access.qualifications(by).order_by("person__sort_key", "person__name", "kind", "number")
    if form.is_valid():
        rows = _filtered_qualifications(by, rows, form.cleaned_data)
    refusal = None
    if request.method == "POST":
        try:
            _decide(request, rows)
            return redirect(request.get_full_path())
        except DomainError as error:
            refusal = error
    today = timezone.localdate()
    today_posts = Post.objects.on(today).select_related("institution")
    rows = rows.prefetch_related(Prefetch("person__posts", today_posts, to_attr="today_posts"))
    # Those that wait longest first, where there are too many to look through by name.
    page = CappedPaginator(rows, PAGE, of_many=("recorded_at", "pk")).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(row, row.standing(today)) for row in page],
        "picked": request.POST.getlist("picked"),
        "reason": request.POST.get("reason", ""),
        "refusal": refusal,
        "may_act": by.role in BUREAU,
        "views": [
            (_("Awaiting verification"), "state=unverified"),
            (_("In doubt"), "state=doubtful"),
            (_("Valid"), "state=valid"),
            (_("Expired"), "state=expired"),
            (_("All"), ""),
        ],
    }
    return render(request, "certification/bureau_qualifications.html", context, status=409 if refusal else 200)


def _filtered_qualifications(
    by: Membership, rows: "QuerySet[Qualification]", wanted: dict[str, Any]
) -> "QuerySet[Qualification]":
    if text := wanted["q"].strip():
        rows = rows.filter(qualifications_with(text))
    if wanted["state"]:
        rows = rows.standing_as(wanted["state"], timezone.localdate())  # type: ignore[attr-defined]
    if wanted["kind"]:
        rows = rows.filter(kind=wanted["kind"])
    if place := wanted["institution"].strip():
        there = registry_access.institutions(by).filter(named(place)).values("pk")
        on_post = Post.objects.on(timezone.localdate()).filter(institution__in=there)
        rows = rows.filter(person__in=on_post.values("person_id"))
    return rows


def _decide(request: HttpRequest, rows: "QuerySet[Qualification]") -> None:
    """The bulk bar: the picked rows, or with `verify_all` every waiting one the filter shows."""
    by = request.acting  # type: ignore[attr-defined]
    act = request.POST.get("act")
    picked = rows.filter(pk__in=_keys(request.POST.getlist("picked")))
    if act == "refuse":
        count = qualifying.refuse_many(by=by, picked=picked, reason=request.POST.get("reason", ""))
        sentence = ngettext("%(n)d certificate is refused.", "%(n)d certificates are refused.", count)
    elif act == "doubt":
        count = qualifying.doubt(by=by, picked=picked, reason=request.POST.get("reason", ""))
        sentence = ngettext("%(n)d certificate is in doubt now.", "%(n)d certificates are in doubt now.", count)
    else:
        chosen = rows.filter(state="unverified") if act == "verify_all" else picked
        count = qualifying.verify_many(by=by, picked=chosen)
        sentence = ngettext("%(n)d certificate is verified.", "%(n)d certificates are verified.", count)
    messages.success(request, sentence % {"n": count})


@only(*DESK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_qualification(request: HttpRequest, pk: str) -> HttpResponse:
    """One certificate from outside with its scan beside what it says: verify, refuse, doubt, or recognise."""
    by = request.acting  # type: ignore[attr-defined]
    rows = access.qualifications(by)
    row = one(rows, pk=pk)
    refusal = None
    recognise = RecogniseForm(request.POST if request.POST.get("act") == "recognise" else None, own=row.kind_id)
    if request.method == "POST":
        try:
            if _judge(request, row, recognise):
                following = rows.filter(state="unverified").exclude(pk=row.pk).order_by("recorded_at", "pk").first()
                return redirect("bureau_qualification", pk=following.pk if following else row.pk)
        except DomainError as error:
            refusal = error
            row.refresh_from_db()
    same = Qualification.objects.filter(kind=row.kind_id, number=row.number).exclude(person=row.person_id)
    today = timezone.localdate()
    context = {
        "row": row,
        "state": row.standing(today),
        "fits": claiming.fits(row.kind, row.number),
        "claimed_elsewhere": bool(row.number) and same.exists(),
        "posts": registry_access.posts(by).filter(person=row.person_id, ended_on__isnull=True),
        "waiting": rows.filter(state="unverified").exclude(pk=row.pk).count(),
        "recognise": recognise,
        "reason": request.POST.get("reason", ""),
        "refusal": refusal,
        "may_act": by.role in BUREAU,
    }
    failed = request.method == "POST"
    return render(request, "certification/bureau_qualification.html", context, status=409 if failed else 200)


def _judge(request: HttpRequest, row: Qualification, recognise: RecogniseForm) -> bool:
    """One decision on one certificate; False when something typed has to be mended first."""
    by = request.acting  # type: ignore[attr-defined]
    act, reason = request.POST.get("act"), request.POST.get("reason", "")
    if act == "recognise":
        if not recognise.is_valid():
            return False
        qualifying.recognise(by=by, qualification=row, kind=recognise.cleaned_data["kind"])
    elif act == "refuse":
        qualifying.refuse_many(by=by, picked=[row], reason=reason)
    elif act == "doubt":
        qualifying.doubt(by=by, picked=[row], reason=reason)
    else:
        qualifying.verify_many(by=by, picked=[row])
    messages.success(request, _("Decided. Its holder is told."))
    return True


@only(*DESK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_entries(request: HttpRequest) -> HttpResponse:
    """Entries that institutions submitted, with what each is still short of; many are approved on one screen."""
    by = request.acting  # type: ignore[attr-defined]
    rows = access.entries(by).order_by("submitted_at", "due_on", "pk")
    form = EntryFilter(request.GET if request.GET else {"state": EntryState.SUBMITTED})
    refusal: DomainError | None = None
    decisions = entering.Decisions()
    if request.method == "POST":
        try:
            picked = rows.filter(pk__in=_keys(request.POST.getlist("picked")))
            decisions = _decide_entries(request, picked)
            if not decisions.refused:
                return redirect(request.get_full_path())
        except DomainError as error:
            refusal = error
    if form.is_valid():
        chosen = form.cleaned_data
        rows = rows.filter(**{name: chosen[name] for name in ("state", "kind") if chosen[name]})
        if text := chosen["q"].strip():
            rows = rows.filter(person__in=called(text))
    page = CappedPaginator(rows, PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    lists = checking.checklists(list(page), today)
    context = {
        "form": form,
        "page": page,
        "rows": [(row, lists[row.pk], entering.blocking(lists[row.pk])) for row in page],
        "picked": request.POST.getlist("picked"),
        "reason": request.POST.get("reason", ""),
        "refusal": refusal,
        "refused": decisions.refused,
        "may_act": by.role in BUREAU,
        "today": today,
        "views": [
            (_("Waiting for you"), "state=submitted"),
            (_("Returned"), "state=returned"),
            (_("Collecting papers"), "state=collecting"),
            (_("Approved"), "state=approved"),
        ],
    }
    failed = request.method == "POST"
    return render(request, "certification/bureau_entries.html", context, status=409 if failed else 200)


def _decide_entries(request: HttpRequest, picked: "QuerySet[EntryReview]") -> entering.Decisions:
    """The bulk bar: approve, or return with a reason; who was refused stays on the screen with why."""
    by = request.acting  # type: ignore[attr-defined]
    if request.POST.get("act") == "approve":
        answer = entering.approve_many(by=by, entries=picked)
        sentence = ngettext("%(n)d entry is approved.", "%(n)d entries are approved.", len(answer.done))
    else:
        answer = entering.return_many(by=by, entries=picked, reason=request.POST.get("reason", ""))
        sentence = ngettext("%(n)d entry is returned.", "%(n)d entries are returned.", len(answer.done))
    if answer.done:
        messages.success(request, sentence % {"n": len(answer.done)})
    return answer


def _keys(values: list[str]) -> list[uuid.UUID]:
    """The keys among what a form sent; what is none picks nothing."""
    found = []
    for value in values:
        with suppress(ValueError):
            found.append(uuid.UUID(value))
    return found


@only(*DESK)
@require_safe
def bureau_standards(request: HttpRequest) -> HttpResponse:
    """Hours and holding rules that apply to the officer's region today, and where each comes from."""
    # The platform's administrators have no region: the whole country.
    region = request.acting.region or Region.objects.get(prefix="")  # type: ignore[attr-defined]
    today = timezone.localdate()
    above, below = _standards(region, today.year)
    rules = HoldingRules([region.prefix]).at(region.prefix, today)
    context = {
        "region": region,
        "year": today.year,
        "above": above,
        "below": below,
        "rules": [rules[kind] for kind in PostKind.values if kind in rules],
        "today": today,
        "drafts": access.standards(request.acting).filter(published_at__isnull=True),  # type: ignore[attr-defined]
        "may_draft": request.acting.role in BUREAU,  # type: ignore[attr-defined]
    }
    return render(request, "certification/bureau_standards.html", context)


def _standards(region: Region, year: int) -> tuple[list[Stated], list[Stated]]:
    """Published standards of the region and all above it, nearest and latest first, each with its state: "holds"
    in `year`, or "overruled"; and those its parts have of their own, without a state.
    """
    rows = TrainingStandard.objects.filter(published_at__isnull=False).select_related("region")
    above = rows.filter(region__prefix__in=prefixes_above(region.prefix)).order_by("-region__prefix", "-year_from")
    holds = next((row for row in above if row.covers(year)), None)
    below = rows.filter(region__prefix__startswith=region.prefix).exclude(region=region)
    return (
        [(row, "holds" if row == holds else "overruled") for row in above],
        [(row, "") for row in below.order_by("region__code", "-year_from")],
    )
