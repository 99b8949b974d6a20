"""Rules, checks and reviews before somebody comes on post."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0004_class_norms"),
        ("registry", "0011_privacy"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckRule",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("identity", "Identity"),
                            ("ban", "Ban list"),
                            ("no_crime", "No-crime check"),
                            ("health", "Health certificate"),
                            ("qualification", "Qualification"),
                        ],
                        max_length=13,
                        verbose_name="check",
                    ),
                ),
                ("posts", models.JSONField(blank=True, default=list, verbose_name="posts")),
                (
                    "valid_months",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="valid for months"),
                ),
                ("due_days", models.PositiveSmallIntegerField(verbose_name="days to hand it in")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_rules",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule of entry review",
                "verbose_name_plural": "rules of entry review",
                "ordering": ["region", "kind", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", False)),
                        fields=("region", "kind", "valid_from"),
                        name="one_published_check_rule_per_region_and_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EntryCheck",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("identity", "Identity"),
                            ("ban", "Ban list"),
                            ("no_crime", "No-crime check"),
                            ("health", "Health certificate"),
                            ("qualification", "Qualification"),
                        ],
                        max_length=13,
                        verbose_name="check",
                    ),
                ),
                ("done_on", models.DateField(verbose_name="checked on")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("channel", models.CharField(blank=True, max_length=80, verbose_name="channel")),
                ("passed", models.BooleanField(verbose_name="passed")),
                ("consent", models.BooleanField(default=False, verbose_name="the person consented")),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="checks",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "check of a person",
                "verbose_name_plural": "checks of people",
                "ordering": ["-done_on", "-recorded_at"],
                "indexes": [models.Index(fields=["person", "institution", "kind"], name="checks_of_person_and_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "no_crime"), _negated=True),
                            models.Q(("consent", True), models.Q(("channel", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="no_crime_check_with_consent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True), ("valid_until__gte", models.F("done_on")), _connector="OR"
                        ),
                        name="check_holds_after_it_was_made",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EntryReview",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("director", "Director"),
                            ("teacher", "Teacher"),
                            ("carer", "Carer"),
                            ("health_worker", "Health worker"),
                            ("nutrition", "Nutrition and kitchen"),
                            ("guard", "Guard"),
                            ("admin", "Administration"),
                            ("cleaning", "Cleaning"),
                            ("driver", "Driver"),
                            ("volunteer", "Volunteer"),
                            ("intern", "Intern"),
                        ],
                        max_length=13,
                        verbose_name="post",
                    ),
                ),
                ("full_time", models.BooleanField(default=True, verbose_name="full time")),
                ("planned_on", models.DateField(verbose_name="to begin on")),
                ("due_on", models.DateField(verbose_name="papers due by")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("collecting", "Collecting papers"),
                            ("submitted", "Waiting for the bureau"),
                            ("returned", "Returned"),
                            ("approved", "Approved"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="collecting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("opened_at", models.DateTimeField(auto_now_add=True, verbose_name="opened at")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted at")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
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
                        related_name="entries",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "post",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entry",
                        to="registry.post",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry review",
                "verbose_name_plural": "entry reviews",
                "ordering": ["due_on", "opened_at"],
                "indexes": [models.Index(fields=["institution", "state"], name="entries_of_place_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["collecting", "submitted", "returned"])),
                        fields=("person", "institution"),
                        name="one_open_entry_per_person_and_institution",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by__isnull", False), ("post__isnull", False), ("state", "approved")),
                            models.Q(models.Q(("state", "approved"), _negated=True), ("post__isnull", True)),
                            _connector="OR",
                        ),
                        name="entry_approved_has_post",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "returned"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="entry_returned_with_reason",
                    ),
                ],
            },
        ),
    ]
