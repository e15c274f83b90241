from datetime import date

from django.db import migrations, models

import portal.crypto


class Migration(migrations.Migration):
    dependencies = [("exams", "0011_a_check_in_keeps_what_the_phone_saw")]

    operations = [
        migrations.AddField(
            model_name="casestep",
            name="facts",
            field=portal.crypto.SealedField(null=True, verbose_name="告知的事实和证据"),
        ),
        migrations.AddField(
            model_name="casestep",
            name="severity",
            field=models.CharField(blank=True, default="", max_length=8, verbose_name="拟认定情节"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="casestep",
            name="on",
            # No step was ever taken before this.
            field=models.DateField(default=date(2026, 1, 15), verbose_name="日期"),
            preserve_default=False,
        ),
    ]
