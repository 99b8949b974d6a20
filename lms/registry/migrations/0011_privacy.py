"""Checks before hiring, requests for correction, retention periods, erasures."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_sign_in_phones_and_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("pseudonym", models.CharField(max_length=40, unique=True, verbose_name="pseudonym")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("removed", models.JSONField(default=dict)),
                ("erased_at", models.DateTimeField(auto_now_add=True, verbose_name="erased at")),
                (
                    "erased_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-erased_at"],
            },
        ),
        migrations.CreateModel(
            name="RetentionPeriod",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("roster_file", "Roster files, after their import"),
                            ("export_file", "Exports"),
                            ("query", "Checks before hiring"),
                            ("former_staff", "Identity of people who left every post"),
                            ("job", "Rows of finished jobs"),
                        ],
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                        verbose_name="kind",
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(verbose_name="months")),
                ("paper", models.CharField(max_length=120, verbose_name="paper")),
                ("line", models.CharField(blank=True, max_length=20, verbose_name="line")),
            ],
            options={
                "verbose_name": "retention period",
                "verbose_name_plural": "retention periods",
                "ordering": ["kind"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("months__gte", 1)), name="kept_at_least_a_month")
                ],
            },
        ),
        migrations.CreateModel(
            name="CorrectionRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("name", "Name"),
                            ("sex", "Sex"),
                            ("born_on", "Date of birth"),
                            ("document", "Identity document"),
                            ("phone", "Phone"),
                            ("post", "Post"),
                            ("qualification", "Certificate"),
                            ("hours", "Hours"),
                            ("other", "Something else"),
                        ],
                        max_length=13,
                        verbose_name="about",
                    ),
                ),
                ("text", models.TextField(max_length=1000, verbose_name="what is wrong, and what is right")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Waiting"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="answer")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "request for correction",
                "verbose_name_plural": "requests for correction",
                "ordering": ["-asked_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="correction_decided_with_an_answer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EmploymentQuery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                ("purpose", models.CharField(max_length=200, verbose_name="purpose")),
                ("consent", models.BooleanField(verbose_name="the person consented")),
                ("name", models.CharField(max_length=100, verbose_name="name as given")),
                ("document_index", models.CharField(db_index=True, editable=False, max_length=64)),
                ("document_masked", models.CharField(max_length=30, verbose_name="number, masked")),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("may", "May be employed"),
                            ("may_not", "May not be employed"),
                            ("wait", "Wait for the bureau"),
                        ],
                        max_length=7,
                        verbose_name="answer",
                    ),
                ),
                (
                    "decided_answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("may", "May be employed"),
                            ("may_not", "May not be employed"),
                            ("wait", "Wait for the bureau"),
                        ],
                        max_length=7,
                        verbose_name="the bureau's answer",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("batch", models.UUIDField(blank=True, db_index=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
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
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queries",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queries",
                        to="registry.person",
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
            ],
            options={
                "verbose_name": "check before hiring",
                "verbose_name_plural": "checks before hiring",
                "ordering": ["-asked_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("answer", "wait"), ("decided_at__isnull", True)),
                        fields=["asked_at"],
                        name="queries_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("consent", True), models.Q(("purpose", ""), _negated=True)),
                        name="query_with_consent_and_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_answer", ""), ("decided_at__isnull", True), ("decided_by__isnull", True)
                            ),
                            models.Q(
                                ("answer", "wait"),
                                ("decided_answer__in", ["may", "may_not"]),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="query_decided_only_when_waiting",
                    ),
                ],
            },
        ),
    ]
