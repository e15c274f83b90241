"""Form parts of every app: a date typed as year, month and day, as people know it by heart."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}
WHOLE_DATE = re.compile(r"\s*(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))\s*")


class DayWidget(forms.MultiWidget):
    """Three boxes, 年 月 日. A calendar pop-up takes forty taps to reach 1968."""

    template_name = "components/day_widget.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes = [
            forms.TextInput({"inputmode": "numeric", "maxlength": length, "autocomplete": "off"})
            for length in (12, 3, 3)
        ]
        super().__init__(boxes, attrs)

    def decompress(self, value: date | None) -> list[str | int]:
        return [value.year, value.month, value.day] if value else ["", "", ""]

    def id_for_label(self, id_: str) -> str:
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        typed = [str(part or "") for part in super().value_from_datadict(data, files, name)]
        # A whole date pasted into the first box is understood as it stands.
        whole = WHOLE_DATE.fullmatch(typed[0].translate(FULL_WIDTH))
        if whole and not typed[1] and not typed[2]:
            return [part for part in whole.groups() if part]
        return typed


class DayField(forms.Field):
    """A date in three boxes; the error says which of them is wrong."""

    widget = DayWidget

    def __init__(self, *, noun: str, earliest: int = 1900, latest: int = 2100, **kwargs: Any) -> None:
        """`noun` names the date in errors; a year outside `earliest`…`latest` is a slip."""
        self.noun, self.earliest, self.latest = noun, earliest, latest
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        parts = [part.strip().translate(FULL_WIDTH) for part in value]
        if not any(parts):
            return None
        empty = [unit for part, unit in zip(parts, "年月日", strict=True) if not part]
        if empty:
            raise ValidationError(f"{self.noun}还缺{'、'.join(empty)}，请填写完整。", code="incomplete")
        if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
            raise ValidationError(f"{self.noun}请只填数字，例如 1990 年 5 月 1 日。", code="not_digits")
        year, month, number = (int(part) for part in parts)
        if not self.earliest <= year <= self.latest:
            raise ValidationError(f"{self.noun}的年份“{year}”不对，请填四位数的年份。", code="year")
        try:
            return date(year, month, number)
        except ValueError:
            raise ValidationError(
                f"{self.noun}不存在：没有 {year} 年 {month} 月 {number} 日，请核对。", code="no_such_day"
            ) from None

    def validate(self, value: date | None) -> None:
        if value is None and self.required:
            raise ValidationError(f"请填写{self.noun}。", code="required")

    def has_changed(self, initial: date | None, data: Any) -> bool:
        typed = [str(part) for part in data or []]
        return typed != [str(part) for part in self.widget.decompress(initial)]
