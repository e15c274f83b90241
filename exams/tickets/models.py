from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from applicants.institutions.models import Institution
from exams.filing.models import Application
from portal.crypto import SealedJSONField
from portal.files.models import StoredFile


class Ticket(models.Model):
    """An admission ticket and its making: a row found due is both the record and the work item.

    making → ready, or → held (a reason staff can act on). A changed source supersedes it with the next version;
    the loss of admission voids it. Numbers are never used again.
    """

    class State(models.TextChoices):
        MAKING = "making", "制作中"
        READY = "ready", "已制作"
        HELD = "held", "制作受阻"
        SUPERSEDED = "superseded", "已被新版替换"
        VOID = "void", "已作废"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="tickets", verbose_name="申报")
    number = models.CharField("准考证号", max_length=20)
    version = models.PositiveSmallIntegerField("版次", default=1)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.MAKING)
    opens_on = models.DateField("开放下载日")
    provisional = models.BooleanField("日期暂定", default=False)
    # Everything printed on it, frozen (exams.tickets.face), and the digest of that.
    face = SealedJSONField("票面", null=True)
    photo = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="票面照片"
    )
    face_digest = models.CharField("票面摘要（带密钥）", max_length=64, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF 文件"
    )
    due_at = models.DateTimeField("到期制作时间")
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    hold_reason = models.CharField("受阻原因", max_length=200, blank=True)
    made_at = models.DateTimeField("制作时间", null=True, blank=True)
    opened_at = models.DateTimeField("开放时间", null=True, blank=True)
    ended_at = models.DateTimeField("失效时间", null=True, blank=True)
    end_reason = models.CharField("失效原因", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "准考证"
        constraints = [
            models.UniqueConstraint(fields=["number", "version"], name="ticket_numbers_never_reused"),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=["making", "ready", "held"]),
                name="one_live_ticket_an_application",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(file__isnull=False, made_at__isnull=False),
                name="ready_ticket_has_its_file",
            ),
        ]
        indexes = [models.Index(fields=["state", "leased_until"], name="tickets_to_make")]
        permissions = [("manage_ticket", "处理准考证")]

    def __str__(self) -> str:
        return f"{self.number} 第 {self.version} 版"


class TicketPack(models.Model):
    """What an institution took home at once: which tickets, in which version, so that next time it gets the changes."""

    class Form(models.TextChoices):
        MERGED = "merged", "合并的 PDF"
        ZIP = "zip", "逐人 PDF 压缩包"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="ticket_packs", verbose_name="机构"
    )
    filing = models.ForeignKey(
        "exams.GroupFiling", models.PROTECT, related_name="ticket_packs", verbose_name="团体申报"
    )
    form = models.CharField("形式", max_length=8, choices=Form.choices)
    only_changes = models.BooleanField("仅变动部分", default=False)
    tickets = models.JSONField("准考证")  # [[number, version]] in the order of the file
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="下载人"
    )
    taken_at = models.DateTimeField("下载时间")

    class Meta:
        verbose_name = verbose_name_plural = "准考证批量下载"
        ordering = ["-taken_at"]

    def __str__(self) -> str:
        return f"{self.filing} {self.taken_at:%Y-%m-%d %H:%M}"
