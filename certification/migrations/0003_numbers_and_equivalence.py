"""What numbers look like; refused and equivalent qualifications."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0002_relations"),
        ("registry", "0011_privacy"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificatekind",
            name="number_hint",
            field=models.CharField(blank=True, max_length=120, verbose_name="what the number looks like"),
        ),
        migrations.AddField(
            model_name="certificatekind",
            name="number_patterns",
            field=models.JSONField(blank=True, default=list, verbose_name="patterns of the number"),
        ),
        migrations.AddField(
            model_name="qualification",
            name="counts_as",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="certification.certificatekind",
                verbose_name="counts as",
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="qualification",
            name="submitted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="qualification",
            name="state",
            field=models.CharField(
                choices=[
                    ("unverified", "Awaiting verification"),
                    ("valid", "Valid"),
                    ("refused", "Refused"),
                    ("revoked", "Revoked"),
                    ("doubtful", "Doubtful"),
                ],
                default="unverified",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "refused"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="qualification_refused_with_a_reason",
            ),
        ),
    ]
