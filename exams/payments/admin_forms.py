"""What staff fill in about money. Amounts are typed in yuan and kept in fen."""

from django import forms

from exams.payments.models import Payment
from portal import clock
from portal.counter.widgets import DayInput, YuanField


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
