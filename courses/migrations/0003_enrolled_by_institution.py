from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_relations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="enrollment",
            name="source",
            field=models.CharField(
                choices=[
                    ("self", "By herself"),
                    ("centre", "By the centre"),
                    ("institution", "By her institution"),
                ],
                max_length=11,
                verbose_name="enrolled",
            ),
        ),
    ]
