import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0007_corrections_by_two"),
    ]

    operations = [
        migrations.CreateModel(
            name="HourCategory",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="name")),
                ("name_en", models.CharField(max_length=80, verbose_name="name in English")),
                (
                    "bucket",
                    models.CharField(
                        choices=[("skill", "Skills"), ("ethics", "Professional ethics")],
                        max_length=6,
                        verbose_name="bucket",
                    ),
                ),
            ],
            options={
                "verbose_name": "category of hours",
                "verbose_name_plural": "categories of hours",
                "ordering": ["bucket", "name"],
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="HourClaim",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hour_claims",
                        to="registry.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("practice", "Practice under a mentor"),
                            ("outside", "Training elsewhere"),
                            ("equivalence", "Recognised as equivalent"),
                            ("competition", "Skills competition"),
                            ("drill", "Emergency drill"),
                        ],
                        max_length=11,
                        verbose_name="source",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="what it was")),
                ("organiser", models.CharField(max_length=120, verbose_name="organiser")),
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
                    "institution",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.institution",
                        verbose_name="claimed through",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.privatefile",
                        verbose_name="evidence",
                    ),
                ),
                (
                    "claimed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="claimed by",
                    ),
                ),
                ("claimed_at", models.DateTimeField(auto_now_add=True, verbose_name="claimed at")),
            ],
            options={
                "verbose_name": "claim of hours",
                "verbose_name_plural": "claims of hours",
                "ordering": ["-claimed_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source__in", ["practice", "outside", "equivalence", "competition", "drill"])
                        ),
                        name="claim_of_a_claimable_source",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="HourClaimItem",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="courses.hourclaim"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("day", models.DateField(verbose_name="day")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                (
                    "bucket",
                    models.CharField(
                        choices=[("skill", "Skills"), ("ethics", "Professional ethics")],
                        max_length=6,
                        verbose_name="bucket",
                    ),
                ),
                ("category", models.CharField(blank=True, max_length=40, verbose_name="category")),
                ("online", models.BooleanField(default=False, verbose_name="online")),
                ("asked_minutes", models.PositiveSmallIntegerField(verbose_name="minutes asked for")),
                ("granted_minutes", models.PositiveSmallIntegerField(default=0, verbose_name="minutes granted")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Awaiting decision"), ("granted", "Granted"), ("refused", "Refused")],
                        default="open",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason of the decision")),
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
                "verbose_name": "item of a claim",
                "verbose_name_plural": "items of claims",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("claim", "number"), name="one_item_per_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at__isnull", True), ("starts_at__isnull", True)),
                            ("ends_at__gt", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="claim_item_times_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked_minutes__gte", 1), ("granted_minutes__lte", models.F("asked_minutes"))
                        ),
                        name="claim_item_granted_what_was_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("granted_minutes", 0),
                                ("state", "open"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False), ("decided_by__isnull", False), ("state", "granted")
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("granted_minutes", 0),
                                ("state", "refused"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="claim_item_decided",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.AlterField(
            model_name="hourentry",
            name="source",
            field=models.CharField(
                choices=[
                    ("session", "Session attended"),
                    ("pre_service", "Pre-service session attended"),
                    ("online", "Online study"),
                    ("exam", "Exam"),
                    ("practice", "Practice under a mentor"),
                    ("outside", "Training elsewhere"),
                    ("equivalence", "Recognised as equivalent"),
                    ("competition", "Skills competition"),
                    ("drill", "Emergency drill"),
                ],
                max_length=11,
                verbose_name="source",
            ),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="hour_entries",
                to="courses.hourclaimitem",
                verbose_name="claimed as",
            ),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="category",
            field=models.CharField(blank=True, max_length=40, verbose_name="category"),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="online",
            field=models.BooleanField(default=False, verbose_name="online"),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="starts_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="from"),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="ends_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="part",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RemoveConstraint(
            model_name="hourentry",
            name="one_entry_per_person_session_and_revision",
        ),
        migrations.RemoveConstraint(
            model_name="hourentry",
            name="entry_from_session_names_it",
        ),
        migrations.AddConstraint(
            model_name="hourentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", True), ("session__isnull", False)),
                fields=("person", "session", "revision", "part"),
                name="one_entry_per_person_session_revision_and_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="hourentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("item__isnull", False), ("reverses__isnull", True)),
                fields=("item", "revision", "part"),
                name="one_entry_per_claim_item_and_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="hourentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("item__isnull", True), ("session__isnull", False), ("source__in", ["session", "pre_service"])
                    ),
                    models.Q(
                        ("item__isnull", False),
                        ("session__isnull", True),
                        ("source__in", ["practice", "outside", "equivalence", "competition", "drill"]),
                    ),
                    models.Q(("item__isnull", True), ("source__in", ["online", "exam"])),
                    _connector="OR",
                ),
                name="entry_names_where_it_is_from",
            ),
        ),
        migrations.AddConstraint(
            model_name="hourentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ends_at__isnull", True), ("starts_at__isnull", True)),
                    ("ends_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="entry_times_whole",
            ),
        ),
    ]
