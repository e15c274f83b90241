"""Misconduct: the case by its steps, the decision of a second person, its effects, and their reversal (N2026-7, A3)."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applicants.records.models import Person
from exams.arrangement.models import Seat, Session
from exams.catalogue.models import ListedAct
from exams.filing.models import Application
from portal.crypto import SealedField, SealedJSONField

_ACCOUNT = settings.AUTH_USER_MODEL


class Incident(models.Model):
    """What happened in a session, written down on the spot by two staff."""

    class Kind(models.TextChoices):
        BEHAVIOUR = "behaviour", "考场纪律"
        ILLNESS = "illness", "身体不适"
        EQUIPMENT = "equipment", "设备或试卷"
        DISTURBANCE = "disturbance", "外来干扰"
        OTHER = "other", "其他"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="incidents", verbose_name="场次")
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    at = models.DateTimeField("发生时间")
    text = SealedField("经过")
    recorded_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="记录人")
    witnessed_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="在场工作人员")
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = verbose_name_plural = "考场情况"
        ordering = ["at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(witnessed_by=F("recorded_by")), name="incident_seen_by_two_people"
            )
        ]
        permissions = [("record_incident", "记录考场情况")]

    def __str__(self) -> str:
        return f"{self.session} {self.get_kind_display()}"


class IncidentPerson(models.Model):
    """Somebody an incident is about: whether they were warned first, and whether they signed the record."""

    class Signature(models.TextChoices):
        SIGNED = "signed", "本人签字"
        REFUSED = "refused", "拒绝签字，由两名工作人员注明"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="persons", verbose_name="情况")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="incidents", verbose_name="座位")
    warned_at = models.DateTimeField("提醒时间", null=True, blank=True)
    went_on = models.BooleanField("提醒后仍不改正", default=False)
    signature = models.CharField("签字", max_length=8, choices=Signature.choices)

    class Meta:
        verbose_name = verbose_name_plural = "涉及人员"
        constraints = [
            models.UniqueConstraint(fields=["incident", "seat"], name="one_row_a_person_and_incident"),
            models.CheckConstraint(
                condition=Q(went_on=False) | Q(warned_at__isnull=False), name="went_on_after_warning"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident} {self.seat}"


class Case(models.Model):
    """One act of one person in one sitting (application). Where it stands follows from its steps."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField("案号", max_length=11, unique=True)  # W and ten digits
    person = models.ForeignKey(Person, models.PROTECT, related_name="cases", verbose_name="人员")
    application = models.ForeignKey(Application, models.PROTECT, related_name="cases", verbose_name="申报")
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="座位"
    )
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="现场记录"
    )
    act = models.ForeignKey(ListedAct, models.PROTECT, related_name="+", verbose_name="行为")
    act_on = models.DateField("行为日期")
    facts = SealedField("事实和证据")
    opened_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="立案人")
    opened_at = models.DateTimeField("立案时间")
    dropped_at = models.DateTimeField("撤案时间", null=True, blank=True)
    dropped_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤案人"
    )
    dropped_reason = SealedField("撤案理由", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "违纪违规案件"
        ordering = ["-opened_at"]
        permissions = [
            ("open_case", "立案与告知"),
            ("decide_case", "作出处理决定"),
            ("review_case", "复核处理决定"),
        ]

    def __str__(self) -> str:
        return self.number


class CaseStep(models.Model):
    """A step of the procedure besides the decision: notice, statement, service, request for review."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "拟处理告知"
        STATEMENT = "statement", "陈述申辩"
        SERVICE = "service", "送达"
        REVIEW_ASKED = "review_asked", "申请复核"
        UPHELD = "upheld", "复核维持"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="steps", verbose_name="案件")
    kind = models.CharField("步骤", max_length=12, choices=Kind.choices)
    text = SealedField("内容", null=True)  # of a notice: the reasons
    # Of a notice: the facts as they were told, and the severity intended (A3-4), which a decision does not exceed.
    facts = SealedField("告知的事实和证据", null=True)
    severity = models.CharField("拟认定情节", max_length=8, blank=True)
    how = models.CharField("方式", max_length=100, blank=True)
    on = models.DateField("日期")  # the day it took place, which may lie before the day it was written down
    due_on = models.DateField(
        "期限", null=True, blank=True
    )  # of a notice and a service: what may be said until
    by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="经办人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "案件步骤"
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"


class Decision(models.Model):
    """处理决定 by somebody who did not open the case. In force from a day; reversed as a whole, by another person."""

    class Body(models.TextChoices):
        OWN = "own", "评价机构"
        SUPERVISOR = "supervisor", "评价机构监管部门"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions", verbose_name="案件")
    act = models.ForeignKey(ListedAct, models.PROTECT, related_name="+", verbose_name="行为")
    severity = models.CharField("情节", max_length=8, blank=True)  # minor, serious: A3-4 alone
    body = models.CharField("宣布机构", max_length=10, choices=Body.choices, default=Body.OWN)
    effective_on = models.DateField("生效日")
    reasons = SealedField("理由")
    # portal.rules.sanctions.Effects as JSON, frozen, and the preview that the decider saw.
    effects = models.JSONField("后果")
    preview = SealedJSONField("决定前的预览")
    decided_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="决定人")
    decided_at = models.DateTimeField("决定时间")
    reversed_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    reversed_at = models.DateTimeField("撤销时间", null=True, blank=True)
    reversal_reason = SealedField("撤销理由", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "处理决定"
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(reversed_at=None), name="one_live_decision_a_case"
            ),
            models.CheckConstraint(
                condition=Q(reversed_by=None) | ~Q(reversed_by=F("decided_by")),
                name="reversal_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.act_id}"


class AppliedEffect(models.Model):
    """One effect of a decision as it was applied, with what its reversal needs."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="applied", verbose_name="决定")
    position = models.PositiveSmallIntegerField("顺序")
    code = models.CharField("后果", max_length=20)
    undo = SealedJSONField("撤销所需", null=True)
    reversed_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "已执行的后果"
        ordering = ["decision", "position"]
        constraints = [models.UniqueConstraint(fields=["decision", "code"], name="one_effect_a_code")]

    def __str__(self) -> str:
        return f"{self.decision} {self.code}"


class Telling(models.Model):
    """One act by which an authority was told of some items: which office, by which document, on which day."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    office = models.CharField("报送单位", max_length=100)
    reference = models.CharField("文号或回执", max_length=100)
    told_on = models.DateField("报送日期")
    recorded_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "报送"
        ordering = ["-told_on", "-recorded_at"]
        permissions = [("tell_authorities", "登记已报送主管部门的事项")]

    def __str__(self) -> str:
        return f"{self.office} {self.reference}"


class ToldItem(models.Model):
    """One item an authority was told of, in the words of that day; or that what it was told of has been taken back.

    `about` is the decision's key or, of a certificate, that of its ending: certificates stand to the right of this
    slice. A row entered by mistake is withdrawn, and the item is to be told again.
    """

    class Kind(models.TextChoices):
        REFERRAL = "referral", "移送有关部门"
        RESULTS = "results", "取消已报送的成绩"
        CERTIFICATE = "certificate", "撤销证书数据"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    telling = models.ForeignKey(Telling, models.PROTECT, related_name="items", verbose_name="报送")
    person = models.ForeignKey(Person, models.PROTECT, related_name="told_items", verbose_name="人员")
    kind = models.CharField("事项", max_length=12, choices=Kind.choices)
    about = models.UUIDField("处理决定或证书失效")
    reversal = models.BooleanField("撤销此前的报送", default=False)
    text = SealedField("报送内容")
    withdrawn_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回登记人"
    )
    withdrawn_at = models.DateTimeField("撤回登记时间", null=True, blank=True)
    withdrawn_reason = SealedField("撤回登记理由", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "已报送的事项"
        ordering = ["telling", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about", "reversal"],
                condition=Q(withdrawn_at=None),
                name="an_item_is_told_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.telling} {self.get_kind_display()}"
