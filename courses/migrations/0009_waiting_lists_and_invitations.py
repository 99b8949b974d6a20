import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0008_hours_of_every_source"),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitingPlace",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting",
                        to="courses.courserun",
                        verbose_name="run",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting_places",
                        to="registry.person",
                        verbose_name="person",
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
                        verbose_name="sent by",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("self", "By herself"),
                            ("centre", "By the centre"),
                            ("institution", "By her institution"),
                        ],
                        max_length=11,
                        verbose_name="asked",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                ("placed_at", models.DateTimeField(blank=True, null=True, verbose_name="got a place at")),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="gave up at")),
            ],
            options={
                "verbose_name": "turn on the waiting list",
                "verbose_name_plural": "turns on the waiting list",
                "ordering": ["asked_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at__isnull", True), ("placed_at__isnull", True)),
                        fields=("run", "person"),
                        name="one_open_turn_per_person_and_run",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("placed_at__isnull", True), ("left_at__isnull", True), _connector="OR"),
                        name="turn_ends_once",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="courses.courserun",
                        verbose_name="run",
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
                ("places", models.PositiveSmallIntegerField(verbose_name="places")),
                ("words", models.CharField(blank=True, max_length=300, verbose_name="message")),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
                ("invited_at", models.DateTimeField(auto_now_add=True, verbose_name="invited at")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back at")),
                ("declined_at", models.DateTimeField(blank=True, null=True, verbose_name="declined at")),
                ("decline_reason", models.CharField(blank=True, max_length=300, verbose_name="why declined")),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ["-invited_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("run", "institution"),
                        name="one_standing_invitation_per_run_and_institution",
                    ),
                    models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="invitation_offers_places"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "enrollment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="evaluation",
                        serialize=False,
                        to="courses.enrollment",
                    ),
                ),
                (
                    "content",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="content",
                    ),
                ),
                (
                    "teaching",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="teaching",
                    ),
                ),
                (
                    "organisation",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="organisation",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="what should be better")),
                ("given_at", models.DateTimeField(auto_now_add=True, verbose_name="given at")),
            ],
            options={
                "verbose_name": "evaluation",
                "verbose_name_plural": "evaluations",
                "ordering": ["-given_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("content__range", (1, 5)), ("organisation__range", (1, 5)), ("teaching__range", (1, 5))
                        ),
                        name="evaluation_marks_in_range",
                    )
                ],
                "indexes": [],
            },
        ),
    ]
