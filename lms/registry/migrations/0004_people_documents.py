"""Documents with dates, two more kinds of them, nationality, merged and erased records."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_files_erased"),
    ]

    operations = [
        migrations.AddField(
            model_name="identitydocument",
            name="valid_from",
            field=models.DateField(blank=True, null=True, verbose_name="valid from"),
        ),
        migrations.AddField(
            model_name="identitydocument",
            name="valid_until",
            field=models.DateField(blank=True, null=True, verbose_name="valid until"),
        ),
        migrations.AddField(
            model_name="person",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_records",
                to="registry.person",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="nationality",
            field=models.CharField(blank=True, max_length=3, verbose_name="nationality"),
        ),
        migrations.AlterField(
            model_name="identitydocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("resident", "Resident identity card"),
                    ("hmt_residence", "Residence permit for Hong Kong, Macao and Taiwan"),
                    ("hmt_travel", "Mainland travel permit for Hong Kong, Macao and Taiwan"),
                    ("foreign_resident", "Foreign permanent resident identity card"),
                    ("foreign_permit", "Residence permit for foreigners"),
                    ("passport", "Passport"),
                ],
                max_length=16,
                verbose_name="kind of document",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitydocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="document_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="person_not_merged_into_herself",
            ),
        ),
    ]
