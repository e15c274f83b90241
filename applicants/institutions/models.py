from uuid import uuid4

from django.conf import settings
from django.db import models


class Institution(models.Model):
    """A training institution or school of this city that files groups (N2026-2.2)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField("名称", max_length=100, unique=True)
    permit_number = models.CharField("办学许可证号或统一社会信用代码", max_length=40, unique=True)
    opened_at = models.DateTimeField("开通时间")
    closed_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "社会培训机构、院校"

    def __str__(self) -> str:
        return self.name


class InstitutionMember(models.Model):
    """What an account may do for an institution."""

    class Role(models.TextChoices):
        FILER = "filer", "填报人"
        REVIEWER = "reviewer", "初审人"
        VIEWER = "viewer", "查看人"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    institution = models.ForeignKey(Institution, models.CASCADE, related_name="members", verbose_name="机构")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name="账号"
    )
    role = models.CharField("角色", max_length=10, choices=Role.choices)
    since = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构成员"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(ended_at=None), name="one_live_membership_an_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.get_role_display()}"
