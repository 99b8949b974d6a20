"""The component page: every part of the look in every state, in DEBUG only."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from lms.web import samples

P = ParamSpec("P")
SHELLS = ("public", "learner", "desk")
ERROR_TEMPLATES = {"403": 403, "404": 404, "429": 429, "500": 500, "403_csrf": 403}


def debug_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answers 404 outside DEBUG: the page shows made-up people and would only confuse."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@debug_only
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component. ``?shell=public|learner|desk`` changes the frame, ``?audience=`` the places in it."""
    shell = request.GET.get("shell", "desk")
    if shell not in SHELLS:
        raise Http404
    context = samples.context(request)
    audience = {"learner": "learner", "public": "public"}.get(shell, "bureau")
    return render(
        request,
        "web/styleguide/page.html",
        context | {"shell": f"web/shell_{shell}.html", "shells": SHELLS, "audience": audience},
    )


@debug_only
def styleguide_job(request: HttpRequest) -> HttpResponse:
    """What the running sample job answers when it is asked again: the finished one."""
    return render(request, "web/styleguide/job.html", {"job": samples.DONE_JOB})


@debug_only
def styleguide_row(request: HttpRequest, number: int) -> HttpResponse:
    """The side panel of one sample row."""
    return render(request, "web/styleguide/row.html", {"row": samples.row(number)})


@debug_only
def styleguide_error(request: HttpRequest, code: str) -> HttpResponse:
    """An error page, shown with its own status."""
    if code not in ERROR_TEMPLATES:
        raise Http404
    return render(request, f"{code}.html", status=ERROR_TEMPLATES[code])
