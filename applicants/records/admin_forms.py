"""What staff fill in about a person's identity document."""

from typing import Any

from django import forms

from applicants.records.forms import IdentityForm


class LookForm(forms.Form):
    reason = forms.CharField(
        label="为什么要看",
        help_text="会记入查看记录。",
        max_length=200,
        error_messages={"required": "请写明查看的理由。"},
    )


class VerifyForm(forms.Form):
    seen = forms.BooleanField(
        label="我手里是证件原件，人证相符，姓名和号码与屏幕上一致",
        error_messages={"required": "请核对原件后勾选。"},
    )
    exception_note = forms.CharField(label="号码与性别、出生日期不一致的说明", max_length=200, required=False)


class ResolveForm(forms.Form):
    seen = forms.BooleanField(
        label="持证人在场，我手里是证件原件，人证相符", error_messages={"required": "请核对原件后勾选。"}
    )
    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明理由。"},
    )
    exception_note = forms.CharField(label="号码与性别、出生日期不一致的说明", max_length=200, required=False)


class ReplaceForm(IdentityForm):
    """Another document, or the same with another name, as the original in hand says."""

    reason = forms.CharField(
        label="更换的理由",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明更换的理由。"},
    )
    seen = forms.BooleanField(
        label="我手里是新的证件原件，人证相符", error_messages={"required": "请核对原件后勾选。"}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, earlier=None, agreed=True, **kwargs)
