"""What the register's lists go by at full size: the order of people, and posts by person, kind and state."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def drop(apps: Any, schema_editor: Any) -> None:
    """The index of the foreign key says less than "posts_of_person", and the planner takes it for as good."""
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, "registry_post")
    for name, told in found.items():
        plain = told["index"] and not (told["primary_key"] or told["unique"])
        if plain and told["columns"] == ["person_id"]:
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def create(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("CREATE INDEX registry_post_person_id ON registry_post (person_id)")


class Migration(migrations.Migration):
    dependencies = [("registry", "0021_named_again")]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)),
                fields=["sort_key", "name", "id"],
                name="people_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["person", "started_on", "ended_on", "state", "kind", "institution"], name="posts_of_person"
            ),
        ),
        migrations.AddIndex(
            model_name="post", index=models.Index(fields=["kind", "state", "person"], name="posts_by_kind")
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("state", "on_post"), _negated=True),
                fields=["state", "person"],
                name="posts_not_at_work",
            ),
        ),
        # Altering the field would copy the whole table on SQLite.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="post",
                    name="person",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="registry.person",
                        verbose_name="person",
                    ),
                )
            ],
            database_operations=[migrations.RunPython(drop, create)],
        ),
    ]
