from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certificates", "0003_issuing")]

    operations = [
        migrations.AlterField(
            model_name="certificate",
            name="face_digest",
            field=models.CharField(max_length=80, verbose_name="证面摘要（带密钥）"),
        ),
    ]
