"""What staff fill in when they decide on an application."""

from typing import Any

from django import forms

from exams.filing.models import Application, Check, SpecialArrangement
from exams.filing.reasons import RETURN_REASONS
from portal.counter.widgets import DayInput
from portal.rules.clauses import CLAUSES
from portal.rules.wording import cite


class CheckForm(forms.Form):
    """One check's result; a failed one says what is wrong."""

    result = forms.ChoiceField(label="结果", choices=Check.Result.choices, widget=forms.RadioSelect)
    note = forms.CharField(label="说明", max_length=300, required=False, widget=forms.Textarea({"rows": 3}))


class ReturnForm(forms.Form):
    """Coded reasons, each with room for a word of its own."""

    reasons = forms.MultipleChoiceField(
        label="退回原因",
        choices=[(code, reason.sentence) for code, reason in RETURN_REASONS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一项退回原因。"},
    )
    note = forms.CharField(
        label="补充说明",
        help_text="接在所选原因之后发给申报人。选“请按说明修改”时必填。",
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def rows(self, typed: dict[str, Any]) -> list[dict[str, str]]:
        """The reasons as `return_application` takes them; the note belongs to the last one."""
        codes = list(typed["reasons"])
        bearer = "other" if "other" in codes else codes[-1]
        return [{"code": code, "note": typed["note"] if code == bearer else ""} for code in codes]


class RejectForm(forms.Form):
    clause = forms.ChoiceField(label="依据的条款")
    reason = forms.CharField(
        label="理由",
        help_text="申报人会看到，请写明不符合什么、差什么。",
        max_length=300,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "请写明不通过的理由，申报人会看到。"},
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        family = application.route.rpartition(".")[0]  # TR2023-2: the routes of this grade
        wanted = ("N2026-2.1", "N2026-2.2", "N2026-4", "A3-1")
        self.fields["clause"].choices = [
            (one.id, f"{cite(one.id)}：{one.title}")
            for one in CLAUSES
            if one.id.startswith(wanted) or (family and one.id.startswith(f"{family}."))
        ]
        self.fields["clause"].initial = application.route or "N2026-4.1"


class AmendForm(forms.Form):
    """A new value for one answer, and why."""

    value = forms.CharField(label="新值", max_length=200, required=False)
    reason = forms.CharField(
        label="更正的理由和所依据的原件",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明更正的理由和所依据的原件。"},
    )

    def __init__(self, *args: Any, field: forms.Field | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field is None:  # the document desk's: carried over, not typed
            del self.fields["value"]
        else:
            self.fields["value"] = field
            self.order_fields(["value", "reason"])


class ArrangementForm(forms.Form):
    granted_needs = forms.MultipleChoiceField(
        label="同意哪些安排", required=False, widget=forms.CheckboxSelectMultiple
    )
    decision_note = forms.CharField(
        label="说明",
        help_text="没有全部同意的，请写明原因，申报人会看到。",
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, *args: Any, asked: SpecialArrangement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["granted_needs"].choices = [
            (need, SpecialArrangement.Need(need).label) for need in asked.needs
        ]
        self.fields["granted_needs"].initial = asked.granted_needs or asked.needs


class AssessByForm(forms.Form):
    assess_by = forms.DateField(label="评价截止日", widget=DayInput())
    citation = forms.CharField(label="依据", help_text="例如次年公告的名称和日期。", max_length=200)
