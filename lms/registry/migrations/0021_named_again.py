"""What a list only repeats is kept with its changes, also where a command read it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0019_names_by_character"),
    ]

    operations = [
        migrations.AlterField(
            model_name="rosterchange",
            name="upload",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="registry.rosterupload",
                verbose_name="roster upload",
            ),
        ),
    ]
