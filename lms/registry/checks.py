"""System check: nothing starts on a database whose guards are not all there."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from lms.registry import guards


@register(Tags.database)
def guards_installed(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """registry.E001 for every guard that is missing, unless the database was never migrated."""
    errors: list[CheckMessage] = []
    for using in databases or []:
        try:
            names = guards.missing(using)
        except DatabaseError:
            continue
        if names and "registry_ban" in connections[using].introspection.table_names():
            errors.append(
                Error(
                    f"{len(names)} database guards are missing, first {names[0]}.",
                    hint="Run manage.py migrate as the owner of the tables.",
                    id="registry.E001",
                )
            )
    return errors


def require_guards() -> None:
    """For web and worker processes at their start: refuse to serve without the guards."""
    if names := guards.missing():
        raise ImproperlyConfigured(f"{len(names)} database guards are missing, first {names[0]}; run migrate.")
