"""Classes, their children, and who serves in them."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_employment"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClassGroup",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("infant", "Infant class"),
                            ("small", "Younger toddler class"),
                            ("big", "Older toddler class"),
                            ("mixed", "Mixed-age class"),
                        ],
                        max_length=6,
                        verbose_name="type of class",
                    ),
                ),
                ("opened_on", models.DateField(verbose_name="opened on")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed on")),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="classes",
                        to="registry.institution",
                        verbose_name="institution",
                    ),
                ),
            ],
            options={
                "verbose_name": "class",
                "verbose_name_plural": "classes",
                "ordering": ["kind", "name"],
            },
        ),
        migrations.CreateModel(
            name="ClassDuty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_on", models.DateField(verbose_name="since")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="registry.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to="registry.classgroup",
                        verbose_name="class",
                    ),
                ),
            ],
            options={
                "verbose_name": "duty in a class",
                "verbose_name_plural": "duties in classes",
                "ordering": ["started_on"],
            },
        ),
        migrations.CreateModel(
            name="ClassCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="since")),
                ("children", models.PositiveSmallIntegerField(verbose_name="children")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="counts",
                        to="registry.classgroup",
                        verbose_name="class",
                    ),
                ),
            ],
            options={
                "verbose_name": "number of children",
                "verbose_name_plural": "numbers of children",
                "ordering": ["-since"],
            },
        ),
        migrations.AddConstraint(
            model_name="classgroup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_on__isnull", True)),
                fields=("institution", "name"),
                name="one_open_class_per_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="classgroup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_on__isnull", True), ("closed_on__gte", models.F("opened_on")), _connector="OR"
                ),
                name="class_closes_after_it_opens",
            ),
        ),
        migrations.AddConstraint(
            model_name="classduty",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True)),
                fields=("group", "post"),
                name="one_open_duty_per_class_and_post",
            ),
        ),
        migrations.AddConstraint(
            model_name="classduty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on__isnull", True), ("ended_on__gte", models.F("started_on")), _connector="OR"
                ),
                name="duty_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="classcount",
            constraint=models.UniqueConstraint(fields=("group", "since"), name="one_count_per_class_and_day"),
        ),
    ]
