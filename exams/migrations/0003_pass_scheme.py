import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # Nothing wrote passes before this, so no row needs a value.
    dependencies = [("exams", "0002_nobody_sits_twice_at_once")]
    operations = [
        migrations.AddField(
            model_name="pass",
            name="scheme",
            field=models.ForeignKey(
                default=0,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="exams.scheme",
                verbose_name="考核方案",
            ),
            preserve_default=False,
        ),
    ]
