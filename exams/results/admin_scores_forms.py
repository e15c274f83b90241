"""Forms of the score pages: a box a paper, a workbook, a correction, an answer."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from exams.results.models import Recheck
from exams.results.roll import Row
from portal.rules.findings import Refused

DIGITS = re.compile(r"\d{1,4}", re.ASCII)
MOST_BYTES = 2 * 1024 * 1024


class PointsField(forms.CharField):
    """A whole number, however its digits were typed; empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        box = forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "maxlength": 8, "class": "score-box"}
        )
        super().__init__(required=False, max_length=8, widget=box, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        if not text:
            return None
        if not DIGITS.fullmatch(text):
            raise ValidationError("请填写整数分数。")
        return int(text)


class PaperForm(forms.Form):
    """A box for every paper, named by its seat; `fixed` ones only show."""

    use_required_attribute = False

    def __init__(
        self, data: Any, *, rows: Iterable[Row], initial: dict[str, Any], fixed: frozenset[UUID] = frozenset()
    ) -> None:
        super().__init__(data, initial=initial)
        self.rows = list(rows)
        for row in self.rows:
            key = str(row.seat.pk)
            self.fields[key] = PointsField(label=f"{row.seat.person.name}的分数")
            self.fields[key].disabled = row.seat.pk in fixed

    def lines(self) -> list[tuple[Row, forms.BoundField]]:
        return [(row, self[str(row.seat.pk)]) for row in self.rows]

    def points(self) -> dict[UUID, int | None]:
        """What was typed, by seat; of a valid form."""
        return {
            row.seat.pk: self.cleaned_data[str(row.seat.pk)]
            for row in self.rows
            if not self.fields[str(row.seat.pk)].disabled
        }

    def place(self, refused: Refused) -> None:
        """Put each finding at the paper it names, else above the form."""
        for finding in refused.findings:
            self.add_error(finding.field if finding.field in self.fields else None, finding.sentence)


class SheetForm(forms.Form):
    file = forms.FileField(
        label="填好的成绩录入表",
        help_text=f"Excel 或 WPS 表格，不超过 {MOST_BYTES // 1024 // 1024} MB。",
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv"}),
        error_messages={"required": "请先选择填好的成绩录入表。"},
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError("文件过大。成绩录入表里只有一场的名单，请核对是不是选错了文件。")
        return file


class ReasonLongForm(forms.Form):
    """Why, in a sentence that the people concerned will read."""

    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明理由。", "max_length": "理由请不超过 300 个字。"},
    )


class CorrectionForm(forms.Form):
    points = PointsField(label="更正后的分数")
    absent = forms.BooleanField(label="更正为缺考（没有参加考试）", required=False)
    reason = forms.CharField(
        label="理由和依据",
        help_text="考生会看到，请写清楚哪里有误、依据什么改。",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明更正的理由和依据。", "max_length": "理由请不超过 300 个字。"},
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if "points" in self.errors:
            return typed
        if typed.get("absent") and typed.get("points") is not None:
            self.add_error("points", "更正为缺考的，分数请留空。")
        elif not typed.get("absent") and typed.get("points") is None:
            self.add_error("points", "请填写更正后的分数；没有参加考试的，请勾选缺考。")
        return typed


class AnswerForm(forms.Form):
    result = forms.ChoiceField(
        label="复核结果",
        choices=Recheck.Result.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择复核结果。", "invalid_choice": "请选择复核结果。"},
    )
    answer = forms.CharField(
        label="答复",
        help_text="考生会看到。请写明核对了什么、结果怎样。",
        max_length=300,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "请写明复核的情况。", "max_length": "答复请不超过 300 个字。"},
    )
