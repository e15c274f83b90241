"""What the person writes about their own case."""

from typing import Any

from django import forms


class _TextForm(forms.Form):
    text = forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 8}))
    label = help_text = missing = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.label, field.help_text = self.label, self.help_text
        field.error_messages |= {
            "required": self.missing,
            "max_length": "最多写 2000 字，更长的请打印后送交或寄到窗口。",
        }


class StatementForm(_TextForm):
    label = "您的陈述申辩"
    help_text = (
        "写清楚您认为不对的地方和理由。有照片、证明等材料的，请送交或寄到窗口，并写上案号。最多 2000 字。"
    )
    missing = "请写下您要说明的情况。"


class ReviewForm(_TextForm):
    label = "申请复核的理由"
    help_text = "写清楚您认为决定哪里不当、有什么证据。只能申请一次，请写完整。最多 2000 字。"
    missing = "请写明申请复核的理由。"
