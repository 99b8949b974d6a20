"""Is the process alive, and is everything it needs there?"""

from celery import current_app
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from lms.registry import guards


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and guards are all there, else 503; says only which one is not."""
    parts = {"database": _database(), "guards": _guards(), "broker": _broker()}
    ready = all(parts.values())
    return JsonResponse({"status": "ok" if ready else "unready", **parts}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _guards() -> bool:
    try:
        return not guards.missing()
    except DatabaseError:
        return False


def _broker() -> bool:
    try:
        with current_app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
        return True
    except Exception:  # each transport has errors of its own
        return False
