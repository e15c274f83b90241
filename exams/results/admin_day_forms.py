"""One seat's mark on the day page: came, did not, or something else with its reason."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from exams.results.attendance import REASON_LENGTH, Mark
from exams.results.door_list import DoorRow
from exams.results.models import Attendance
from portal.rules.findings import Refused

Line = tuple[DoorRow, "MarkForm"]


class MarkForm(forms.Form):
    """Bound to one seat by its prefix. What was shown travels along, so that only what was changed is noted."""

    state = forms.ChoiceField(
        label="到考情况",
        choices=Attendance.State.choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请选择到考、缺考或其他。"},
    )
    reason = forms.CharField(
        label="说明",
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"max_length": f"说明请不超过 {REASON_LENGTH} 个字。"},
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("reason") and not typed.get("state") and "state" not in self.errors:
            self.add_error("state", "请选择到考情况。")
        return typed

    def mark(self) -> Mark | None:
        """What was changed on the page, or None. A reason left standing was another state's and goes with it."""
        state, reason = self.cleaned_data["state"], self.cleaned_data["reason"]
        shown_state, _, shown_reason = self.cleaned_data["shown"].partition("|")
        if not state or (state, reason) == (shown_state, shown_reason):
            return None
        return (state, "" if state != shown_state and reason == shown_reason else reason)


def mark_forms(rows: Sequence[DoorRow], data: Any, *, fixed: set[UUID]) -> list[Line]:
    """A form for each row; those of `fixed` seats (their score is published) only show."""
    return [(row, _form(row, data, row.seat.pk in fixed)) for row in rows]


def _form(row: DoorRow, data: Any, fixed: bool) -> MarkForm:
    note = row.attendance
    state, reason = (note.state, note.reason or "") if note else ("", "")
    initial = {"state": state, "reason": reason, "shown": f"{state}|{reason}"}
    form = MarkForm(data, prefix=f"seat-{row.seat.pk}", initial=initial)
    for field in form.fields.values():
        field.disabled = fixed
    return form


def read_marks(lines: Sequence[Line]) -> dict[UUID, Mark] | None:
    """What was changed, by seat; None where a field is wrong, which its form then says."""
    wrong = [form for _, form in lines if not form.is_valid()]
    if wrong:
        return None
    return {row.seat.pk: mark for row, form in lines if (mark := form.mark())}


def place_findings(lines: Sequence[Line], refused: Refused) -> list[str]:
    """Put each finding at the seat it names; returns the sentences that name none."""
    forms_by_seat = {str(row.seat.pk): form for row, form in lines}
    loose = []
    for finding in refused.findings:
        form = forms_by_seat.get(finding.field or "")
        if form is None:
            loose.append(finding.sentence)
        else:
            form.add_error(
                "reason" if finding.code in {"no_reason", "too_long"} else "state", finding.sentence
            )
    return loose
