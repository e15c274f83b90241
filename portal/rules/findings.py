"""What a rule answers with: findings, and one refusal that carries them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing a rule found.

    `clause` is the clause's id ("N2026-2.3"; empty where no clause but plain sense speaks), `code` a stable
    English word for programs, `sentence` plain Chinese for people, `found` and `need` JSON values for the
    record, `field` the input the finding belongs to, where there is one.
    """

    clause: str
    code: str
    sentence: str
    found: Any = None
    need: Any = None
    field: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Refused(Exception):
    """An action or a question is refused; `findings` say by which clause and why (never empty)."""

    def __init__(self, *findings: Finding) -> None:
        if not findings:
            raise ValueError("a refusal needs at least one finding")
        super().__init__("".join(finding.sentence for finding in findings))
        self.findings: tuple[Finding, ...] = findings


def refuse_if_any(findings: Iterable[Finding]) -> None:
    """Raise `Refused` with all findings, or return when there are none."""
    collected = tuple(findings)
    if collected:
        raise Refused(*collected)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def canonical_json(value: object) -> bytes:
    """The one byte form of a JSON value: keys sorted, no spaces, UTF-8, dates as YYYY-MM-DD, no NaN.

    Equal values give equal bytes, whatever order their keys were stored in, so that a stored verdict can be
    compared with a recomputed one. A lone surrogate stays an escape instead of breaking the encoding.
    """
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )
    return text.encode("utf-8", "backslashreplace")
