import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.crypto
from portal.sealing import seal_column


class Migration(migrations.Migration):
    dependencies = [
        ("applicants", "0003_people_filed_by_institutions"),
        ("exams", "0009_after_the_exam"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("attendance", "other_has_a_reason"),
        *seal_column("exams", "attendance", "reason", "说明", length=200),
        migrations.AddConstraint(
            "attendance",
            models.CheckConstraint(
                condition=models.Q(("state", "other"), _negated=True) | models.Q(("reason__isnull", False)),
                name="other_has_a_reason",
            ),
        ),
        *seal_column("exams", "case", "dropped_reason", "撤案理由", length=300),
        *seal_column("exams", "correction", "reason", "理由", length=300, null=False),
        *seal_column("exams", "decision", "reversal_reason", "撤销理由", length=300),
        *seal_column("exams", "excuse", "decision_note", "决定说明", length=300),
        *seal_column("exams", "recheck", "answer", "答复", length=300),
        *seal_column("exams", "scoresheet", "retract_reason", "撤回理由", length=300),
        migrations.CreateModel(
            name="Telling",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("office", models.CharField(max_length=100, verbose_name="报送单位")),
                ("reference", models.CharField(max_length=100, verbose_name="文号或回执")),
                ("told_on", models.DateField(verbose_name="报送日期")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
            ],
            options={
                "verbose_name": "报送",
                "verbose_name_plural": "报送",
                "ordering": ["-told_on", "-recorded_at"],
                "permissions": [("tell_authorities", "登记已报送主管部门的事项")],
            },
        ),
        migrations.CreateModel(
            name="ToldItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("referral", "移送有关部门"),
                            ("results", "取消已报送的成绩"),
                            ("certificate", "撤销证书数据"),
                        ],
                        max_length=12,
                        verbose_name="事项",
                    ),
                ),
                ("about", models.UUIDField(verbose_name="处理决定或证书失效")),
                ("reversal", models.BooleanField(default=False, verbose_name="撤销此前的报送")),
                ("text", portal.crypto.SealedField(verbose_name="报送内容")),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="撤回登记时间"),
                ),
                ("withdrawn_reason", portal.crypto.SealedField(null=True, verbose_name="撤回登记理由")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told_items",
                        to="applicants.person",
                        verbose_name="人员",
                    ),
                ),
                (
                    "telling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="exams.telling",
                        verbose_name="报送",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回登记人",
                    ),
                ),
            ],
            options={
                "verbose_name": "已报送的事项",
                "verbose_name_plural": "已报送的事项",
                "ordering": ["telling", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("kind", "about", "reversal"),
                        name="an_item_is_told_once",
                    )
                ],
            },
        ),
    ]
