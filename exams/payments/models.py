"""Money: append-only rows with unique numbers. Amounts are whole fen."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.filing.groups.models import GroupFiling
from exams.filing.models import Application, Quote
from portal.crypto import SealedField


class Bill(models.Model):
    """One sum for many quotes of a group filing: paid by one transfer that names the bill's reference."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    filing = models.ForeignKey(GroupFiling, models.PROTECT, related_name="bills", verbose_name="团体申报")
    reference = models.CharField("缴费编号", max_length=14, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="开单人"
    )
    issued_at = models.DateTimeField("开单时间")
    pay_by = models.DateField("缴费截止日")
    ended_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "团体缴费单"
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return self.reference


class BillLine(models.Model):
    """One person's quote on a bill. What is still to pay is derived from the quote and its payments."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", verbose_name="缴费单")
    quote = models.ForeignKey(Quote, models.PROTECT, related_name="bill_lines", verbose_name="个人缴费单")
    removed_at = models.DateTimeField("移出时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "缴费单明细"
        constraints = [
            models.UniqueConstraint(
                fields=["quote"], condition=Q(removed_at=None), name="one_live_bill_a_quote"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bill} {self.quote}"


class Remittance(models.Model):
    """One transfer for a bill, allocated to its people: a payment for each, all with this row (amounts in fen)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="remittances", verbose_name="缴费单")
    amount_fen = models.PositiveIntegerField("金额（分）")
    receipt_number = models.CharField("收据号", max_length=24, unique=True)
    transaction_number = models.CharField("交易流水号", max_length=64, unique=True)
    payer = models.CharField("付款户名", max_length=100, blank=True)
    received_on = models.DateField("到账日")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="收款人"
    )
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "团体到账"
        ordering = ["recorded_at"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="remittance_is_positive")]

    def __str__(self) -> str:
        return self.receipt_number


class Payment(models.Model):
    """Money taken at the counter or found on the account, for one quote, with its receipt."""

    class Method(models.TextChoices):
        CASH = "cash", "现金"
        POS = "pos", "刷卡或扫码"
        TRANSFER = "transfer", "银行转账"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    quote = models.ForeignKey(Quote, models.PROTECT, related_name="payments", verbose_name="缴费单")
    amount_fen = models.PositiveIntegerField("金额（分）")
    method = models.CharField("方式", max_length=8, choices=Method.choices)
    receipt_number = models.CharField("收据号", max_length=30, unique=True)
    transaction_number = models.CharField("交易流水号", max_length=64, unique=True, null=True, blank=True)
    # The share of one person in an institution's transfer; its receipt is the remittance's, with a number after it.
    remittance = models.ForeignKey(
        Remittance, models.PROTECT, null=True, blank=True, related_name="payments", verbose_name="团体到账"
    )
    received_on = models.DateField("到账日")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="收款人"
    )
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "收款"
        ordering = ["recorded_at"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_is_positive")]
        permissions = [
            ("take_payment", "登记收款"),
            ("ask_reversal", "申请冲正"),
            ("confirm_reversal", "复核冲正"),
            ("ask_refund", "申请退费"),
            ("confirm_refund", "复核退费"),
            ("issue_invoice", "开具发票"),
        ]

    def __str__(self) -> str:
        return self.receipt_number


class Reversal(models.Model):
    """A payment undone: asked for by one person, confirmed by another. Counts from its confirmation."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="reversal", verbose_name="收款")
    reason = models.CharField("理由", max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    asked_at = models.DateTimeField("申请时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="复核人",
    )
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "冲正"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("asked_by")), name="reversal_by_two_people"
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment} 冲正"


class Refund(models.Model):
    """Money given back after leaving: asked for by one person, confirmed with its transaction number by another."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="refunds", verbose_name="申报")
    amount_fen = models.PositiveIntegerField("金额（分）")
    reason = models.CharField("理由", max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    asked_at = models.DateTimeField("申请时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="复核人",
    )
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    transaction_number = models.CharField("退款流水号", max_length=64, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "退费"
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_is_positive"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("asked_by")), name="refund_by_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} 退费"


class NoRefund(models.Model):
    """By a decision on misconduct, nothing taken for the application goes back (A3-1)."""

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="no_refunds", verbose_name="申报"
    )
    clause = models.CharField("条款", max_length=12)
    decision_id = models.UUIDField("处理决定", unique=True)  # conduct stands to the right of this slice
    since = models.DateTimeField("起始时间")
    lifted_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "不予退费"

    def __str__(self) -> str:
        return f"{self.application} {self.clause}"


class RefundRequest(models.Model):
    """The fee, or one subject's part of it, asked back by who leaves or gives that subject up, and where it shall go.

    Staff take it up as a refund. An application may have several: for a subject, later for what is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="refund_requests", verbose_name="申报"
    )
    amount_fen = models.PositiveIntegerField("金额（分）")
    payee = SealedField("收款信息")
    citation = models.CharField("依据", max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    asked_at = models.DateTimeField("申请时间")
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name="退费"
    )

    class Meta:
        verbose_name = verbose_name_plural = "退费申请"
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_request_is_positive")
        ]

    def __str__(self) -> str:
        return f"{self.application} 退费申请"

    @property
    def cause(self) -> str:
        """Why it was asked for, in words. What was given up stands to the right of this slice: through the relation."""
        given_up = getattr(self, "given_up", None)
        return f"放弃{given_up.get_subject_display()}" if given_up is not None else "退出"


class Invoice(models.Model):
    """发票 asked for by the payer, of one application or of a bill; the number is entered when it is issued."""

    class State(models.TextChoices):
        WANTED = "wanted", "待开具"
        ISSUED = "issued", "已开具"
        VOID = "void", "已作废"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name="申报"
    )
    bill = models.ForeignKey(
        Bill, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name="团体缴费单"
    )
    title = models.CharField("抬头", max_length=100)
    tax_number = models.CharField("税号", max_length=20, blank=True)
    email = models.EmailField("接收邮箱", blank=True)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WANTED)
    number = models.CharField("发票号码", max_length=30, unique=True, null=True, blank=True)
    asked_at = models.DateTimeField("申请时间")
    issued_at = models.DateTimeField("开具时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "发票"
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state="void"), name="one_live_invoice_an_application"
            ),
            models.UniqueConstraint(
                fields=["bill"], condition=~Q(state="void"), name="one_live_invoice_a_bill"
            ),
            models.CheckConstraint(
                condition=Q(application=None, bill__isnull=False) | Q(application__isnull=False, bill=None),
                name="invoice_is_for_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.title
