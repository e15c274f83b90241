"""Certificates: numbered without gaps, frozen, verified by anybody, handed over against a signature (N2026-5)."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applicants.institutions.models import Institution
from applicants.records.models import Credential, Person
from exams.catalogue.models import Offering
from exams.filing.groups.models import ColumnMapping
from exams.filing.models import Application
from exams.passes.models import Pass
from portal.crypto import SealedField, SealedJSONField
from portal.files.models import StoredFile

_ACCOUNT = settings.AUTH_USER_MODEL


class NumberSeries(models.Model):
    """The next serial of the association's own numbers for a year and grade: allocated under lock, without gaps."""

    prefix = models.CharField("机构备案编码（13 位）", max_length=13)
    year = models.PositiveSmallIntegerField("年度")
    grade = models.PositiveSmallIntegerField("等级")
    # Above 1 where certificates were numbered before the portal was used.
    first_serial = models.PositiveIntegerField("起始顺序号", default=1)
    next_serial = models.PositiveIntegerField("下一个顺序号", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "证书号段"
        ordering = ["-year", "-grade"]
        constraints = [
            models.UniqueConstraint(fields=["prefix", "year", "grade"], name="one_series_a_year_and_grade"),
            models.CheckConstraint(
                condition=Q(first_serial__gte=1, next_serial__gte=F("first_serial")), name="series_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.year % 100:02d}{self.grade}"


class ImportedNumber(models.Model):
    """A number the authority gave out; used in order of import."""

    number = models.CharField("证书编号", max_length=22, unique=True)
    grade = models.PositiveSmallIntegerField("等级")
    imported_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="导入人")
    imported_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = verbose_name_plural = "导入的证书编号"
        ordering = ["pk"]
        permissions = [("manage_numbers", "导入证书编号、设定号段")]

    def __str__(self) -> str:
        return self.number


class IssueBatch(models.Model):
    """Certificates proposed together by one person and issued by another."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField("批次号", max_length=11, unique=True)
    proposed_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    applications = models.ManyToManyField(Application, related_name="issue_batches", verbose_name="申报")
    confirmed_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人"
    )
    confirmed_at = models.DateTimeField("签发时间", null=True, blank=True)
    issued_on = models.DateField("发证日期", null=True, blank=True)
    dropped_at = models.DateTimeField("放弃时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "发证批次"
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="issued_by_two_people",
            )
        ]
        permissions = [("propose_certificates", "提出发证"), ("issue_certificates", "签发证书")]

    def __str__(self) -> str:
        return self.number


class SetAside(models.Model):
    """Somebody of a batch who got no certificate when it was issued, and why; the others got theirs."""

    batch = models.ForeignKey(IssueBatch, models.PROTECT, related_name="set_aside", verbose_name="批次")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="set_aside_of_batches", verbose_name="申报"
    )
    reason = models.CharField("原因", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "未签发的人员"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "application"], name="one_reason_a_person_and_batch")
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.application}"


class Certificate(models.Model):
    """An issued certificate, its face frozen with its hash. Its number is never used again.

    `issued_on` is the 发证日期 on its face, `issued_at` the moment it was signed: a replacement keeps the first day,
    from which years after obtaining it are counted (docs/adr/0080).
    """

    class State(models.TextChoices):
        VALID = "valid", "有效"
        VOID = "void", "已作废"
        REPLACED = "replaced", "已换发"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField("证书编号", max_length=22, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="certificates", verbose_name="人员")
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="+", verbose_name="评价项目")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="certificates", verbose_name="申报"
    )
    batch = models.ForeignKey(
        IssueBatch, models.PROTECT, null=True, blank=True, related_name="certificates", verbose_name="批次"
    )
    # The passes it was issued on, some perhaps won by an earlier application: one cancelled voids it.
    passes = models.ManyToManyField(Pass, related_name="certificates", verbose_name="合格科目")
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.VALID)
    issued_on = models.DateField("发证日期")
    issued_at = models.DateTimeField("签发时间")
    face = SealedJSONField("证面")
    face_digest = models.CharField("证面摘要（带密钥）", max_length=80)
    photo = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="证面照片")
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF 文件"
    )
    # The making of the PDF: without a file it is due, unless held for a reason staff can act on.
    made_at = models.DateTimeField("制作时间", null=True, blank=True)
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    hold_reason = models.CharField("受阻原因", max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="换自"
    )
    credential = models.OneToOneField(
        Credential,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="certificate",
        verbose_name="资料中的证书",
    )
    ended_at = models.DateTimeField("失效时间", null=True, blank=True)
    end_reason = SealedField("失效原因", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        ordering = ["-issued_at", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "offering"],
                condition=Q(state="valid"),
                name="one_live_certificate_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state="valid") | Q(ended_at__isnull=False), name="ended_certificate_says_when"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Ending(models.Model):
    """The end of a certificate: asked for by one person, confirmed by another; or by a decision on misconduct (A3).

    A replacement is issued in the same transaction: another copy, or one with a corrected name or document.
    """

    class Kind(models.TextChoices):
        VOID = "void", "作废"
        REISSUE = "reissue", "补发（证书遗失或损坏）"
        CORRECTION = "correction", "更正姓名或证件后换发"
        DECISION = "decision", "违纪违规处理"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="endings", verbose_name="证书")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    reason = SealedField("理由")
    asked_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="提出人")
    asked_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    dropped_at = models.DateTimeField("放弃时间", null=True, blank=True)
    # Of a decision: which, and since when the certificate is valid again, which its reversal alone may not do.
    decision_id = models.UUIDField("处理决定", null=True, blank=True)
    undone_at = models.DateTimeField("恢复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "证书作废与换发"
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate"],
                condition=Q(confirmed_at=None, dropped_at=None),
                name="one_open_ending_a_certificate",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("asked_by")), name="ended_by_two_people"
            ),
        ]
        permissions = [("ask_ending", "提出证书作废或换发"), ("confirm_ending", "复核证书作废或换发")]

    def __str__(self) -> str:
        return f"{self.certificate} {self.get_kind_display()}"


class HandOver(models.Model):
    """Certificates given out at the counter, to the person or to an institution's proxy, against a signature."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    certificates = models.ManyToManyField(Certificate, related_name="hand_overs", verbose_name="证书")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="领取机构"
    )
    received_by = models.CharField("领取人", max_length=50)
    proxy_note = SealedField("委托说明", null=True)
    given_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="经办人")
    given_at = models.DateTimeField("领取时间")

    class Meta:
        verbose_name = verbose_name_plural = "证书领取"
        ordering = ["-given_at"]
        permissions = [("hand_over", "发放证书")]

    def __str__(self) -> str:
        return f"{self.received_by} {self.given_at:%Y-%m-%d}"


class HandBack(models.Model):
    """A certificate that came back to the counter, or was never taken: it waits to be handed over again."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    hand_over = models.ForeignKey(HandOver, models.PROTECT, related_name="hand_backs", verbose_name="领取")
    certificate = models.ForeignKey(
        Certificate, models.PROTECT, related_name="hand_backs", verbose_name="证书"
    )
    reason = SealedField("理由")
    noted_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="经办人")
    noted_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "证书退回"
        ordering = ["noted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["hand_over", "certificate"], name="one_hand_back_a_certificate_handed_over"
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate} {self.noted_at:%Y-%m-%d}"


class CollectionNotice(models.Model):
    """Its holder, and who filed it, were told that a certificate is printed and can be collected."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    certificate = models.ForeignKey(
        Certificate, models.PROTECT, related_name="collection_notices", verbose_name="证书"
    )
    sent_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="通知人")
    sent_at = models.DateTimeField("通知时间")

    class Meta:
        verbose_name = verbose_name_plural = "领取通知"
        ordering = ["sent_at"]

    def __str__(self) -> str:
        return f"{self.certificate} {self.sent_at:%Y-%m-%d}"


class OutcomeExport(models.Model):
    """Results and certificates given to the authorities' systems in one file: whose, in which columns, by whom.

    Of a span of days (both included) or of one batch of certificates.
    """

    class About(models.TextChoices):
        SCORES = "scores", "成绩（按公布日）"
        CERTIFICATES = "certificates", "证书（按签发、作废、换发的日期）"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    about = models.CharField("内容", max_length=12, choices=About.choices)
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)
    batch = models.ForeignKey(
        IssueBatch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批次"
    )
    mapping = models.ForeignKey(ColumnMapping, models.PROTECT, related_name="+", verbose_name="列对照")
    columns = models.JSONField("列")  # as they were in the mapping
    applications = models.ManyToManyField(Application, related_name="outcome_exports", verbose_name="申报")
    certificates = models.ManyToManyField(Certificate, related_name="outcome_exports", verbose_name="证书")
    rows = models.PositiveIntegerField("行数")
    made_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="导出人")
    made_at = models.DateTimeField("导出时间")

    class Meta:
        verbose_name = verbose_name_plural = "成绩和证书导出"
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(batch=None, since__isnull=False, until__gte=F("since"))
                | Q(batch__isnull=False, since=None, until=None),
                name="export_of_days_or_of_a_batch",
            )
        ]
        permissions = [("export_outcomes", "导出成绩和证书")]

    def __str__(self) -> str:
        return f"{self.get_about_display()} {self.made_at:%Y-%m-%d}"
