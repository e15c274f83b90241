from uuid import uuid4

from django.db import models


class PersonKey(models.Model):
    """The key under which a person's values in the trail are encrypted. Deleting it erases them."""

    person_id = models.UUIDField("人员", primary_key=True)
    wrapped_key = models.BinaryField("密钥（加密）")

    class Meta:
        verbose_name = verbose_name_plural = "人员密钥"

    def __str__(self) -> str:
        return str(self.person_id)


class AuditEntry(models.Model):
    """One thing somebody did. Written once in the action's transaction; triggers refuse UPDATE and DELETE."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField("时间", db_index=True)
    action = models.CharField("动作", max_length=80)
    actor_id = models.CharField("操作人", max_length=36, blank=True, help_text="空：系统")
    subject_type = models.CharField("对象类别", max_length=60)
    subject_id = models.CharField("对象", max_length=36)
    person_id = models.CharField("涉及人员", max_length=36, blank=True)
    detail = models.JSONField("内容", default=dict)
    personal = models.BinaryField("个人内容（加密）", default=bytes)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "操作记录"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="audit_by_subject"),
            models.Index(fields=["person_id", "at"], name="audit_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"


class AuditSeal(models.Model):
    """One link of the chain, in order of sealing: sha256(previous chain + sequence + entry + digest)."""

    sequence = models.PositiveBigIntegerField("序号", primary_key=True)
    entry_id = models.UUIDField("操作记录", unique=True)
    digest = models.CharField("记录摘要", max_length=64)
    chain = models.CharField("链值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "操作记录链"

    def __str__(self) -> str:
        return str(self.sequence)


class AccessEntry(models.Model):
    """One look at, or download of, personal data: who, what, why."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField("时间", db_index=True)
    kind = models.CharField("类别", max_length=40)
    actor_id = models.CharField("查看人", max_length=36, blank=True)
    subject_type = models.CharField("对象类别", max_length=60)
    subject_id = models.CharField("对象", max_length=36)
    person_id = models.CharField("涉及人员", max_length=36, blank=True, db_index=True)
    of_minor = models.BooleanField("涉及未成年人", default=False)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "查看记录"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"
