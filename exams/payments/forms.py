"""What the payer fills in for a 发票."""

import re
from typing import Any

from django import forms

from applicants.identity.text import compact

TAX_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}")


class InvoiceForm(forms.Form):
    title = forms.CharField(
        label="发票抬头",
        help_text="个人填姓名，单位填营业执照上的全称。",
        max_length=100,
        error_messages={"required": "请填写发票抬头。"},
    )
    tax_number = forms.CharField(
        label="纳税人识别号",
        help_text="单位必填，15 至 20 位字母和数字；个人不用填。",
        max_length=30,
        required=False,
    )
    email = forms.EmailField(
        label="接收邮箱",
        help_text="电子发票发到这里；不填的，到窗口领取。",
        max_length=254,
        required=False,
        error_messages={"invalid": "邮箱的格式不对，例如 name@example.com。"},
    )

    def __init__(self, *args: Any, of_institution: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of_institution:
            title, tax_number = self.fields["title"], self.fields["tax_number"]
            title.help_text = "填营业执照、办学许可证或法人证书上的全称。"
            tax_number.help_text = "15 至 20 位字母和数字，照营业执照或法人证书填写。"
            tax_number.required = True
            tax_number.error_messages["required"] = "请填写纳税人识别号。"

    def clean_tax_number(self) -> str:
        number = compact(self.cleaned_data["tax_number"])
        if number and not TAX_NUMBER.fullmatch(number):
            raise forms.ValidationError("纳税人识别号应是 15、17、18 或 20 位字母和数字，请照营业执照填写。")
        return number
