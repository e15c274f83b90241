"""What somebody who could not come fills in, and what staff decide on."""

from typing import Any

from django import forms

from applicants.records.upload_forms import checked_upload
from exams.arrangement.models import Seat
from exams.arrangement.notices import session_text
from exams.results.excuses import LONGEST_TEXT
from portal.counter.widgets import DayInput
from portal.files.intake import MAX_EVIDENCE_BYTES, MEBIBYTE, EvidenceResult, check_evidence


class ReasonOfAbsenceForm(forms.Form):
    text = forms.CharField(
        label="为什么没能参加",
        help_text=f"写清什么时间、发生了什么，不超过 {LONGEST_TEXT} 个字。",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 5}),
        error_messages={"required": "请写明为什么没能参加考试。"},
    )


class ExcuseForm(ReasonOfAbsenceForm):
    """`cleaned_data["file"]` is the checked and cleaned proof, `cleaned_data["seat"]` the key of one of `seats`."""

    file = forms.FileField(
        label="证明材料",
        allow_empty_file=True,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,application/pdf"}),
        help_text="例如病历、住院证明、交通事故或延误证明。照片（JPEG、PNG）或 PDF，"
        f"不超过 {MAX_EVIDENCE_BYTES // MEBIBYTE} MB；有几页的，合成一个 PDF。",
        error_messages={"required": "请上传证明材料。"},
    )

    def __init__(self, *args: Any, seats: list[Seat], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        one = len(seats) == 1
        chosen = forms.ChoiceField(
            label="哪一科",
            choices=[(str(seat.pk), session_text(seat)) for seat in seats],
            initial=str(seats[0].pk) if one else None,
            widget=forms.HiddenInput if one else forms.RadioSelect,
            error_messages={"required": "请选择哪一科。", "invalid_choice": "请重新选择哪一科。"},
        )
        self.fields = {"seat": chosen, **self.fields}

    def clean_file(self) -> EvidenceResult:
        return checked_upload(self.cleaned_data["file"], MAX_EVIDENCE_BYTES, check_evidence)


class DecisionForm(forms.Form):
    granted = forms.TypedChoiceField(
        label="决定",
        choices=[("yes", "同意，按原次序重新安排，不另收费"), ("no", "不同意，缺考记录不变")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择同意或不同意。"},
    )
    note = forms.CharField(
        label="理由",
        help_text="考生会看到。",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明决定的理由。"},
    )
    assess_by = forms.DateField(
        label="新的评价截止日",
        help_text="同意而原截止日已过的必填；重新安排的场次不晚于这一天。",
        required=False,
        widget=DayInput(),
    )
