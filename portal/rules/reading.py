"""Strict reading of JSON: what is unknown, missing or of another type is refused by the field's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from portal.rules.findings import Finding, Refused

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def bad_input(field: str | None, sentence: str, *, found: object = None) -> Refused:
    """A refusal of one input field (`jobs[0].to`) that says in Chinese what is wrong and what to do."""
    return Refused(Finding("", "bad_input", sentence, found=found, field=field))


class Reader:
    """Takes the known fields out of one JSON object; `finish` refuses whatever is left over.

    `path` is the object's own place, put before the names of its fields.
    """

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise bad_input(path or None, "这里应为 JSON 对象（用花括号写成的一组字段）。")
        self._values: dict[str, Any] = dict(value)
        self._path = path

    def name(self, field: str) -> str:
        return f"{self._path}.{field}" if self._path else field

    def rest(self) -> dict[str, Any]:
        """Hand all remaining fields on to another reader."""
        rest, self._values = self._values, {}
        return rest

    def finish(self) -> None:
        for field in sorted(self._values):
            raise bad_input(self.name(field), f"不认识字段“{field}”，请核对字段名或删去。")

    def take(self, field: str) -> Any:
        if field not in self._values:
            raise bad_input(self.name(field), f"缺少字段“{field}”，请补上。")
        return self._values.pop(field)

    def optional(self, field: str) -> Any:
        """The value, or None where the field is absent or null."""
        return self._values.pop(field, None)

    def has(self, field: str) -> bool:
        return field in self._values

    def day(self, field: str) -> date:
        return self._as_day(field, self.take(field))

    def optional_day(self, field: str) -> date | None:
        value = self.optional(field)
        return None if value is None else self._as_day(field, value)

    def flag(self, field: str, *, default: bool | None = None) -> bool:
        if default is not None and not self.has(field):
            return default
        value = self.take(field)
        if not isinstance(value, bool):
            raise bad_input(self.name(field), f"“{field}”应为 true 或 false。")
        return value

    def number(self, field: str, allowed: Collection[int]) -> int:
        value = self.take(field)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise bad_input(self.name(field), f"“{field}”应为整数，可用的值：{_listed(allowed)}。")
        return value

    def choice(self, field: str, allowed: Collection[str]) -> str:
        return self._as_choice(field, self.name(field), self.take(field), allowed)

    def optional_choice(self, field: str, allowed: Collection[str]) -> str | None:
        """One of the allowed values, or None where the field is absent or null."""
        value = self.optional(field)
        return None if value is None else self._as_choice(field, self.name(field), value, allowed)

    def choices(self, field: str, allowed: Collection[str]) -> tuple[str, ...]:
        values = self._as_list(field, self.take(field))
        return tuple(self._as_choice(field, self.name(field), value, allowed) for value in values)

    def each(self, field: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        """Objects of a list, each read by `read(value, path)`; an absent list is empty."""
        values = self._as_list(field, self.take(field)) if self.has(field) else []
        return tuple(read(value, f"{self.name(field)}[{place}]") for place, value in enumerate(values))

    def _as_day(self, field: str, value: object) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value  # TOML knows days, JSON does not
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise bad_input(self.name(field), f"“{field}”不是日历上有的日期，请核对年月日。") from None
        raise bad_input(self.name(field), f"“{field}”应为日期，写作 2026-03-01 的样子。")

    def _as_choice(self, field: str, name: str, value: object, allowed: Collection[str]) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise bad_input(name, f"“{field}”的值不在可用范围内，可用的值：{_listed(allowed)}。")
        return value

    def _as_list(self, field: str, value: object) -> list[object]:
        if not isinstance(value, list):
            raise bad_input(self.name(field), f"“{field}”应为列表（用方括号写成）。")
        return value


def _listed(values: Collection[int] | Collection[str]) -> str:
    return "、".join(str(value) for value in values)
