from django.db import migrations, models

VERDICTS = [
    ("valid", "有效"),
    ("superseded", "旧版准考证"),
    ("void", "已作废"),
    ("other_session", "不是本场"),
    ("not_genuine", "不是真的准考证"),
    ("unknown", "查无此证"),
]


class Migration(migrations.Migration):
    dependencies = [("exams", "0010_mappings_of_outcomes")]

    operations = [
        migrations.AddField(
            model_name="checkin",
            name="seen",
            # No check-in was ever made before this.
            field=models.CharField(
                choices=VERDICTS, default="valid", max_length=16, verbose_name="设备当时的结果"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="checkin",
            name="typed",
            field=models.BooleanField(default=False, verbose_name="手工输入号码"),
        ),
        migrations.AlterField(
            model_name="checkin",
            name="verdict",
            field=models.CharField(choices=VERDICTS, max_length=16, verbose_name="结果"),
        ),
    ]
