"""The seat draw, which anyone can recompute: no database, no clock, only the published list.

Before the draw the candidates, the places and the sha256 of a secret seed are published. Then the seed is revealed:
candidates are put in the order of sha256("seed:application number") and take the places in the published order. Whoever
fixed the seed could not choose it after seeing the list, and the hash shows that it was not exchanged.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

Place = tuple[str, int]
"""Room name and seat number."""


def seed_hash(seed: str) -> str:
    """What is published before the draw."""
    return hashlib.sha256(seed.encode()).hexdigest()


def assign(seed: str, candidates: Sequence[str], places: Sequence[Place]) -> list[tuple[str, Place]]:
    """Who sits where: (application number, place), in the order of the places.

    Raises ValueError where there are more candidates than places, or a candidate or place is listed twice.
    """
    if len(candidates) > len(places):
        raise ValueError("more candidates than places")
    if len(set(candidates)) != len(candidates) or len(set(places)) != len(places):
        raise ValueError("a candidate or a place is listed twice")
    drawn = sorted(candidates, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())
    return list(zip(drawn, places, strict=False))


def problems(published: Mapping[str, Any]) -> list[str]:
    """Recompute a published draw; a Chinese line for each thing that does not agree, none where all does.

    `published` has `candidates`, `places`, `seed_hash`, `seed` and `result`, as the public page gives them.
    """
    try:
        seed = published["seed"]
        candidates = list(published["candidates"])
        places = [(str(room), int(number)) for room, number in published["places"]]
        stated = [(str(number), str(room), int(seat)) for number, room, seat in published["result"]]
    except (KeyError, TypeError, ValueError):
        return ["公布的名单不完整，或格式不对。"]
    found = []
    if candidates != sorted(candidates):
        found.append("名单没有按申报号排序。")
    if not seed:
        return [*found, "种子尚未公布，还没有抽签。"]
    if seed_hash(seed) != published.get("seed_hash"):
        found.append("种子与事先公布的摘要不符。")
    try:
        expected = [(number, *place) for number, place in assign(seed, candidates, places)]
    except ValueError:
        return [*found, "名单或座位有重复，或者人数多于座位。"]
    if stated != expected:
        found.append("公布的结果与按种子重算的结果不符。")
    return found
