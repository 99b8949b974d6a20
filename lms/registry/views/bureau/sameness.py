"""One person or two: the queue of possible duplicates, and a merge with the way back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lms.jobs.errors import DomainError
from lms.registry import access, banning, deduplicating, merging
from lms.registry.access import only
from lms.registry.errors import refuse
from lms.registry.models import DocumentKind, Likeness, Membership, Person, PersonMerge, PossibleDuplicate, Role
from lms.registry.searching import CappedPaginator

PER_PAGE = 10
READERS = (*access.BUREAU, Role.PLATFORM_ADMIN)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that wait, side by side. Posted: `keep` ("pair:person") merges, `different` and `picked` tell apart."""
    acting = access.acting_of(request)
    if request.method != "POST":
        return _queue_page(request, acting)
    try:
        return _decided(request, acting)
    except DomainError as error:
        return _queue_page(request, acting, refused=error, status=409)


def _decided(request: HttpRequest, acting: Membership) -> HttpResponse:
    reason = request.POST.get("reason", "")
    rows = deduplicating.queue(acting)
    if kept := request.POST.get("keep"):
        pair, _colon, person = kept.partition(":")
        row = access.one(deduplicating.waiting(rows), pk=pair)
        sides = {str(side.pk): side for side in (row.first, row.second)}
        if person not in sides:
            raise refuse("not_found")
        kept_record = sides.pop(person)
        merge = merging.merge(
            by=acting,
            kept=kept_record,
            absorbed=sides.popitem()[1],
            reason=reason or str(row.get_likeness_display()),
        )
        messages.success(request, _("The two records are one now."))
        return redirect("bureau_merge", pk=merge.pk)
    picked = request.POST.getlist("different") or request.POST.getlist("picked")
    told = deduplicating.tell_apart(by=acting, pairs=rows.filter(pk__in=_keys(picked)), reason=reason)
    words = ngettext("%(n)s pair: two people.", "%(n)s pairs: two people each.", told)
    messages.success(request, words % {"n": told})
    return redirect("bureau_duplicates")


def _keys(texts: list[str]) -> list[UUID]:
    keys = []
    for text in texts:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys


def _queue_page(
    request: HttpRequest, acting: Membership, refused: DomainError | None = None, status: int = 200
) -> HttpResponse:
    rows = deduplicating.waiting(deduplicating.queue(acting))
    likeness = request.GET.get("likeness", "")
    if likeness in Likeness.values:
        rows = rows.filter(likeness=likeness)
    in_scope = access.posts(acting).order_by("-started_on")
    for side in ("first", "second"):
        rows = rows.prefetch_related(
            f"{side}__documents", Prefetch(f"{side}__posts", queryset=in_scope, to_attr="posts_here")
        )
    page = CappedPaginator(rows.order_by("found_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    barred = banning.barred_ids(person.pk for row in page for person in (row.first, row.second))
    context = {
        "page": page,
        "rows": [_compared(row, barred) for row in page],
        "likeness": likeness,
        "kinds": Likeness.choices,
        "refused": refused,
        "may_act": acting.role == Role.BUREAU_OFFICER,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "registry/duplicates.html", context, status=status)


def _compared(row: PossibleDuplicate, barred: set[UUID]) -> dict[str, Any]:
    """The two sides, the likelier one to keep first: who is on post, else who was registered first."""
    sides = sorted((row.first, row.second), key=lambda person: (not _on_post(person), person.created_at))
    cards = [[d for d in person.documents.all() if d.kind == DocumentKind.RESIDENT] for person in sides]
    return {
        "row": row,
        "sides": [(letter, person, person.pk in barred) for letter, person in zip("AB", sides, strict=True)],
        # Nobody has two numbers: they are two people, or one number was written down wrong.
        "two_numbers": all(cards),
        "barred": any(person.pk in barred for person in sides),
    }


def _on_post(person: Person) -> bool:
    return any(post.ended_on is None for post in person.posts_here)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(*READERS)
def merge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a merge moved and what stayed; posted with a `reason`, it is undone."""
    acting = access.acting_of(request)
    people = access.people(acting).order_by().values("pk")
    rows = PersonMerge.objects.select_related("kept", "absorbed", "merged_by", "undone_by")
    # The record it belongs to may have been merged on since.
    row = access.one(rows.filter(kept__in=people) | rows.filter(kept__merged_into__in=people), pk=pk)
    refused: DomainError | None = None
    if request.method == "POST":
        try:
            merging.unmerge(by=acting, merge=row, reason=request.POST.get("reason", ""))
        except DomainError as error:
            refused = error
        else:
            messages.success(request, _("They are two records again, each with what was its own."))
            return redirect("bureau_merge", pk=pk)
    moved = {table: len(keys) for table, keys in row.moved["rows"].items()}
    context = {
        "merge": row,
        "moved": merging.counted(moved),
        "left": merging.counted(row.moved["left"]),
        "closed": not row.undone_at and merging.closed_by(row).filter(is_active=False).exists(),
        "documents": list(row.kept.documents.all()),
        "may_act": acting.role == Role.BUREAU_OFFICER,
        "refused": refused,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "registry/merge.html", context, status=409 if refused else 200)
