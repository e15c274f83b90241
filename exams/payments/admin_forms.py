"""What staff fill in about money. Amounts are typed in yuan and kept in fen."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from exams.filing.models import Quote
from exams.payments.models import Payment
from portal import clock
from portal.counter.widgets import DayInput, YuanField
from portal.rules.wording import money_text


class PaymentForm(forms.Form):
    amount = YuanField(label="实收金额（元）")
    method = forms.ChoiceField(
        label="方式",
        choices=Payment.Method.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择收款方式。"},
    )
    receipt_number = forms.CharField(
        label="收据号",
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "请填写收据号。"},
    )
    transaction_number = forms.CharField(
        label="交易流水号",
        help_text="刷卡、扫码、转账的必填，照凭条填写。",
        max_length=64,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    received_on = forms.DateField(label="到账日", widget=DayInput(), initial=clock.today)


class RemittanceForm(forms.Form):
    amount = YuanField(label="到账金额（元）")
    transaction_number = forms.CharField(
        label="交易流水号",
        help_text="照银行流水填写，每笔转账只登记一次。",
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "请填写交易流水号。"},
    )
    receipt_number = forms.CharField(
        label="收据号",
        help_text="整笔转账开一张收据，附名单。",
        max_length=24,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "请填写收据号。"},
    )
    payer = forms.CharField(
        label="付款户名", help_text="与机构名称不同时填写。", max_length=100, required=False
    )
    received_on = forms.DateField(label="到账日", widget=DayInput(), initial=clock.today)


class PartRemittanceForm(RemittanceForm):
    """For a transfer that pays for some of a bill's people only."""

    quotes = forms.ModelMultipleChoiceField(
        label="这笔转账为哪些人缴费",
        queryset=Quote.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选出这笔转账为哪些人缴费。"},
    )

    def __init__(self, *args: Any, due: QuerySet[Quote], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["quotes"]
        field.queryset = due.select_related("application__person").order_by("application__number")
        field.label_from_instance = _payer_of


def _payer_of(quote: Quote) -> str:
    application = quote.application
    return f"{application.person.name}，{application.number}，{money_text(quote.total_fen)}"


class FindBillForm(forms.Form):
    text = forms.CharField(
        label="转账附言、缴费编号、团体申报号或机构名称",
        help_text="可以整段粘贴银行流水上的附言。",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
        error_messages={"required": "请输入要查找的内容。"},
    )


class RefundForm(forms.Form):
    amount = YuanField(label="退费金额（元）")
    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明退费的理由。"},
    )


class RefundedForm(forms.Form):
    transaction_number = forms.CharField(
        label="退款流水号",
        help_text="照银行或支付机构的退款凭证填写。",
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "请填写退款流水号。"},
    )


class InvoiceNumberForm(forms.Form):
    number = forms.CharField(
        label="发票号码",
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "请填写发票号码。"},
    )
