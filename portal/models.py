"""The kernel's tables, collected."""

from django.db import models

from portal.audit.models import AccessEntry, AuditEntry, AuditSeal, PersonKey
from portal.files.models import StoredFile
from portal.messages.models import Message


class DayException(models.Model):
    """A day staff set apart from the published calendar, with its source; counted days follow it at once."""

    day = models.DateField("日期", primary_key=True)
    is_working_day = models.BooleanField("是工作日")
    counter_open = models.BooleanField(
        "窗口是否接待", null=True, blank=True, help_text="留空：按周一、周三的常规"
    )
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "日历例外"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'工作日' if self.is_working_day else '休息日'}"


__all__ = ["AccessEntry", "AuditEntry", "AuditSeal", "DayException", "Message", "PersonKey", "StoredFile"]
