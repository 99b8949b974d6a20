"""How somebody is employed, her direct manager, leave, and the employment file."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_same_person"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="contract_until",
            field=models.DateField(blank=True, null=True, verbose_name="contract until"),
        ),
        migrations.AddField(
            model_name="post",
            name="employment",
            field=models.CharField(
                choices=[("own", "Employed by the institution"), ("dispatched", "Dispatched by an agency")],
                default="own",
                max_length=10,
                verbose_name="employment",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="manager",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="managed",
                to="registry.post",
                verbose_name="direct manager",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="probation_until",
            field=models.DateField(blank=True, null=True, verbose_name="on probation until"),
        ),
        migrations.AddField(
            model_name="post",
            name="social_insurance",
            field=models.BooleanField(blank=True, null=True, verbose_name="social insurance"),
        ),
        migrations.AddField(
            model_name="post",
            name="work_permit_number",
            field=models.CharField(blank=True, max_length=40, verbose_name="work permit number"),
        ),
        migrations.AddField(
            model_name="post",
            name="work_permit_until",
            field=models.DateField(blank=True, null=True, verbose_name="work permit until"),
        ),
        migrations.CreateModel(
            name="EmploymentNote",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("appraisal", "Appraisal"),
                            ("reward", "Reward"),
                            ("sanction", "Sanction"),
                            ("contract", "Contract"),
                        ],
                        max_length=9,
                        verbose_name="kind",
                    ),
                ),
                ("on", models.DateField(verbose_name="date")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("text", models.TextField(blank=True, max_length=2000, verbose_name="text")),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
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
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="registry.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of the employment file",
                "verbose_name_plural": "entries of the employment file",
                "ordering": ["-on", "-recorded_at"],
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("maternity", "Maternity leave"),
                            ("sick", "Sick leave"),
                            ("other", "Other leave"),
                            ("suspension", "Suspended pending inquiry"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("started_on", models.DateField(verbose_name="away since")),
                ("expected_until", models.DateField(blank=True, null=True, verbose_name="expected until")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="back on")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
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
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaves",
                        to="registry.post",
                        verbose_name="post",
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
                "verbose_name": "leave",
                "verbose_name_plural": "leave",
                "ordering": ["-started_on"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True)), fields=("post",), name="one_open_leave_per_post"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gte", models.F("started_on")), _connector="OR"
                        ),
                        name="leave_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "suspension"), _negated=True),
                            ("expected_until__isnull", False),
                            _connector="OR",
                        ),
                        name="suspension_has_a_term",
                    ),
                ],
            },
        ),
    ]
