"""One phone number in several rows of a sheet: each would confirm for the others, as clerks who give their own find out.

It refuses nobody. A couple may share a phone; then each of them opens a link of their own.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from applicants.identity.phones import BadPhone, parse_phone

TOLD = 5
"""Numbers that are told of one by one, those in most rows first."""
LINES_TOLD = 10


def shared_phones(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> list[str]:
    """A sentence for each number that stands in several of the (sheet row, cells). It quotes rows, never the number."""
    found: dict[str, list[int]] = {}
    for line, cells in rows:
        try:
            found.setdefault(parse_phone(str(cells.get("phone", ""))), []).append(line)
        except BadPhone:
            continue  # said in the row
    shared = sorted((lines for lines in found.values() if len(lines) > 1), key=len, reverse=True)
    sentences = [_sentence(lines) for lines in shared[:TOLD]]
    if len(shared) > TOLD:
        sentences.append(f"还有 {len(shared) - TOLD} 个手机号也各填在几行里。")
    return sentences


def _sentence(lines: list[int]) -> str:
    shown = "、".join(map(str, lines[:LINES_TOLD])) + (" 等" if len(lines) > LINES_TOLD else " ")
    return f"有 {len(lines)} 人填了同一个手机号（第 {shown}行），每人要用自己的手机号确认。"
