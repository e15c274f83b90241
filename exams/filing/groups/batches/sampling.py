"""The sample of a batch, which anyone can recompute: no database, no clock, only the list and the seed.

Candidates are put in the order of sha256("seed:application number"), as in a seat draw, and the first `how_many` of
them are drawn.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any


def how_many(candidates: int, percent: int) -> int:
    """So many of that many, rounded up: one at least, wherever there is anybody."""
    return -(-candidates * percent // 100)


def draw(seed: str, candidates: Sequence[str], percent: int) -> list[str]:
    """The application numbers drawn, in the order drawn."""
    ordered = sorted(candidates, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())
    return ordered[: how_many(len(candidates), percent)]


def problems(published: Mapping[str, Any]) -> list[str]:
    """Recompute a sample as its page offers it; a Chinese line for each thing that does not agree, none where all does.

    `published` has `seed`, `percent`, `candidates` and `drawn`.
    """
    try:
        seed, percent = str(published["seed"]), int(published["percent"])
        candidates = [str(number) for number in published["candidates"]]
        stated = [str(number) for number in published["drawn"]]
    except (KeyError, TypeError, ValueError):
        return ["抽查数据不完整，或格式不对。"]
    found = []
    if candidates != sorted(set(candidates)):
        found.append("名单没有按申报号排序，或有重复。")
    if stated != draw(seed, candidates, percent):
        found.append("抽中的人与按种子重算的结果不符。")
    return found
