import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0010_reviews_of_attendance"),
        ("registry", "0022_people_in_order"),
        ("reports", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Duty",
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
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "per",
                    models.CharField(
                        choices=[("region", "For the region as a whole"), ("institution", "For every institution")],
                        max_length=11,
                        verbose_name="owed",
                    ),
                ),
                ("times", models.PositiveSmallIntegerField(verbose_name="times a year at least")),
                ("audiences", models.JSONField(blank=True, default=list, verbose_name="for whom")),
                ("year_from", models.PositiveSmallIntegerField(verbose_name="from year")),
                ("year_to", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="to year")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
            ],
            options={
                "verbose_name": "duty",
                "verbose_name_plural": "duties",
                "ordering": ["region", "code"],
            },
        ),
        migrations.CreateModel(
            name="DutyAct",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("on", models.DateField(verbose_name="day")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("audience", models.CharField(blank=True, max_length=60, verbose_name="for whom")),
                ("title", models.CharField(max_length=120, verbose_name="what was done")),
                ("organiser", models.CharField(max_length=120, verbose_name="by whom")),
                ("headcount", models.PositiveSmallIntegerField(verbose_name="people reached")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="recorded at")),
                (
                    "duty",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="reports.duty",
                        verbose_name="duty",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duty_acts",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recorded by",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.courserun",
                        verbose_name="course run",
                    ),
                ),
                (
                    "takes_back",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back_by",
                        to="reports.dutyact",
                    ),
                ),
            ],
            options={
                "verbose_name": "act of a duty",
                "verbose_name_plural": "acts of duties",
                "ordering": ["-on", "-recorded_at"],
            },
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(condition=models.Q(("times__gte", 1)), name="duty_is_owed"),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(("year_to__isnull", True), ("year_to__gte", models.F("year_from")), _connector="OR"),
                name="duty_years_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="dutyact",
            index=models.Index(fields=["duty", "year"], name="duty_acts_of_a_year"),
        ),
        migrations.AddConstraint(
            model_name="dutyact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("takes_back__isnull", False), models.Q(("reason", ""), _negated=True)),
                    models.Q(
                        ("takes_back__isnull", True),
                        models.Q(("run__isnull", False), ("evidence__isnull", False), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="duty_act_is_proved",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyact",
            constraint=models.CheckConstraint(
                condition=models.Q(("on__year", models.F("year"))), name="duty_act_in_its_year"
            ),
        ),
    ]
