"""The screen of a session: its rotating code, as large as the room is deep, pushed by the server step by step."""

import json
import threading
import time
from collections.abc import Generator
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import segno
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses import access, codes, scanning
from courses.codes import STEP, Direction
from courses.models import RunState, Scan, Session
from lms.registry.access import acting_of, only
from lms.registry.models import Role

#: A frame is sent at every half step, so that the counts keep up too.
PACE = STEP.total_seconds() / 2
#: Frames of one connection: after a minute the browser connects anew, and is asked who it is again.
FRAMES = 12
#: Streams of one process at a time, each of which keeps a thread busy; further screens ask once per step instead.
MOST_STREAMS = 8
_slots = threading.BoundedSemaphore(MOST_STREAMS)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The full screen; POST draws a new nonce."""
    by = acting_of(request)
    session = access.one(access.sessions(by), pk=pk)
    way = _direction(request, session)
    if request.method == "POST":
        scanning.renew(by=by, session=session)
        return redirect(f"{reverse('centre_screen', args=[pk])}?direction={way.value}")
    frames = f"{reverse('centre_screen_frames', args=[pk])}?direction={way.value}"
    context = {"session": session, "direction": way, "frame": frame(session, way), "frames": frames}
    return render(request, "courses/centre/screen.html", context)


@never_cache
@require_safe
@only(Role.CENTRE_STAFF)
def frames(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What the screen shows now: once as JSON, or as a stream for whoever accepts one.

    204 tells an EventSource to stop asking for a stream: this server has no thread for it, or none to spare.
    """
    session = access.one(access.sessions(acting_of(request)), pk=pk)
    way = _direction(request, session)
    if "text/event-stream" not in request.headers.get("Accept", ""):
        return JsonResponse(frame(session, way))
    if not request.META.get("wsgi.multithread") or not _slots.acquire(blocking=False):
        return HttpResponse(status=204)
    answer = StreamingHttpResponse(Stream(session, way), content_type="text/event-stream")
    answer["X-Accel-Buffering"] = "no"
    return answer


class Stream:
    """The frames of one connection. It holds no database connection while it waits, and gives its slot back when
    it is closed, however it ended."""

    def __init__(self, session: Session, way: Direction) -> None:
        self._frames = self._draw(session, way)
        self._open = True

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._frames)

    def close(self) -> None:
        self._frames.close()
        if self._open:
            self._open = False
            _slots.release()

    def _draw(self, session: Session, way: Direction) -> Generator[bytes]:
        for number in range(FRAMES):
            if number:
                time.sleep(PACE - time.time() % PACE)
            # Read anew: somebody may have moved or closed it, or drawn another nonce.
            session = Session.objects.select_related("run").get(pk=session.pk)
            said = json.dumps(frame(session, way))
            if not connection.in_atomic_block:
                connection.close()
            yield f"retry: 500\ndata: {said}\n\n".encode()


def frame(session: Session, way: Direction, now: datetime | None = None) -> dict[str, Any]:
    """One picture of the screen: the code of this very step, who came and went, the clock. Never a later code."""
    now = now or timezone.now()
    counted = Scan.objects.filter(session=session).aggregate(came=Count("pk"), gone=Count("left_at"))
    return {
        "state": _state(session),
        "picture": "" if _state(session) else picture(codes.code_of(session.pk, session.nonce, way, now)),
        "clock": f"{timezone.localtime(now):%H:%M}",
        "expected": session.run.enrollments.exclude(state="withdrawn").count(),
        **counted,
        "next": round((PACE - now.timestamp() % PACE) * 1000),
    }


def picture(code: str) -> str:
    """The code's address as a picture, black on white in either theme."""
    address = f"{settings.PUBLIC_URL}{reverse('scan', args=[code])}"
    drawn = segno.make(address, error="m", micro=False, mask=4, boost_error=False)
    return drawn.svg_data_uri(border=3, dark="#000000", light="#ffffff", omitsize=True)


def _state(session: Session) -> str:
    """Why there is nothing to scan; empty where there is."""
    if session.cancelled_at is not None or session.run.state == RunState.CANCELLED:
        return "cancelled"
    if session.closed_at is not None:
        return "closed"
    return "" if session.run.state in (RunState.OPEN, RunState.FINISHED) else "planned"


def _direction(request: HttpRequest, session: Session) -> Direction:
    """As the address says, else in for the first half of a session and out for the second."""
    try:
        return Direction(request.GET.get("direction", ""))
    except ValueError:
        middle = session.starts_at + (session.ends_at - session.starts_at) / 2
        return Direction.IN if timezone.now() < middle else Direction.OUT
