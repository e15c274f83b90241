from uuid import uuid4

from django.conf import settings
from django.db import models

from portal.crypto import SealedField


class Message(models.Model):
    """One message to one person on one channel: the outbox, and what the person reads under 我的消息."""

    class Channel(models.TextChoices):
        SMS = "sms", "短信"
        EMAIL = "email", "电子邮件"
        PAGE = "page", "站内"

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    event = models.CharField("事由", max_length=40)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name="账号",
    )
    address = SealedField("号码或地址", null=True)
    text = SealedField("内容")
    dedupe_key = models.CharField("去重键", max_length=120, unique=True)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField("生成时间")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    error = models.CharField("失败原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        indexes = [
            models.Index(fields=["state", "created_at"], name="message_waiting"),
            models.Index(fields=["account", "-created_at"], name="message_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.get_channel_display()}"
