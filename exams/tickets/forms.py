"""What somebody who leaves or gives a subject up fills in: where the fee shall go, in an account of their own."""

import re

from django import forms

from applicants.identity.text import compact
from portal.rules.findings import Refused

ACCOUNT_NUMBER = re.compile(r"[0-9]{8,30}")


class SeenForm(forms.Form):
    """The refund that the page showed, so that nobody leaves on other terms than they read."""

    seen_fen = forms.IntegerField(min_value=0, max_value=10**8, widget=forms.HiddenInput())

    def refuse(self, refusal: Refused, *, fen: int) -> None:
        """Say why it was not done. The page shows the terms as they are now, `fen`: the next click is on those."""
        for finding in refusal.findings:
            self.add_error(finding.field if finding.field in self.fields else None, finding.sentence)
        self.data = self.data.copy()
        self.data["seen_fen"] = fen


class PayeeForm(SeenForm):
    bank = forms.CharField(
        label="开户银行",
        help_text="写到支行，例如“中国建设银行上海延安西路支行”。",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "请填写开户银行。"},
    )
    account_number = forms.CharField(
        label="账号",
        help_text="本人的银行卡号或账号，空格可以不打。",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": "请填写账号。"},
    )

    def clean_account_number(self) -> str:
        number = compact(self.cleaned_data["account_number"]).replace("-", "")
        if not ACCOUNT_NUMBER.fullmatch(number):
            raise forms.ValidationError("账号应是 8 至 30 位数字，请照银行卡填写。")
        return number

    def payee(self, name: str) -> str:
        """Of a valid form: the account in one line, in the person's own name."""
        typed = self.cleaned_data
        return f"户名：{name}；开户银行：{typed['bank']}；账号：{typed['account_number']}"
