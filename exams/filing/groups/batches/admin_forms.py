"""What staff fill in about a batch."""

from django import forms

from exams.filing.groups.batches.deciding import DEFAULT_PERCENT
from exams.filing.groups.models import Clash


class SampleForm(forms.Form):
    percent = forms.IntegerField(
        label="抽查比例（%）",
        help_text="按待审核人数计算，不足 1 人的进位；至少 1 人。",
        min_value=1,
        max_value=100,
        initial=DEFAULT_PERCENT,
    )


class SeenForm(forms.Form):
    """Carries which list was shown."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class DespiteSampleForm(SeenForm):
    """Where somebody drawn was not approved; the action refuses what is not ticked, in its own words."""

    despite_sample = forms.BooleanField(
        label="抽查有人未通过，我已据此判断其余人员可以批量通过", required=False
    )


class ScanForm(forms.Form):
    codes = forms.CharField(
        label="报名表二维码",
        help_text="逐份扫描签名报名表右上角的二维码，每行一份；也可以输入申报号。",
        max_length=20000,
        widget=forms.Textarea({"rows": 10, "autofocus": True, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请先扫描报名表二维码。"},
    )

    def lines(self) -> list[str]:
        """What was scanned, each code once, in order."""
        typed = self.cleaned_data["codes"].splitlines()
        return list(dict.fromkeys(line.strip() for line in typed if line.strip()))


class ClashForm(forms.Form):
    decision = forms.ChoiceField(
        label="保留哪一份",
        choices=Clash.Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择保留哪一份申报。"},
    )
    reason = forms.CharField(
        label="理由",
        help_text="双方都会看到，请不要写对方的姓名、机构或申报号。",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明决定的理由。"},
    )
