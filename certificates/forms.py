"""What strangers type to verify a certificate."""

from django import forms

from applicants.accounts.fields import NameField
from applicants.identity.text import compact
from certificates.numbers import NUMBER


class VerifyForm(forms.Form):
    """The number on the certificate and the name; `cleaned_data["name"]` is a Name."""

    number = forms.CharField(
        label="证书编号",
        max_length=60,
        help_text="证书上的 22 位编号，字母 Y 或 S 开头。扫描证书上的二维码，会自动填好。",
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={
            "required": "请填写证书编号。",
            "max_length": "证书编号只有 22 位，请核对是不是多贴了内容。",
        },
    )
    name = NameField(
        help_text="持证人的姓名，与证书上的一致。",
        error_messages={"required": "请填写持证人的姓名。"},
    )
    name.widget.attrs["autocomplete"] = "off"  # somebody else's, mostly

    def clean_number(self) -> str:
        number = compact(self.cleaned_data["number"])
        if not NUMBER.fullmatch(number):
            found = f"，现在是 {len(number)} 位" if len(number) != 22 else ""
            raise forms.ValidationError(
                f"证书编号应为字母 Y 或 S 加 21 位数字，共 22 位{found}，请对照证书核对。", code="no_number"
            )
        return number
