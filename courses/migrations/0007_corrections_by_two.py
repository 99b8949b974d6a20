import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0006_how_presence_is_recorded"),
    ]

    operations = [
        migrations.DeleteModel(
            name="AttendanceCorrection",
        ),
        migrations.CreateModel(
            name="CorrectionProposal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "attendance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="courses.attendance"
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField()),
                ("arrived_at", models.DateTimeField(blank=True, null=True, verbose_name="arrived at")),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="left at")),
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                ("proposed_at", models.DateTimeField(auto_now_add=True, verbose_name="proposed at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Awaiting a second person"),
                            ("confirmed", "Confirmed"),
                            ("rejected", "Rejected"),
                        ],
                        default="open",
                        max_length=9,
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
                "verbose_name": "proposed correction",
                "verbose_name_plural": "proposed corrections",
                "ordering": ["-proposed_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("attendance",),
                        name="one_open_proposal_per_attendance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="proposal_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_decided_by_a_second_person",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="AttendanceCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "attendance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="courses.attendance"
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="courses.correctionproposal",
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField()),
                (
                    "old_state",
                    models.CharField(
                        choices=[
                            ("present", "Present"),
                            ("late", "Came late"),
                            ("left_early", "Left early"),
                            ("late_and_early", "Came late and left early"),
                            ("absent", "Absent"),
                            ("excused", "Excused"),
                        ],
                        max_length=14,
                    ),
                ),
                ("old_arrived_at", models.DateTimeField(blank=True, null=True)),
                ("old_left_at", models.DateTimeField(blank=True, null=True)),
                ("old_minutes", models.PositiveSmallIntegerField()),
                ("corrected_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "attendance correction",
                "verbose_name_plural": "attendance corrections",
                "ordering": ["revision"],
                "constraints": [
                    models.UniqueConstraint(fields=("attendance", "revision"), name="one_correction_per_revision")
                ],
                "indexes": [],
            },
        ),
    ]
