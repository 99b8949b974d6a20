"""Throws the local SQLite demo away and loads it anew (`make demo-reset`)."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection, models

from lms.management.commands.run_all import alone


class Command(BaseCommand):
    """Only in DEBUG and only on SQLite: what it deletes can't be had back."""

    help = "Deletes the local demo database with its files, then migrates and loads the demo again."

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG or connection.vendor != "sqlite":
            raise CommandError("Only a SQLite database in DEBUG is ever thrown away.")
        database = Path(connection.settings_dict["NAME"])
        with alone():
            if database.exists():
                delete_files()
            connection.close()
            for suffix in ("", "-wal", "-shm"):
                database.with_name(database.name + suffix).unlink(missing_ok=True)
            call_command("migrate", interactive=False, verbosity=0)
            call_command("load_demo")
            call_command("load_demo", show=True)


def delete_files() -> None:
    """Deletes each file that a row names; MEDIA_ROOT may hold another instance's files as well."""
    present = set(connection.introspection.table_names())
    for model in apps.get_models():
        if model._meta.db_table not in present:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.FileField):
                for name in model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True):
                    if name:
                        field.storage.delete(name)
