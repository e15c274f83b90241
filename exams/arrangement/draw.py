"""The seat draw, which anyone can recompute: no database, no clock, only the published list.

Before the draw the candidates, the places and the sha256 of a secret seed are published. Then the seed is revealed:
candidates are put in the order of sha256("seed:application number") and take the places in the published order. Whoever
fixed the seed could not choose it after seeing the list, and the hash shows that it was not exchanged.

A draw that keeps institutions apart publishes, beforehand too, a letter for each candidate filed by an institution,
all free places of the rooms opened, and who of these institutions already sits there. The order is the same; how it
takes the places is told in `apart.seat_apart`.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exams.arrangement import apart
from exams.arrangement.apart import Place


@dataclass(frozen=True)
class Lists:
    """What is fixed before a draw. `groups` (application number to letter) is None where institutions may sit side by
    side; `seated` is who sat there before, by letter.
    """

    candidates: list[str]
    places: list[Place]
    groups: dict[str, str] | None
    seated: dict[Place, str]


def read_lists(published: Mapping[str, Any]) -> Lists:
    """The lists of a published draw. Raises KeyError, TypeError or ValueError where they are incomplete or malformed."""
    groups = published.get("groups")
    return Lists(
        candidates=[str(number) for number in published["candidates"]],
        places=[(str(room), int(number)) for room, number in published["places"]],
        groups=None
        if groups is None
        else {str(number): str(letter) for number, letter in dict(groups).items()},
        seated={
            (str(room), int(number)): str(letter) for room, number, letter in published.get("seated", [])
        },
    )


def seed_hash(seed: str) -> str:
    """What is published before the draw."""
    return hashlib.sha256(seed.encode()).hexdigest()


def assign(seed: str, lists: Lists) -> list[tuple[str, Place]]:
    """Who sits where: (application number, place), in the order of the places.

    Raises ValueError where there are more candidates than places, or a candidate or place is listed twice.
    """
    candidates, places = lists.candidates, lists.places
    if len(candidates) > len(places):
        raise ValueError("more candidates than places")
    if len(set(candidates)) != len(candidates) or len({*places, *lists.seated}) != len(places) + len(
        lists.seated
    ):
        raise ValueError("a candidate or a place is listed twice")
    drawn = sorted(candidates, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())
    if lists.groups is None:
        return list(zip(drawn, places, strict=False))
    return apart.seat_apart(drawn, lists.groups, places, lists.seated)


def problems(published: Mapping[str, Any]) -> list[str]:
    """Recompute a published draw; a Chinese line for each thing that does not agree, none where all does.

    `published` has `candidates`, `places`, `seed_hash`, `seed` and `result`, and where institutions are kept apart
    `groups` and `seated`, as the public page gives them.
    """
    try:
        seed = published["seed"]
        lists = read_lists(published)
        stated = [(str(number), str(room), int(seat)) for number, room, seat in published["result"]]
    except (KeyError, TypeError, ValueError):
        return ["公布的名单不完整，或格式不对。"]
    found = []
    if lists.candidates != sorted(lists.candidates):
        found.append("名单没有按申报号排序。")
    if lists.groups is not None and lists.groups != apart.letters(lists.candidates, lists.groups):
        found.append("机构代号没有按名单里首次出现的先后编排，或编给了名单以外的人。")
    if not seed:
        return [*found, "种子尚未公布，还没有抽签。"]
    if seed_hash(seed) != published.get("seed_hash"):
        found.append("种子与事先公布的摘要不符。")
    try:
        expected = [(number, *place) for number, place in assign(seed, lists)]
    except ValueError:
        return [*found, "名单或座位有重复、次序不对，或者人数多于座位。"]
    if stated != expected:
        found.append("公布的结果与按种子重算的结果不符。")
    return found


def fewest_pairs(lists: Lists) -> int:
    """How many neighbours of one institution no draw of these lists can avoid; known before the seed is."""
    return apart.fewest_pairs(apart.runs(lists.places, lists.seated), _sizes(lists))


def pairs_left(lists: Lists, result: Sequence[Sequence[Any]]) -> int:
    """How many neighbours of one institution the result has, those counted who sat there before."""
    drawn = [(str(number), (str(room), int(seat))) for number, room, seat in result]
    return len(apart.neighbours(drawn, lists.groups or {}, lists.seated))


def reasons(lists: Lists) -> list[str]:
    """Why neighbours of one institution cannot all be avoided, a Chinese sentence each; none where they can."""
    found = []
    for short in apart.shortfalls(apart.runs(lists.places, lists.seated), _sizes(lists)):
        who = "、".join(short.groups)
        if len(short.groups) == 1:
            besides = "、又不挨着已就座的同组考生" if who in lists.seated.values() else ""
            found.append(f"{who} 组有 {short.people} 人，彼此隔开{besides}的空座最多 {short.room} 个。")
        else:
            found.append(
                f"{who} 两组已就座的考生之间有 {short.room} 段空座，只由两组轮流坐排不齐，"
                f"每段须另有一位考生或一个空座隔开，而这样的一共只有 {short.people} 个。"
            )
    return found


def _sizes(lists: Lists) -> Counter[str]:
    return Counter((lists.groups or {}).values())
