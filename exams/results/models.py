"""Who came, what they scored, what was published, what was asked to be looked at again (N2026-3, N2026-4).

Rows are added, never changed: an attendance noted again, a score corrected, a publication retracted are later rows
that say what they replace. What counts is the latest that stands.
"""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.arrangement.models import Seat, Session
from exams.catalogue.models import Subject
from exams.filing.models import Application
from portal.crypto import SealedField
from portal.files.models import StoredFile

_ACCOUNT = settings.AUTH_USER_MODEL


class CheckIn(models.Model):
    """What a phone at the door saw, perhaps without a network: kept as it was, also where two contradict each other.

    The key is made on the phone, so that sending again writes nothing twice.
    """

    class Verdict(models.TextChoices):
        VALID = "valid", "有效"
        SUPERSEDED = "superseded", "旧版准考证"
        VOID = "void", "已作废"
        OTHER_SESSION = "other_session", "不是本场"
        NOT_GENUINE = "not_genuine", "不是真的准考证"
        UNKNOWN = "unknown", "查无此证"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="check_ins", verbose_name="场次")
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="check_ins", verbose_name="座位"
    )
    ticket_number = models.CharField("准考证号", max_length=20, blank=True)
    ticket_version = models.PositiveSmallIntegerField("版次", null=True, blank=True)
    verdict = models.CharField("结果", max_length=16, choices=Verdict.choices)
    # What the phone answered on the spot, perhaps by an older list; the verdict is the server's.
    seen = models.CharField("设备当时的结果", max_length=16, choices=Verdict.choices)
    typed = models.BooleanField("手工输入号码", default=False)
    device = models.CharField("设备", max_length=36)
    scanned_at = models.DateTimeField("核验时间（设备）")
    received_at = models.DateTimeField("收到时间")
    by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="核验人")

    class Meta:
        verbose_name = verbose_name_plural = "入场核验"
        ordering = ["scanned_at"]
        permissions = [("check_in", "入场核验与考勤")]

    def __str__(self) -> str:
        return f"{self.session} {self.ticket_number}"


class Attendance(models.Model):
    """Whether somebody sat: unknown until noted. A later row replaces the earlier one."""

    class State(models.TextChoices):
        PRESENT = "present", "到考"
        ABSENT = "absent", "缺考"
        OTHER = "other", "其他"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="attendances", verbose_name="座位")
    state = models.CharField("考勤", max_length=8, choices=State.choices)
    reason = SealedField("说明", null=True)  # may name an illness
    noted_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="登记人")
    noted_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "考勤"
        ordering = ["noted_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="other") | Q(reason__isnull=False), name="other_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.get_state_display()}"


class SessionClosing(models.Model):
    """The session is over and every seat resolved."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="closing", verbose_name="场次")
    closed_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="操作人")
    closed_at = models.DateTimeField("结束时间")

    class Meta:
        verbose_name = verbose_name_plural = "场次结束"

    def __str__(self) -> str:
        return str(self.session)


class ScoreSheet(models.Model):
    """The scores of one session: entered by two hands or imported, checked by another person, published by a third act.

    A retracted sheet stays; the next serial takes its place. Beside a published one a further sheet takes the papers of
    people whose attendance was settled later.
    """

    class Source(models.TextChoices):
        TYPED = "typed", "两次录入"
        IMPORTED = "imported", "导入"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="score_sheets", verbose_name="场次")
    serial = models.PositiveSmallIntegerField("次序")
    source = models.CharField("来源", max_length=8, choices=Source.choices)
    made_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="录入人")
    made_at = models.DateTimeField("录入时间")
    checked_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核对人"
    )
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)
    published_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="公布人"
    )
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    retracted_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    retracted_at = models.DateTimeField("撤回时间", null=True, blank=True)
    retract_reason = SealedField("撤回理由", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "成绩单"
        ordering = ["session", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["session", "serial"], name="one_score_sheet_a_serial"),
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(retracted_at=None, published_at=None),
                name="one_open_score_sheet_a_session",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=F("made_by")), name="scores_checked_by_another"
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("made_by")),
                name="scores_published_by_another",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None)
                | Q(checked_by__isnull=False, checked_at__isnull=False, published_by__isnull=False),
                name="scores_published_after_check",
            ),
        ]
        permissions = [
            ("enter_score", "录入成绩"),
            ("check_score", "核对成绩"),
            ("publish_score", "公布、撤回成绩"),
        ]

    def __str__(self) -> str:
        return f"{self.session} 第 {self.serial} 次"


class ScoreEntry(models.Model):
    """One hand's reading of one paper. Two hands that differ are settled by a third reading, with who and when."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="entries", verbose_name="成绩单")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name="座位")
    hand = models.PositiveSmallIntegerField("第几次录入")  # 1, 2; 3 settles a difference
    points = models.PositiveSmallIntegerField("分数", null=True, blank=True)  # null: absent
    by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="录入人")
    at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = verbose_name_plural = "成绩录入"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "seat", "hand"], name="one_reading_a_hand"),
            models.CheckConstraint(condition=Q(hand__range=(1, 3)), name="score_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.points}"


class Score(models.Model):
    """A published score of one subject of one application. A correction is a later row that replaces it and says why."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="scores", verbose_name="申报")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="scores", verbose_name="成绩单")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="scores", verbose_name="座位")
    points = models.PositiveSmallIntegerField("分数", null=True, blank=True)
    maximum = models.PositiveSmallIntegerField("满分")
    pass_mark = models.PositiveSmallIntegerField("合格分")
    passed = models.BooleanField("合格")
    published_on = models.DateField("公布日")
    published_at = models.DateTimeField("公布时间")
    valid_until = models.DateField("有效期末日", null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="更正自"
    )
    retracted_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成绩"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "subject"],
                condition=Q(retracted_at=None, replaces=None),
                name="one_published_score_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(points=None, passed=False) | Q(points__isnull=False, points__lte=F("maximum")),
                name="score_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_subject_display()}"


class Cancellation(models.Model):
    """The score of one subject of one application counts no more by a decision, whether published yet or not (A3).

    The score's own row stays as it was; while any cancellation of it is not lifted, it is no pass.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="cancellations", verbose_name="申报"
    )
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    clause = models.CharField("条款", max_length=12)
    decision_id = models.UUIDField("处理决定")  # conduct stands to the right of this slice
    cancelled_at = models.DateTimeField("取消时间")
    lifted_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成绩取消"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "subject", "decision_id"], name="one_cancellation_a_decision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_subject_display()}"


class Excuse(models.Model):
    """Somebody says why they could not come, with proof, and staff decide whether the place in the queue is kept."""

    class Decision(models.TextChoices):
        OPEN = "open", "待决定"
        GRANTED = "granted", "同意"
        REFUSED = "refused", "不同意"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="excuses", verbose_name="座位")
    text = SealedField("缺考事由")
    proof = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="证明材料"
    )
    asked_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="提出人")
    asked_at = models.DateTimeField("提出时间")
    decision = models.CharField("决定", max_length=8, choices=Decision.choices, default=Decision.OPEN)
    decision_note = SealedField("决定说明", null=True)
    citation = models.CharField("依据", max_length=200, blank=True)
    decided_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "缺考事由"
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat"], condition=~Q(decision="refused"), name="one_excuse_a_seat"
            )
        ]
        permissions = [("decide_excuse", "决定缺考事由")]

    def __str__(self) -> str:
        return f"{self.seat} {self.get_decision_display()}"


class Correction(models.Model):
    """A published score put right: asked for by one person with the reason, confirmed by another, or dropped."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    score = models.ForeignKey(Score, models.PROTECT, related_name="corrections", verbose_name="成绩")
    points = models.PositiveSmallIntegerField("更正为", null=True, blank=True)
    reason = SealedField("理由")
    asked_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="提出人")
    asked_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    dropped_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="放弃人"
    )
    dropped_at = models.DateTimeField("放弃时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成绩更正"
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["score"],
                condition=Q(confirmed_at=None, dropped_at=None),
                name="one_open_correction_a_score",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("asked_by")),
                name="correction_by_two_people",
            ),
        ]
        permissions = [("correct_score", "提出、复核成绩更正")]

    def __str__(self) -> str:
        return f"{self.score} 更正"


class Recheck(models.Model):
    """复核成绩 asked for by the person, answered by somebody who neither made nor checked the score."""

    class Result(models.TextChoices):
        UNCHANGED = "unchanged", "维持原成绩"
        CHANGED = "changed", "成绩更正"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    score = models.ForeignKey(Score, models.PROTECT, related_name="rechecks", verbose_name="成绩")
    note = SealedField("说明", null=True)
    asked_at = models.DateTimeField("申请时间")
    result = models.CharField("结果", max_length=10, choices=Result.choices, blank=True)
    answer = SealedField("答复", null=True)
    answered_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="答复人"
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成绩复核"
        constraints = [
            models.UniqueConstraint(
                fields=["score"], condition=Q(answered_at=None), name="one_open_recheck_a_score"
            )
        ]
        permissions = [("answer_recheck", "答复成绩复核")]

    def __str__(self) -> str:
        return f"{self.score} 复核"
