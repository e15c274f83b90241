from uuid import uuid4

from django.db import models

from applicants.records.models import Person


class Bar(models.Model):
    """A person may not take part from one day through another, both inclusive, in any occupation and grade (A3)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="bars", verbose_name="人员")
    barred_from = models.DateField("起始日")
    barred_until = models.DateField("截止日")
    clause = models.CharField("条款", max_length=12)
    decision_id = models.UUIDField("处理决定", null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("记录时间")
    lifted_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "禁考期"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(barred_until__gte=models.F("barred_from")), name="bar_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} 至 {self.barred_until}"
