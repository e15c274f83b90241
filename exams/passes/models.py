from uuid import uuid4

from django.db import models

from applicants.records.models import Person
from exams.catalogue.models import Occupation, Scheme, Subject


class HeldPasses(models.Manager):
    """Leaves out passes whose score was published by mistake or corrected to a fail: nobody ever held them."""

    def get_queryset(self) -> models.QuerySet["Pass"]:
        return super().get_queryset().filter(revoked_at=None)


class Pass(models.Model):
    """A passed subject a person holds, both validity days inclusive (N2026-4.1); results writes it, filing reads it.

    A revoked row stays for the void certificate or the confirmation that names it. `objects` leaves it out.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="passes", verbose_name="人员")
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+", verbose_name="职业")
    grade = models.PositiveSmallIntegerField("等级")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    # Under which scheme it was won: after a change the published retake plan says what it is credited to (N2026-4.3).
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", verbose_name="考核方案")
    # The application it was won by; filing stands to the right of this slice, so no foreign key.
    application_id = models.UUIDField("申报")
    from_competition = models.BooleanField("来自竞赛", default=False)
    published_on = models.DateField("成绩公布日")
    valid_until = models.DateField("有效期末日")
    given_up_at = models.DateTimeField("放弃时间", null=True, blank=True)
    given_up_by = models.UUIDField("因申报放弃", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancelled_by = models.UUIDField("因决定取消", null=True, blank=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    objects = HeldPasses()

    class Meta:
        verbose_name = verbose_name_plural = "合格科目"
        constraints = [
            models.UniqueConstraint(
                fields=["application_id", "subject"],
                condition=models.Q(revoked_at=None),
                name="one_pass_a_subject_and_application",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("published_on")),
                name="pass_valid_after_publication",
            ),
        ]
        indexes = [models.Index(fields=["person", "occupation", "grade"], name="passes_of_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.get_subject_display()}"
