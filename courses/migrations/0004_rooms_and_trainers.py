import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0003_enrolled_by_institution"),
        ("registry", "0019_names_by_character"),
    ]

    operations = [
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rooms",
                        to="registry.trainingcentre",
                        verbose_name="training centre",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("address", models.CharField(blank=True, max_length=120, verbose_name="address")),
                ("seats", models.PositiveSmallIntegerField(verbose_name="seats")),
                (
                    "latitude",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="latitude"),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="longitude"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "room",
                "verbose_name_plural": "rooms",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("centre", "name"), name="one_room_per_centre_and_name"),
                    models.CheckConstraint(condition=models.Q(("seats__gte", 1)), name="room_has_seats"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="room_position_is_whole",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Trainer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainers",
                        to="registry.trainingcentre",
                        verbose_name="training centre",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="her record",
                    ),
                ),
                ("subjects", models.CharField(blank=True, max_length=200, verbose_name="what she teaches")),
                ("active", models.BooleanField(default=True, verbose_name="teaches now")),
            ],
            options={
                "verbose_name": "trainer",
                "verbose_name_plural": "trainers",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("centre", "name"), name="one_trainer_per_centre_and_name"),
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", False)),
                        fields=("centre", "person"),
                        name="one_trainer_per_centre_and_person",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.RemoveField(
            model_name="session",
            name="trainer",
        ),
        migrations.AddField(
            model_name="session",
            name="trainer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="courses.trainer",
                verbose_name="trainer",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="room",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="courses.room",
                verbose_name="room",
            ),
        ),
    ]
