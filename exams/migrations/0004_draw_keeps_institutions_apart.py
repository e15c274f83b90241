"""A draw may keep the candidates of one institution apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exams", "0003_group_filings"),
    ]

    operations = [
        migrations.AddField(
            model_name="seatdraw",
            name="groups",
            field=models.JSONField(blank=True, default=dict, verbose_name="机构代号"),
        ),
        migrations.AddField(
            model_name="seatdraw",
            name="keeps_apart",
            field=models.BooleanField(default=False, verbose_name="同一机构的考生尽量不相邻"),
        ),
        migrations.AddField(
            model_name="seatdraw",
            name="seated",
            field=models.JSONField(blank=True, default=list, verbose_name="已就座的同机构考生"),
        ),
    ]
