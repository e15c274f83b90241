"""What a member decides and uploads about one person of a group filing, and about many."""

from collections.abc import Iterable
from typing import Any

from django import forms

from applicants.records.kinds import Paper
from applicants.records.upload_forms import EvidenceForm
from exams.filing.groups.models import PreliminaryReview
from exams.filing.groups.rosters.files import CODES
from portal.rules.wording import EVIDENCE_NAMES


class ReviewForm(forms.Form):
    """`codes`: the evidence whose originals the row's route asks for."""

    seen = forms.MultipleChoiceField(
        label="已核对的原件",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="通过的，须逐项核对并勾选。",
    )
    result = forms.ChoiceField(
        label="初审意见",
        choices=[
            (PreliminaryReview.Result.PASSED, "通过：原件都已核对，与所填一致，符合申报条件"),
            (PreliminaryReview.Result.SENT_BACK, "退回：所填内容或材料需要修改"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择初审意见。"},
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="退回时必须写明要修改什么，填报人会看到。",
    )

    def __init__(self, *args: Any, codes: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].choices = [(code, EVIDENCE_NAMES[code]) for code in codes]
        for name in ("seen", "note"):
            self.fields[name].depends = True  # on the result: neither is marked 选填


class ManyForm(forms.Form):
    """The reviewer's word that every original listed was seen, person by person."""

    seen_all = forms.BooleanField(
        label="我已逐人核对上面所列的原件，与所填一致，符合所选的申报条件",
        error_messages={"required": "请先确认已逐人核对所列原件。"},
    )


class ScanForm(EvidenceForm):
    """A scan of one of the papers that prove a route."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        papers = tuple(Paper(code, EVIDENCE_NAMES[code].removesuffix("原件"), "") for code in CODES)
        super().__init__(*args, papers=papers, **kwargs)
        self.fields["code"].widget = forms.Select(choices=self.fields["code"].choices)


class SubmitForm(forms.Form):
    """The reviewer's word over the whole group; `persons` and `serial` say which page was looked at."""

    persons = forms.IntegerField(widget=forms.HiddenInput)
    serial = forms.IntegerField(widget=forms.HiddenInput)
    declared = forms.BooleanField(
        label="本机构已对上述人员逐人完成资格初审，所报信息和材料真实，签名的报名表和材料原件随后送交受理窗口",
        error_messages={"required": "请勾选确认后再提交。"},
    )
