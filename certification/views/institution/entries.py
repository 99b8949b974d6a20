"""Entry review at the institution: whom it wants on post, and what keeps each of them from it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification import access, checking, entering
from certification.errors import refuse
from certification.forms import CHECK_FORMS, EntryFilter, EntryForm
from certification.models import OPEN_ENTRY, EntryReview
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, one, only
from lms.registry.models import IdentityDocument, Membership, Purpose, Role
from lms.registry.naming import called
from lms.registry.scanning import keep_scan
from lms.registry.searching import CappedPaginator

PER_PAGE = 50
#: Offered, never forced.
CHANNELS = ("公安派出所", "公安机关网上查询", "教育部门教职员工准入查询系统", "人民检察院")


@require_safe
@only(Role.INSTITUTION_MANAGER)
def entries(request: HttpRequest) -> HttpResponse:
    """Entries of one's own institution: those still open unless a state is chosen."""
    rows = access.entries(acting_of(request)).order_by("due_on", "opened_at")
    form = EntryFilter(request.GET)
    listed = rows.filter(state__in=OPEN_ENTRY)
    if form.is_valid():
        chosen = form.cleaned_data
        if chosen["state"]:
            listed = rows.filter(state=chosen["state"])
        if text := chosen["q"].strip():
            listed = listed.filter(person__in=called(text))
        if chosen["kind"]:
            listed = listed.filter(kind=chosen["kind"])
    page = CappedPaginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    lists = checking.checklists(list(page), today)
    context = {
        "form": form,
        "page": page,
        "rows": [(row, lists[row.pk], entering.blocking(lists[row.pk])) for row in page],
        "today": today,
        "views": [
            (_("Open"), ""),
            (_("Waiting for the bureau"), "state=submitted"),
            (_("Returned"), "state=returned"),
            (_("Approved"), "state=approved"),
        ],
    }
    return render(request, "certification/institution/entries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def entry_new(request: HttpRequest) -> HttpResponse:
    """Whom, by name and document (posted, never in the address), on which post, and from when."""
    acting = acting_of(request)
    form = EntryForm(request.POST or None, initial={"planned_on": timezone.localdate()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        assert acting.institution is not None
        try:
            entry = entering.open_entry(
                by=acting,
                institution=acting.institution,
                name=typed["name"],
                document=typed["document"],
                phone=typed["phone"],
                kind=typed["post"],
                full_time=typed["full_time"],
                planned_on=typed["planned_on"],
            )
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The entry is open. Now hand in the papers."))
            return redirect("institution_entry", pk=entry.pk)
    status = 200 if request.method != "POST" else 409 if refusal else 422
    context = {"form": form, "refusal": refusal}
    return render(request, "certification/institution/entry_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.INSTITUTION_MANAGER)
def entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One entry as a checklist; `act` is record (a check, by `kind`), withdraw_check, submit or withdraw."""
    acting = acting_of(request)
    row = one(access.entries(acting), pk=pk)
    refusal: DomainError | None = None
    forms_by_kind: dict[str, forms.Form] = {}
    status = 200
    if request.method == "POST":
        try:
            form = _act(request, acting, row)
            if form is None:
                return redirect("institution_entry", pk=row.pk)
            forms_by_kind[request.POST["kind"]] = form
            status = 422
        except DomainError as error:
            refusal, status = error, 409
            row.refresh_from_db()
    items = entering.checklist(row)
    open_ = row.state in entering.WITH_INSTITUTION
    context = {
        "entry": row,
        "document": IdentityDocument.objects.filter(person=row.person_id).first(),
        "items": [(item, _form_of(item.kind, forms_by_kind) if open_ else None) for item in items],
        "blocking": entering.blocking(items),
        "opened": request.POST.get("kind", "") if status != 200 else "",
        "open": open_,
        "may_withdraw": row.state in OPEN_ENTRY,
        "today": timezone.localdate(),
        "channels": CHANNELS,
        "refusal": refusal,
    }
    return render(request, "certification/institution/entry.html", context, status=status)


def _form_of(kind: str, typed: dict[str, forms.Form]) -> forms.Form | None:
    """The form of a check that people make, with what was typed; None for the system's own."""
    if kind not in CHECK_FORMS:
        return None
    return typed.get(kind) or CHECK_FORMS[kind](prefix=kind)


def _act(request: HttpRequest, acting: Membership, row: EntryReview) -> forms.Form | None:
    """Do what was asked. None when it is done; a form when what was typed has to be mended."""
    act = request.POST.get("act")
    if act == "submit":
        entering.submit(by=acting, entry=row)
        messages.success(request, _("Submitted. The bureau looks at it; you will be told."))
        return None
    if act == "withdraw":
        entering.withdraw(by=acting, entry=row)
        messages.success(request, _("The entry is withdrawn."))
        return None
    if act == "withdraw_check":
        hers = access.checks(acting).filter(person=row.person_id, institution=row.institution_id)
        checking.withdraw_check(by=acting, check=one(hers, pk=request.POST.get("check", "")))
        messages.success(request, _("The check is taken back; it no longer counts."))
        return None
    kind = request.POST.get("kind", "")
    if kind not in CHECK_FORMS:
        raise refuse("check_by_system")
    form = CHECK_FORMS[kind](request.POST, request.FILES, prefix=kind)
    if not form.is_valid():
        return form
    record(acting, row, kind, form.cleaned_data)
    messages.success(request, _("Recorded."))
    return None


def record(acting: Membership, row: EntryReview, kind: str, typed: dict[str, Any]) -> None:
    """One check with its evidence, both or none."""
    upload = typed.pop("evidence", None)
    kept = None
    try:
        with transaction.atomic():
            if upload is not None:
                kept = keep_scan(upload, purpose=Purpose.EVIDENCE, owner=acting.user)
            checking.record_check(
                by=acting, person=row.person, institution=row.institution, kind=kind, evidence=kept, **typed
            )
    except DomainError:
        if kept is not None:  # its row went with the transaction
            kept.file.delete(save=False)
        raise
