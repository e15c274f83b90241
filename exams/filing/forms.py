"""What a person chooses and confirms in an application; what they tell of themselves stands in their record."""

from collections.abc import Iterable
from typing import Any

from django import forms

from exams.catalogue.models import Offering
from exams.filing.models import Kind, SpecialArrangement
from exams.passes.models import Pass
from portal.rules.wording import GRADE_FULL_NAMES, day_text, money_text


class OfferingForm(forms.Form):
    """Which of the open offerings; `prices` the whole fee by offering key, in fen."""

    offering = forms.TypedChoiceField(
        label="您要申报哪一级？",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选择要申报的等级。",
            "invalid_choice": "这个等级目前不受理申报，请重新选择。",
        },
    )

    def __init__(
        self, *args: Any, offerings: Iterable[Offering], prices: dict[int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offering"].choices = [
            (one.pk, f"{one.occupation.name} {GRADE_FULL_NAMES[one.grade]}，{money_text(prices[one.pk])}")
            for one in offerings
        ]


class KindForm(forms.Form):
    kind = forms.ChoiceField(
        label="这次申报补考还是正考？",
        choices=((Kind.RETAKE, "补考，只考没有合格的科目"), (Kind.REGULAR, "正考，所有科目重新考")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择补考或正考。"},
    )


class ForfeitureForm(forms.Form):
    """One box for each pass that would be given up; all of them are needed."""

    passes = forms.MultipleChoiceField(
        label="请逐科确认放弃",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "要按正考申报，请逐科勾选确认；不想放弃的，请改报补考。"},
    )

    def __init__(self, *args: Any, at_stake: list[Pass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passes"].choices = [
            (
                str(one.pk),
                f"我放弃“{one.get_subject_display()}”的合格成绩（有效期至 {day_text(one.valid_until)}）",
            )
            for one in at_stake
        ]


class NeedsForm(forms.Form):
    """Which 合理便利, as part of another form; nothing chosen asks for none."""

    needs = forms.MultipleChoiceField(
        label="需要哪些安排",
        choices=SpecialArrangement.Need.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(
        label="补充说明",
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        help_text="写清楚怎样安排对您有帮助即可，不必写病情。选了“其他”的，请在这里写明。",
        error_messages={"max_length": "补充说明最多 500 个字，请写短一些。"},
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.are_needed(values) and not values.get("needs") and "needs" not in self.errors:
            self.add_error("needs", "请至少勾选一项需要的安排；都不合适的，勾选“其他”并写明。")
        if SpecialArrangement.Need.OTHER in values.get("needs", []) and not values.get("note"):
            self.add_error("note", "选择了“其他”，请写明需要什么安排。")
        return values

    def are_needed(self, values: dict[str, Any]) -> bool:
        """Whether at least one need must be chosen: a note alone asks for nothing."""
        return bool(values.get("note"))


class ArrangementForm(NeedsForm):
    """The same as a step of one's own application, where the question is answered with yes or no."""

    wanted = forms.ChoiceField(
        label="考试时您需要特别的安排吗？",
        choices=(("no", "不需要"), ("yes", "需要")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是否需要。"},
    )
    field_order = ("wanted", "needs", "note")

    def are_needed(self, values: dict[str, Any]) -> bool:
        return values.get("wanted") == "yes"


class UndertakingForm(forms.Form):
    version = forms.CharField(widget=forms.HiddenInput, max_length=20)
    agree = forms.BooleanField(
        label="我已读完以上内容，并作出承诺",
        error_messages={"required": "请读完承诺内容后勾选，再继续。"},
    )
