"""Norms of classes, as policy rows."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0003_numbers_and_equivalence"),
        ("registry", "0011_privacy"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClassNorm",
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
                            ("infant", "Infant class"),
                            ("small", "Younger toddler class"),
                            ("big", "Older toddler class"),
                            ("mixed", "Mixed-age class"),
                        ],
                        max_length=6,
                        verbose_name="type of class",
                    ),
                ),
                ("max_children", models.PositiveSmallIntegerField(verbose_name="children at most")),
                ("children_per_staff", models.PositiveSmallIntegerField(verbose_name="children per member of staff")),
                ("posts", models.JSONField(default=list, verbose_name="posts that count")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="class_norms",
                        to="registry.region",
                        verbose_name="region",
                    ),
                ),
            ],
            options={
                "verbose_name": "norm of a class",
                "verbose_name_plural": "norms of classes",
                "ordering": ["region", "kind", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", False)),
                        fields=("region", "kind", "valid_from"),
                        name="one_published_norm_per_region_kind_and_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("children_per_staff__gte", 1), ("max_children__gte", 1)),
                        name="norm_counts_somebody",
                    ),
                ],
            },
        ),
    ]
