"""A centre's rooms and trainers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, equipping
from courses.browsing import with_sessions_ahead
from courses.forms.desk import RoomForm, TrainerForm
from courses.models import Room, Trainer
from lms.jobs.errors import DomainError
from lms.registry import registering
from lms.registry.access import acting_of, only
from lms.registry.errors import refuse
from lms.registry.models import Role


@require_safe
@only(Role.CENTRE_STAFF)
def rooms(request: HttpRequest) -> HttpResponse:
    """Those in use first, with how many sessions lie ahead there."""
    rows = with_sessions_ahead(access.rooms(acting_of(request))).order_by("-active", "name")
    return render(request, "courses/centre/rooms.html", {"rows": rows})


@require_safe
@only(Role.CENTRE_STAFF)
def trainers(request: HttpRequest) -> HttpResponse:
    """Those who teach now first, with how many sessions lie ahead of them."""
    rows = with_sessions_ahead(access.trainers(acting_of(request))).order_by("-active", "name")
    return render(request, "courses/centre/trainers.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def room(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """A new room, or one that is changed or taken out of use."""
    by = acting_of(request)
    row = access.one(access.rooms(by), pk=pk) if pk else None
    fields = ("name", "seats", "address", "latitude", "longitude")
    form = RoomForm(_typed(request), initial={name: getattr(row, name) for name in fields} if row else None)

    def keep(given: dict[str, Any]) -> None:
        facts = {name: given[name] for name in ("name", "seats", "address")}
        equipping.keep_room(by=by, centre=by.centre, room=row, position=form.position, **facts)  # type: ignore[arg-type]

    return _edit(request, row, form, keep, "centre_rooms")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(Role.CENTRE_STAFF)
def trainer(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """A new trainer, or one that is changed or teaches no more."""
    by = acting_of(request)
    row = access.one(access.trainers(by), pk=pk) if pk else None
    form = TrainerForm(_typed(request), initial={"name": row.name, "subjects": row.subjects} if row else None)

    def keep(given: dict[str, Any]) -> None:
        person = row.person if row else None
        if given["number"]:
            person = registering.find_person(given["number"])
            # A wrong number and an unknown one look alike: a centre must not probe who is on record.
            if person is None or person.name != given["name"]:
                raise refuse("not_found")
        facts = {name: given[name] for name in ("name", "subjects")}
        equipping.keep_trainer(by=by, centre=by.centre, trainer=row, person=person, **facts)  # type: ignore[arg-type]

    return _edit(request, row, form, keep, "centre_trainers")


def _typed(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" and "act" not in request.POST else None


def _edit(request: HttpRequest, row: Room | Trainer | None, form: Any, keep: Any, place: str) -> HttpResponse:
    """Show the form, keep what it says, or take the row out of use (`act=retire`) and back (`act=return`)."""
    refusal: DomainError | None = None
    try:
        if row is not None and (act := request.POST.get("act")) in ("retire", "return"):
            equipping.set_in_use(by=acting_of(request), what=row, active=act == "return")
            messages.success(request, _("Saved."))
            return redirect(place)
        if form.is_valid():
            keep(form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(place)
    except DomainError as error:
        refusal = error
    context: dict[str, Any] = {"row": row, "form": form, "refusal": refusal, "place": place}
    if row is not None:
        ahead = row.sessions.filter(ends_at__gt=timezone.now(), cancelled_at__isnull=True)
        context["ahead"] = ahead.select_related("run", "room", "trainer").order_by("starts_at")[:20]
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "courses/centre/equipment_form.html", context, status=status)
