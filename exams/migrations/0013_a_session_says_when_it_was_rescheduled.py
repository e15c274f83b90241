import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.crypto


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0012_what_a_notice_says'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='session',
            name='rescheduled_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='改期时间'),
        ),
        # Made in 0009 with a number for its key, and used by nothing since; a sealed value needs a key made before it.
        migrations.DeleteModel(name='RefundRequest'),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('amount_fen', models.PositiveIntegerField(verbose_name='金额（分）')),
                ('payee', portal.crypto.SealedField(verbose_name='收款信息')),
                ('citation', models.CharField(max_length=200, verbose_name='依据')),
                ('asked_at', models.DateTimeField(verbose_name='申请时间')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='refund_request', to='exams.application', verbose_name='申报')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='申请人')),
                ('refund', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='request', to='exams.refund', verbose_name='退费')),
            ],
            options={
                'verbose_name': '退费申请',
                'verbose_name_plural': '退费申请',
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='refund_request_is_positive')],
            },
        ),
    ]
