"""What an import changed, so that it can be undone; lists that close the posts of leavers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_filing_acts"),
    ]

    operations = [
        migrations.AddField(
            model_name="rosterupload",
            name="closes_leavers",
            field=models.BooleanField(default=False, verbose_name="closes the posts of leavers"),
        ),
        migrations.AddField(
            model_name="rosterupload",
            name="undo_job_id",
            field=models.UUIDField(blank=True, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="rosterupload",
            name="undone_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="undone at"),
        ),
        migrations.AddField(
            model_name="rosterupload",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="RosterChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=60)),
                ("row", models.UUIDField()),
                ("created", models.BooleanField()),
                ("before", models.JSONField(blank=True, default=dict)),
                ("after", models.JSONField(blank=True, default=dict)),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="registry.rosterupload",
                        verbose_name="roster upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "change by a roster",
                "verbose_name_plural": "changes by rosters",
                "ordering": ["id"],
            },
        ),
    ]
