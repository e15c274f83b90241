import uuid

import django.db.models.deletion
from django.db import migrations, models

import portal.crypto


class Migration(migrations.Migration):
    # No decision was ever made before this: the table is laid anew, because a key cannot change its type in place.
    dependencies = [("exams", "0014_revoked_passes_and_later_sheets")]

    operations = [
        migrations.DeleteModel("AppliedEffect"),
        migrations.CreateModel(
            name="AppliedEffect",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="顺序")),
                ("code", models.CharField(max_length=20, verbose_name="后果")),
                ("undo", portal.crypto.SealedJSONField(null=True, verbose_name="撤销所需")),
                ("reversed_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applied",
                        to="exams.decision",
                        verbose_name="决定",
                    ),
                ),
            ],
            options={
                "verbose_name": "已执行的后果",
                "verbose_name_plural": "已执行的后果",
                "ordering": ["decision", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "code"), name="one_effect_a_code")
                ],
            },
        ),
    ]
