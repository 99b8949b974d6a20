import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0009_waiting_lists_and_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="DetectorRule",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("paper", models.CharField(max_length=120, verbose_name="paper")),
                ("line", models.CharField(max_length=20, verbose_name="line")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("consultation", "Consultation"),
                            ("in_force", "In force"),
                            ("extended", "Extended after expiry"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published at")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detector_rules",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
                (
                    "pattern",
                    models.CharField(
                        choices=[
                            ("two_places", "At two places at once"),
                            ("on_leave", "There while on leave"),
                            ("on_duty", "There while on duty with a class"),
                            ("burst", "Many scans within moments"),
                            ("shared_device", "One device for several people"),
                            ("far_away", "Scanned far from the room"),
                            ("identical_times", "Everybody there, with identical times"),
                            ("long_day", "More hours in a day than can be"),
                            ("trainer_twice", "A trainer in two sessions at once"),
                            ("outlier", "A centre unlike all others"),
                        ],
                        max_length=15,
                        verbose_name="pattern",
                    ),
                ),
                ("threshold", models.PositiveIntegerField(verbose_name="threshold")),
                ("seconds", models.PositiveIntegerField(default=0, verbose_name="within seconds")),
                ("valid_from", models.DateField(verbose_name="valid from")),
            ],
            options={
                "verbose_name": "rule of detection",
                "verbose_name_plural": "rules of detection",
                "ordering": ["region", "pattern", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", False)),
                        fields=("region", "pattern", "valid_from"),
                        name="one_published_detector_rule_per_region_and_start",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Anomaly",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=160, unique=True)),
                (
                    "pattern",
                    models.CharField(
                        choices=[
                            ("two_places", "At two places at once"),
                            ("on_leave", "There while on leave"),
                            ("on_duty", "There while on duty with a class"),
                            ("burst", "Many scans within moments"),
                            ("shared_device", "One device for several people"),
                            ("far_away", "Scanned far from the room"),
                            ("identical_times", "Everybody there, with identical times"),
                            ("long_day", "More hours in a day than can be"),
                            ("trainer_twice", "A trainer in two sessions at once"),
                            ("outlier", "A centre unlike all others"),
                        ],
                        max_length=15,
                        verbose_name="pattern",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="anomalies",
                        to="registry.trainingcentre",
                        verbose_name="centre",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="anomalies",
                        to="courses.session",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="anomalies",
                        to="registry.person",
                    ),
                ),
                ("evidence", models.JSONField(default=dict)),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be looked at"),
                            ("accepted", "Accepted as honest"),
                            ("rejected", "Rejected as false"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.conductcase",
                    ),
                ),
            ],
            options={
                "verbose_name": "anomaly",
                "verbose_name_plural": "anomalies",
                "ordering": ["-found_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["region", "-found_at"], name="anomalies_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="anomaly_decided_with_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditSample",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
                ("quarter", models.CharField(max_length=6, verbose_name="quarter")),
                ("seed", models.CharField(max_length=40, verbose_name="seed")),
                ("size", models.PositiveSmallIntegerField(verbose_name="sessions drawn")),
                ("drawn_from", models.JSONField(default=list, verbose_name="drawn from")),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drawn by",
                    ),
                ),
                ("drawn_at", models.DateTimeField(auto_now_add=True, verbose_name="drawn at")),
            ],
            options={
                "verbose_name": "audit sample",
                "verbose_name_plural": "audit samples",
                "ordering": ["-quarter", "-drawn_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("region", "quarter", "seed"), name="one_sample_per_region_quarter_and_seed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quarter__regex", "^20[0-9]{2}Q[1-4]$")), name="quarter_is_one"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SampledSession",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "sample",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="courses.auditsample"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="courses.session"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "paper",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.sessionpaper",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("open", "Sheet awaited"),
                            ("agrees", "Sheet and record agree"),
                            ("differs", "Sheet and record differ"),
                        ],
                        default="open",
                        max_length=7,
                        verbose_name="verdict",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
            ],
            options={
                "verbose_name": "sampled session",
                "verbose_name_plural": "sampled sessions",
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("sample", "session"), name="one_place_in_a_sample"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by__isnull", True), ("verdict", "open")),
                            models.Q(models.Q(("verdict", "open"), _negated=True), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="sampled_session_decided_by_somebody",
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
