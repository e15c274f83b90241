"""Applications: what was asked, on which facts, and what people decided. Everything else is derived."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from applicants.institutions.models import Institution
from applicants.records.models import Person
from exams.catalogue.models import FeeSchedule, FilingWindow, Offering
from exams.passes.models import Pass
from portal.crypto import SealedField, SealedJSONField
from portal.files.models import StoredFile


class Status(models.TextChoices):
    DRAFT = "draft", "填写中"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "待补正"
    APPROVED = "approved", "审核通过"
    REJECTED = "rejected", "审核不通过"
    WITHDRAWN = "withdrawn", "已撤回"
    CANCELLED = "cancelled", "已取消"
    LAPSED = "lapsed", "已失效"


LIVE = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.APPROVED)


class Kind(models.TextChoices):
    REGULAR = "regular", "正考"
    RETAKE = "retake", "补考"


class Application(models.Model):
    """One person's wish to be assessed in one offering. One live one per person and offering."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField("申报号", max_length=14, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="applications", verbose_name="参评人员")
    offering = models.ForeignKey(
        Offering, models.PROTECT, related_name="applications", verbose_name="评价项目"
    )
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name="机构"
    )
    kind = models.CharField("类别", max_length=8, choices=Kind.choices, default=Kind.REGULAR)
    subjects = models.JSONField("科目", default=list)
    route = models.CharField("申报条件", max_length=12, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.DRAFT)
    window = models.ForeignKey(
        FilingWindow,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name="申报时间",
    )
    # The window's, unless staff recorded another day with its source (December: next year's plan).
    assess_by = models.DateField("评价截止日", null=True, blank=True)
    assess_by_citation = models.CharField("评价截止日依据", max_length=200, blank=True)
    created_at = models.DateTimeField("建立时间")
    submitted_at = models.DateTimeField("最近提交时间", null=True, blank=True)
    mend_until = models.DateField("补正截止日", null=True, blank=True)
    approved_at = models.DateTimeField("审核通过时间", null=True, blank=True)
    # Set when the last subject's score, absence included, is published.
    concluded_at = models.DateTimeField("办结时间", null=True, blank=True)
    undertaking_version = models.CharField("承诺书版本", max_length=20, blank=True)
    undertaken_at = models.DateTimeField("承诺时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申报"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "offering"],
                condition=Q(status__in=[str(status) for status in LIVE], concluded_at=None),
                name="one_live_application_an_offering",
            ),
        ]
        indexes = [models.Index(fields=["status", "submitted_at"], name="applications_to_review")]
        permissions = [
            ("review_application", "审核申报"),
            ("search_document", "按证件号码查找"),
            ("unmask_person", "查看完整证件号码与手机号"),
            ("decide_claim", "处理证件冲突"),
            ("recover_phone", "为他人更换手机号"),
        ]

    def __str__(self) -> str:
        return self.number


class Transition(models.Model):
    """One change of an application's status. The status equals the fold of these."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="transitions", verbose_name="申报"
    )
    before = models.CharField("原状态", max_length=10, blank=True)
    after = models.CharField("新状态", max_length=10, choices=Status.choices)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="操作人",
    )
    # [{"code": …, "field": …, "note": …, "clause": …}]
    reasons = models.JSONField("理由", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "状态变更"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Submission(models.Model):
    """What was submitted, frozen: the facts, the day of judgement and the verdict, byte for byte."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="submissions", verbose_name="申报"
    )
    serial = models.PositiveSmallIntegerField("次序")
    at = models.DateTimeField("提交时间")
    judged_on = models.DateField("判定日")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="提交人"
    )
    # The whole form: identity, photo id, schooling, jobs, credentials, titles, evidence ids, route, subjects.
    answers = SealedJSONField("申报内容")
    # The rules' input and output (portal.rules.eligibility), canonical JSON text.
    facts = SealedField("判定所据事实")
    verdict = models.TextField("判定")
    answers_digest = models.CharField("内容摘要（带密钥）", max_length=16)
    # A group's forms are printed beforehand, to be taken as one document; an individual's when it is asked for.
    form = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报名表"
    )
    form_tried_at = models.DateTimeField("报名表制作时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提交"
        ordering = ["application", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["application", "serial"], name="one_submission_a_serial"),
        ]

    def __str__(self) -> str:
        return f"{self.application} 第 {self.serial} 次"


class Check(models.Model):
    """One thing the counter checks on a submission: passed, failed or unknown, by whom and when."""

    class Result(models.TextChoices):
        PASSED = "passed", "符合"
        FAILED = "failed", "不符合"
        UNKNOWN = "unknown", "未核对"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="checks", verbose_name="提交")
    code = models.CharField("核对项", max_length=40)
    result = models.CharField("结果", max_length=8, choices=Result.choices, default=Result.UNKNOWN)
    note = models.CharField("说明", max_length=300, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核对人",
    )
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "核对"
        constraints = [models.UniqueConstraint(fields=["submission", "code"], name="one_check_a_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.get_result_display()}"


class Amendment(models.Model):
    """A field staff corrected with the original seen: old value, new value, reason."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="amendments", verbose_name="申报"
    )
    field = models.CharField("字段", max_length=60)
    old_value = SealedField("原值")
    new_value = SealedField("新值")
    reason = models.CharField("理由", max_length=300)
    amended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="修改人"
    )
    amended_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = verbose_name_plural = "更正"
        ordering = ["amended_at"]

    def __str__(self) -> str:
        return self.field


class SpecialArrangement(models.Model):
    """合理便利 asked for with the application; once granted, a constraint of seating."""

    class Need(models.TextChoices):
        WHEELCHAIR = "wheelchair", "轮椅通道与座位"
        GROUND_FLOOR = "ground_floor", "一楼或有电梯的考场"
        LARGE_PRINT = "large_print", "大字试卷"
        EXTRA_TIME = "extra_time", "延长时间"
        SEPARATE_ROOM = "separate_room", "单独考场"
        OTHER = "other", "其他"

    class Decision(models.TextChoices):
        OPEN = "open", "待决定"
        GRANTED = "granted", "同意"
        REFUSED = "refused", "不同意"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.OneToOneField(
        Application, models.CASCADE, related_name="special_arrangement", verbose_name="申报"
    )
    needs = models.JSONField("需要", default=list)
    note = SealedField("说明", null=True)
    decision = models.CharField("决定", max_length=8, choices=Decision.choices, default=Decision.OPEN)
    granted_needs = models.JSONField("同意的安排", default=list, blank=True)
    decision_note = models.CharField("决定说明", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="决定人",
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "合理便利"

    def __str__(self) -> str:
        return f"{self.application} {self.get_decision_display()}"


class Forfeiture(models.Model):
    """A pass this application gives up (N2026-4.2): confirmed by name before submission, effective on approval."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="forfeitures", verbose_name="申报"
    )
    given_up = models.ForeignKey(Pass, models.PROTECT, related_name="+", verbose_name="合格科目")
    confirmed_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = verbose_name_plural = "放弃补考确认"
        constraints = [
            models.UniqueConstraint(fields=["application", "given_up"], name="one_forfeiture_a_pass")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.given_up}"


class Quote(models.Model):
    """The price of an approved application, frozen with its source (N2026-2.4). Amounts in fen."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="quotes", verbose_name="申报")
    schedule = models.ForeignKey(FeeSchedule, models.PROTECT, related_name="+", verbose_name="收费标准")
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    lines = models.JSONField("明细")  # [{"subject": …, "fen": …}]
    total_fen = models.PositiveIntegerField("合计（分）")
    citation = models.CharField("依据", max_length=200)
    quoted_at = models.DateTimeField("报价时间")
    pay_by = models.DateField("缴费截止日")
    reminders_sent = models.PositiveSmallIntegerField("已提醒次数", default=0)
    ended_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "缴费单"
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(ended_at=None), name="one_live_quote_an_application"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.total_fen}"
