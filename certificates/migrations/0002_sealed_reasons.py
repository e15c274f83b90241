from django.db import migrations

from portal.sealing import seal_column


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_certificates")]

    operations = [
        *seal_column("certificates", "certificate", "end_reason", "失效原因", length=300),
        *seal_column("certificates", "ending", "reason", "理由", length=300, null=False),
        *seal_column("certificates", "handback", "reason", "理由", length=200, null=False),
    ]
