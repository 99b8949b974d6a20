import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0006_check_number"),
        ("registry", "0019_names_by_character"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="trainingstandard",
            name="category_hours",
            field=models.JSONField(blank=True, default=dict, verbose_name="least hours per category"),
        ),
        migrations.AddField(
            model_name="trainingstandard",
            name="day_ceiling",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="lesson hours a day at most"),
        ),
        migrations.AddField(
            model_name="trainingstandard",
            name="drafted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="trainingstandard",
            name="onsite_percent",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="share on site, per cent"),
        ),
        migrations.AddField(
            model_name="trainingstandard",
            name="published_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="trainingstandard",
            name="year_kind",
            field=models.CharField(
                choices=[("calendar", "Calendar year"), ("school", "School year, from 1 September")],
                default="calendar",
                max_length=8,
                verbose_name="training year",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingstandard",
            constraint=models.CheckConstraint(
                condition=models.Q(("onsite_percent__lte", 100)), name="standard_share_out_of_100"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingstandard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_at__isnull", True),
                    ("drafted_by__isnull", True),
                    models.Q(
                        ("published_by__isnull", False),
                        models.Q(("published_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="standard_published_by_a_second_person",
            ),
        ),
    ]
