"""A batch at the counter: whom it looked at singly, what it decided about many at once, how far that is carried out."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from exams.filing.groups.models import GroupSubmission
from exams.filing.models import Application


class SampleDraw(models.Model):
    """Which of a batch's applications the counter looks at one by one, drawn so that anyone can recompute it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    submission = models.OneToOneField(
        GroupSubmission, models.PROTECT, related_name="sample", verbose_name="提交"
    )
    seed = models.CharField("种子", max_length=64)
    percent = models.PositiveSmallIntegerField("比例（%）")
    candidates = models.JSONField("名单")  # [application number], sorted
    drawn = models.JSONField("抽中")  # [application number], in the order drawn
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作人"
    )
    drawn_at = models.DateTimeField("抽取时间")

    class Meta:
        verbose_name = verbose_name_plural = "抽查"

    def __str__(self) -> str:
        return f"{self.submission} 抽查 {len(self.drawn)} 人"


class BatchDecision(models.Model):
    """One decision of one person over a list that was shown. Its items are worked off one by one (`batch_work`)."""

    class Deed(models.TextChoices):
        ORIGINALS = "originals", "确认原件"
        APPROVE = "approve", "批量审核通过"
        RETURN = "return", "批量退回补正"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    submission = models.ForeignKey(
        GroupSubmission, models.PROTECT, related_name="decisions", verbose_name="团体提交"
    )
    deed = models.CharField("办理", max_length=10, choices=Deed.choices)
    # What each of a return is told, as return_application takes it: [{"code", "note"}].
    reasons = models.JSONField("退回原因", default=list, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间")
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量办理"
        ordering = ["-decided_at"]
        indexes = [models.Index(fields=["finished_at", "decided_at"], name="batches_to_work_on")]

    def __str__(self) -> str:
        return f"{self.submission} {self.get_deed_display()}"


class BatchItem(models.Model):
    """One application of a decision: waiting, done, or refused by the action with its sentence."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    decision = models.ForeignKey(BatchDecision, models.CASCADE, related_name="items", verbose_name="批量办理")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="batch_items", verbose_name="申报"
    )
    serial = models.PositiveSmallIntegerField("所见的提交次序")
    done_at = models.DateTimeField("办理时间", null=True, blank=True)
    refusal = models.CharField("未办成的原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量办理明细"
        constraints = [
            models.UniqueConstraint(fields=["decision", "application"], name="one_item_an_application")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.decision.get_deed_display()}"
