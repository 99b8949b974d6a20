"""Files whose content was removed when its time was up; scans of certificates."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_audit_head"),
    ]

    operations = [
        migrations.AddField(
            model_name="privatefile",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="privatefile",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("roster", "Roster"),
                    ("ban_decision", "Ban decision"),
                    ("certificate", "Certificate"),
                    ("export", "Export"),
                    ("evidence", "Evidence"),
                    ("scan", "Scan of a certificate"),
                ],
                max_length=12,
                verbose_name="purpose",
            ),
        ),
    ]
