"""Names are found by any part of them (PostgreSQL only; SQLite reads through the names).

The index holds a name's characters: trigrams would find nothing for one or two of them, which is what
Chinese names are looked for by. See lms/registry/searching.py, whose expression it must equal.
"""

from typing import Any

from django.db import migrations

CHARACTERS = "string_to_array(upper(name), NULL)"
INDEXES = {"registry_person": "person_name_characters", "registry_institution": "institution_name_characters"}


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table, index in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX {index} ON {table} USING gin ({CHARACTERS})")


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for index in INDEXES.values():
            schema_editor.execute(f"DROP INDEX IF EXISTS {index}")


class Migration(migrations.Migration):
    dependencies = [("registry", "0018_saved_filters")]

    operations = [migrations.RunPython(create, drop)]
