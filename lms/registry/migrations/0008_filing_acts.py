"""The steps of an institution's filing."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_classes"),
    ]

    operations = [
        migrations.AddField(
            model_name="institution",
            name="filing_number",
            field=models.CharField(blank=True, max_length=60, verbose_name="filing number"),
        ),
        migrations.CreateModel(
            name="FilingAct",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "step",
                    models.CharField(
                        choices=[("file", "File"), ("suspend", "Suspend"), ("resume", "Resume"), ("close", "Close")],
                        max_length=7,
                        verbose_name="step",
                    ),
                ),
                ("on", models.DateField(verbose_name="with effect from")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="filing number")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("decided_at", models.DateTimeField(auto_now_add=True, verbose_name="decided at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.privatefile",
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filing_acts",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
            ],
            options={
                "verbose_name": "filing act",
                "verbose_name_plural": "filing acts",
                "ordering": ["-decided_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("step", "file"), models.Q(("number", ""), _negated=True)),
                            ("step", "resume"),
                            models.Q(("step__in", ["suspend", "close"]), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="filing_act_says_why",
                    )
                ],
            },
        ),
    ]
