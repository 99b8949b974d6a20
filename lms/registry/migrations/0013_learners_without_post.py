"""Learners nobody employs, and pairs of records with one document."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0012_sign_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="registered_in",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.region",
                verbose_name="registered in",
            ),
        ),
        migrations.AlterField(
            model_name="possibleduplicate",
            name="likeness",
            field=models.CharField(
                choices=[
                    ("name_birth", "Same name and date of birth"),
                    ("phone", "Same phone number"),
                    ("document", "Same document"),
                ],
                max_length=10,
                verbose_name="likeness",
            ),
        ),
    ]
