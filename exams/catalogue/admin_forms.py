"""What staff fill in about the catalogue. Amounts are typed in yuan and kept in fen."""

from typing import Any

from django import forms

from exams.catalogue.changes import DAY_POLICIES, SubjectPlan
from exams.catalogue.models import Occupation, Offering, Scheme, Subject
from portal.counter.widgets import DayInput, YuanField
from portal.rules.wording import GRADE_FULL_NAMES

CITATION = {"required": "请写明依据，例如通知的名称和文号。"}


def _offerings() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label="评价项目", queryset=Offering.objects.select_related("occupation"), empty_label=None
    )


class _Cited(forms.Form):
    citation = forms.CharField(label="依据", max_length=200, error_messages=CITATION)


class _Dated(_Cited):
    offering = _offerings()
    effective_from = forms.DateField(label="生效日", help_text="须在今天以后。", widget=DayInput())


class FeesForm(_Dated):
    field_order = ("offering", "effective_from", *Subject.values, "citation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for subject in Subject:
            self.fields[subject.value] = YuanField(label=f"{subject.label}（元）", required=False)
        self.order_fields(self.field_order)

    def prices(self) -> dict[str, int]:
        """Fen by subject, of the subjects that were filled in."""
        return {name: fen for name in Subject.values if (fen := self.cleaned_data.get(name)) is not None}


class SchemeForm(_Dated):
    inspected = forms.BooleanField(label="须阅卷或检测工件（成绩 30 个工作日内可查）", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = ["offering", "effective_from"]
        for subject in Subject:
            for part, words, initial in (
                ("minutes", "时长（分钟），不考的留空", None),
                ("maximum", "满分", 100),
                ("pass_mark", "合格分", 60),
            ):
                name = f"{subject.value}_{part}"
                order.append(name)
                self.fields[name] = forms.IntegerField(
                    label=f"{subject.label}：{words}",
                    min_value=1,
                    max_value=1000,
                    initial=initial,
                    required=part != "minutes",
                )
        self.order_fields([*order, "inspected", "citation"])

    def plans(self) -> list[SubjectPlan]:
        """The subjects that take any time."""
        typed = self.cleaned_data
        return [
            SubjectPlan(
                subject,
                typed[f"{subject}_minutes"],
                typed[f"{subject}_maximum"],
                typed[f"{subject}_pass_mark"],
            )
            for subject in Subject.values
            if typed[f"{subject}_minutes"]
        ]


class RetakePlanForm(_Cited):
    """For each subject of earlier schemes: the new subject it counts as."""

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "不折抵，须重考")]
        choices += [(row.subject, row.get_subject_display()) for row in scheme.subjects.all()]
        for subject in Subject:
            self.fields[subject.value] = forms.ChoiceField(
                label=f"原{subject.label}合格的，折抵为", choices=choices, required=False
            )
        self.order_fields([*Subject.values, "citation"])

    def plan(self) -> dict[str, str]:
        """New subject by old subject, of those that count."""
        return {name: self.cleaned_data[name] for name in Subject.values if self.cleaned_data[name]}


class WindowForm(_Cited):
    opens_on = forms.DateField(label="开始日", widget=DayInput())
    closes_on = forms.DateField(label="截止日", help_text="当天 24:00 截止。", widget=DayInput())
    assess_by = forms.DateField(label="评价截止日", widget=DayInput())
    may_follow_next_plan = forms.BooleanField(label="可按次年公告排考（12 月）", required=False)
    field_order = ("opens_on", "closes_on", "assess_by", "may_follow_next_plan", "citation")


class PolicyForm(_Cited):
    code = forms.ChoiceField(label="规定", choices=DAY_POLICIES.items())
    days = forms.IntegerField(label="工作日数", min_value=1, max_value=250)
    effective_from = forms.DateField(label="生效日", help_text="须在今天以后。", widget=DayInput())
    field_order = ("code", "days", "effective_from", "citation")


class OfferingForm(_Cited):
    occupation = forms.ModelChoiceField(label="职业", queryset=Occupation.objects.all(), empty_label=None)
    grade = forms.TypedChoiceField(label="等级", coerce=int, choices=GRADE_FULL_NAMES.items())
    opened_on = forms.DateField(label="开放申报日", widget=DayInput())
    field_order = ("occupation", "grade", "opened_on", "citation")


class CloseForm(_Cited):
    closed_on = forms.DateField(
        label="停止申报日", help_text="当天仍可申报；留空表示继续开放。", widget=DayInput(), required=False
    )
    field_order = ("closed_on", "citation")


class ListField(forms.CharField):
    """One entry a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 6}), help_text="一行一个。", required=False, **kwargs)

    def prepare_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(line.strip() for line in super().clean(value).splitlines() if line.strip()))


class ListsForm(_Cited):
    related_occupations = ListField(label="相关职业")
    related_majors = ListField(label="本专业与相关专业")
    approved_majors = ListField(label="经评估论证的专业")
    field_order = ("related_occupations", "related_majors", "approved_majors", "citation")
