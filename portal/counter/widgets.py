"""Inputs for days and hours that the browser knows, and a field for money."""

from decimal import Decimal
from typing import Any

from django import forms


class DayInput(forms.DateInput):
    """The browser's own calendar; it wants ISO, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class YuanField(forms.DecimalField):
    """Yuan with at most two decimals; cleans to whole fen, None where it may be and was left empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=Decimal("0.01"),
            max_value=Decimal("1000000"),
            decimal_places=2,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )

    def clean(self, value: Any) -> int | None:
        typed = super().clean(str(value or "").replace(",", "").replace("元", "").strip())
        return None if typed is None else int(typed * 100)
