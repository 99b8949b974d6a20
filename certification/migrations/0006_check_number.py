from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certification", "0005_entry_review")]

    operations = [
        migrations.AddField(
            model_name="entrycheck",
            name="number",
            field=models.CharField(blank=True, max_length=40, verbose_name="health certificate number"),
        ),
    ]
