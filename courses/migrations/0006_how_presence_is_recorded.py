import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0005_sessions_that_change"),
    ]

    operations = [
        migrations.CreateModel(
            name="AttendanceRule",
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
                        related_name="attendance_rules",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
                ("grace_minutes", models.PositiveSmallIntegerField(verbose_name="minutes of grace")),
                (
                    "late",
                    models.CharField(
                        choices=[("prorata", "Counts for the time she was there"), ("none", "Counts for nothing")],
                        max_length=7,
                        verbose_name="who is later",
                    ),
                ),
                ("early_minutes", models.PositiveSmallIntegerField(verbose_name="minutes before")),
                ("after_minutes", models.PositiveSmallIntegerField(verbose_name="minutes after")),
                ("near_metres", models.PositiveIntegerField(verbose_name="metres around the room")),
                ("valid_from", models.DateField(verbose_name="valid from")),
            ],
            options={
                "verbose_name": "rule of attendance",
                "verbose_name_plural": "rules of attendance",
                "ordering": ["region", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", False)),
                        fields=("region", "valid_from"),
                        name="one_published_attendance_rule_per_region_and_start",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="courses.session",
                        verbose_name="session",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("code", "Scanned the code"), ("kiosk", "At the centre's kiosk")],
                        max_length=5,
                        verbose_name="way",
                    ),
                ),
                ("came_at", models.DateTimeField(verbose_name="came at")),
                ("device", models.CharField(blank=True, max_length=64)),
                ("came_place", models.JSONField(blank=True, null=True)),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="left at")),
                ("left_device", models.CharField(blank=True, max_length=64)),
                ("left_place", models.JSONField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "scan",
                "verbose_name_plural": "scans",
                "ordering": ["came_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "person"), name="one_scan_per_person_and_session"),
                    models.UniqueConstraint(
                        condition=models.Q(("device", ""), _negated=True),
                        fields=("session", "device"),
                        name="one_person_per_device_and_session",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("left_device", ""), _negated=True),
                        fields=("session", "left_device"),
                        name="one_person_leaves_per_device",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_at__isnull", True), ("left_at__gte", models.F("came_at")), _connector="OR"
                        ),
                        name="scan_out_after_in",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SessionPaper",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="courses.session",
                        verbose_name="session",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("sheet", "Signed sheet"), ("room", "Photo of the room")],
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.privatefile",
                        verbose_name="file",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
                ("sent_at", models.DateTimeField(auto_now_add=True, verbose_name="sent at")),
            ],
            options={
                "verbose_name": "paper of a session",
                "verbose_name_plural": "papers of sessions",
                "ordering": ["sent_at"],
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Excuse",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="excuses",
                        to="courses.session",
                        verbose_name="session",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="excuses",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
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
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Awaiting decision"), ("granted", "Granted"), ("refused", "Refused")],
                        default="open",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("decision", models.CharField(blank=True, max_length=300, verbose_name="reason of the decision")),
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
                "verbose_name": "excuse",
                "verbose_name_plural": "excuses",
                "ordering": ["-asked_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "person"), name="one_excuse_per_person_and_session"),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="excuse_has_reason"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="excuse_decided_by_somebody",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.AddField(
            model_name="attendance",
            name="way",
            field=models.CharField(
                choices=[
                    ("hand", "Called by hand"),
                    ("code", "Scanned the code"),
                    ("kiosk", "At the centre's kiosk"),
                    ("file", "From a file"),
                ],
                default="hand",
                max_length=7,
                verbose_name="way",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="less",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="state",
            field=models.CharField(
                choices=[
                    ("present", "Present"),
                    ("late", "Came late"),
                    ("left_early", "Left early"),
                    ("late_and_early", "Came late and left early"),
                    ("absent", "Absent"),
                    ("excused", "Excused"),
                ],
                max_length=14,
                verbose_name="state",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="attendance",
            name="attendance_times_fit_state",
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("arrived_at__isnull", True),
                        ("left_at__isnull", True),
                        ("minutes", 0),
                        ("state__in", ["absent", "excused"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["absent", "excused"]), _negated=True),
                        ("arrived_at__isnull", False),
                        ("left_at__gt", models.F("arrived_at")),
                    ),
                    _connector="OR",
                ),
                name="attendance_times_fit_state",
            ),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
