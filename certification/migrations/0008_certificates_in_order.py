"""What lists of certificates go by at full size: their order, the names on them, the beginnings of numbers.

The names on PostgreSQL only, as those of people: see migration 0019 of the register and lms/registry/searching.py.
"""

from typing import Any

from django.db import migrations, models


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        characters = "string_to_array(upper(holder_name), NULL)"
        schema_editor.execute(
            f"CREATE INDEX certificate_name_characters ON certification_certificate USING gin ({characters})"
        )
        schema_editor.execute(
            "CREATE INDEX qualification_number_begins ON certification_qualification (number varchar_pattern_ops)"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS certificate_name_characters, qualification_number_begins")


class Migration(migrations.Migration):
    dependencies = [("certification", "0007_conditions_of_a_standard")]

    operations = [
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["-issued_on", "-serial"], name="certificates_newest_first"),
        ),
        migrations.AddIndex(
            model_name="qualification",
            index=models.Index(fields=["recorded_at", "id"], name="qualifications_oldest_first"),
        ),
        migrations.RunPython(create, drop),
    ]
