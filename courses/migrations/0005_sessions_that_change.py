import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0004_rooms_and_trainers"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="category",
            field=models.CharField(blank=True, max_length=40, verbose_name="category"),
        ),
        migrations.AddField(
            model_name="session",
            name="cancelled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="cancelled at"),
        ),
        migrations.AddField(
            model_name="session",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
        ),
        migrations.AddField(
            model_name="session",
            name="nonce",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.CreateModel(
            name="SessionShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="courses.session",
                        verbose_name="session",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                (
                    "bucket",
                    models.CharField(
                        choices=[("skill", "Skills"), ("ethics", "Professional ethics")],
                        max_length=6,
                        verbose_name="bucket",
                    ),
                ),
                ("category", models.CharField(blank=True, max_length=40, verbose_name="category")),
                ("parts", models.PositiveSmallIntegerField(verbose_name="parts")),
            ],
            options={
                "verbose_name": "share of a session",
                "verbose_name_plural": "shares of sessions",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "number"), name="one_share_per_number"),
                    models.CheckConstraint(condition=models.Q(("parts__gte", 1)), name="share_has_parts"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SessionAct",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="courses.session",
                        verbose_name="session",
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("move", "Moved"),
                            ("cancel", "Cancelled"),
                            ("close", "Closed"),
                            ("reopen", "Reopened"),
                        ],
                        max_length=6,
                        verbose_name="step",
                    ),
                ),
                ("was_starts_at", models.DateTimeField()),
                ("was_ends_at", models.DateTimeField()),
                (
                    "was_room",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.room",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "act on a session",
                "verbose_name_plural": "acts on sessions",
                "ordering": ["-at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("step", "close"), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="session_act_says_why",
                    )
                ],
                "indexes": [],
            },
        ),
    ]
