"""Keeping the candidates of one institution off neighbouring places: which places are neighbours, the fewest pairs of
one group that no seating can avoid, and the first seating in the order drawn that has no more of them. No database.

A group is an opaque letter; "" stands for whoever belongs to none, and for an empty place: neither restricts anybody.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Place = tuple[str, int]
"""Room name and seat number."""


@dataclass(frozen=True)
class Run:
    """Free places of one room with consecutive numbers, and the groups of those who sit at its two ends already."""

    length: int
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class Shortfall:
    """Why pairs cannot be avoided: `people` of one group for `room` places apart from each other and from those of
    the group who sit already; or, with two groups, `people` others for `room` gaps that only another can even out.
    """

    groups: tuple[str, ...]
    people: int
    room: int


def letters(candidates: Sequence[str], institutions: Mapping[str, object]) -> dict[str, str]:
    """A letter for the institution of each candidate who has one: A, B, … Z, AA, … as they first come in the list.

    So the letters tell who came through the same institution, and nothing that the list's order does not tell.
    """
    known: dict[object, str] = {}
    found = {}
    for number in candidates:
        if number in institutions:
            institution = institutions[number]
            found[number] = known.setdefault(institution, _letter(len(known)))
    return found


def runs(places: Sequence[Place], seated: Mapping[Place, str]) -> list[Run]:
    """The runs in the order of the places; `seated` is who sits already. ValueError where numbers do not rise."""
    found: list[Run] = []
    for index, (room, number) in enumerate(places):
        before = places[index - 1] if index else None
        if before is not None and before[0] == room and before[1] >= number:
            raise ValueError("the places of a room are not in order")
        right = seated.get((room, number + 1), "")
        if before == (room, number - 1):
            found[-1] = Run(found[-1].length + 1, found[-1].left, right)
        else:
            found.append(Run(1, seated.get((room, number - 1), ""), right))
    return found


def fewest_pairs(free: Sequence[Run], sizes: Mapping[str, int]) -> int:
    """How many neighbours of one group every seating of groups of these sizes in these runs has at least.

    In a run of n places with b ends of group g, x people of g leave n - x others, who cut them and the ends into at
    most n - x + 1 blocks: at least 2x + b - n - 1 pairs, summed over the runs and the groups. And a run between two
    people of the groups g and h that g and h cannot fill in turns (an even number of places between equal ends, an
    odd one between unequal ends) needs somebody else in it, or a pair. Some seating has no more pairs than these two
    bounds say: the tests compare them with every seating of small cases.
    """
    single = {group: _overflow(free, group, size) for group, size in sizes.items()}
    beyond = [
        gaps - others - sum(single.get(group, 0) for group in pair)
        for pair, gaps, others in _ties(free, sizes)
    ]
    return sum(single.values()) + max([0, *beyond])


def shortfalls(free: Sequence[Run], sizes: Mapping[str, int]) -> list[Shortfall]:
    """Why `fewest_pairs` is not 0; empty where it is."""
    found = []
    for group, size in sorted(sizes.items()):
        if size > (room := _apart(free, group)[0]):
            found.append(Shortfall((group,), size, room))
    large = {group for one in found for group in one.groups}
    found += [
        Shortfall(pair, others, gaps)
        for pair, gaps, others in _ties(free, sizes)
        if gaps > others and large.isdisjoint(pair)
    ]
    return found


def places_used(
    places: Sequence[Place], count: int, sizes: Mapping[str, int], seated: Mapping[Place, str]
) -> int:
    """How many places from the first on `count` people take: as few as allow what all the places would allow."""
    fewest = fewest_pairs(runs(places, seated), sizes)
    return next(
        used
        for used in range(count, len(places) + 1)
        if fewest_pairs(runs(places[:used], seated), sizes) == fewest
    )


def seat_apart(
    order: Sequence[str], groups: Mapping[str, str], places: Sequence[Place], seated: Mapping[Place, str]
) -> list[tuple[str, Place]]:
    """Who sits where, in the order of the places: place by place, the first in the order with whom the fewest pairs
    stay possible. A place stays empty where only that keeps them possible.

    So it is the first of all seatings with the fewest pairs, compared place by place by the rank in the order.
    """
    sizes = Counter(groups[number] for number in order if number in groups)
    places = places[: places_used(places, len(order), sizes, seated)]
    empty = len(places) - len(order)
    waiting = list(order)
    free = deque(runs(places, seated))
    result = []
    for place in places:
        firsts = {groups.get(number, ""): number for number in reversed(waiting)}
        options = sorted(firsts.values(), key=waiting.index) + [""] * (empty > 0)
        taken = _first_of_the_best(options, groups, free, sizes)
        group = groups.get(taken, "")
        run = free.popleft()
        if run.length > 1:
            free.appendleft(Run(run.length - 1, group, run.right))
        if not taken:
            empty -= 1
            continue
        if group:
            sizes[group] -= 1
        waiting.remove(taken)
        result.append((taken, place))
    return result


def neighbours(
    result: Sequence[tuple[str, Place]], groups: Mapping[str, str], seated: Mapping[Place, str]
) -> list[tuple[Place, Place]]:
    """The neighbouring places held by one group of which the draw filled at least one."""
    drawn = {place: groups.get(number, "") for number, place in result}
    held = {**seated, **drawn}
    pairs = [((room, number), (room, number + 1)) for room, number in sorted(held)]
    return [
        (one, other)
        for one, other in pairs
        if held[one] and held[one] == held.get(other) and (one in drawn or other in drawn)
    ]


def _letter(index: int) -> str:
    """A for 0, Z for 25, AA for 26, like a sheet's columns."""
    rest, last = divmod(index, 26)
    return (_letter(rest - 1) if rest else "") + chr(ord("A") + last)


def _first_of_the_best(
    options: Sequence[str], groups: Mapping[str, str], free: Sequence[Run], sizes: Mapping[str, int]
) -> str:
    """The first of the options that, put on the first free place, leaves the fewest pairs possible."""
    aim = fewest_pairs(free, sizes)
    best, least = "", None
    for number in options:
        pairs = _pairs_with(groups.get(number, ""), free, sizes)
        if least is None or pairs < least:
            best, least = number, pairs
        if least <= aim:
            break
    return best


def _pairs_with(group: str, free: Sequence[Run], sizes: Mapping[str, int]) -> int:
    """The fewest pairs if the group takes the first free place; "" takes it without restriction."""
    run, *later = free
    made, left = 0, sizes
    if group:
        made = (group == run.left) + (run.length == 1 and group == run.right)
        left = {**sizes, group: sizes[group] - 1}
    rest = [Run(run.length - 1, group, run.right)] if run.length > 1 else []
    return made + fewest_pairs([*rest, *later], left)


def _apart(free: Sequence[Run], group: str) -> tuple[int, int]:
    """How many of the group sit without a pair, and how many more at the price of one pair each; then it is two."""
    spans = [run.length + 1 - (run.left == group) - (run.right == group) for run in free]
    return sum(span // 2 for span in spans), sum(span % 2 for span in spans)


def _overflow(free: Sequence[Run], group: str, size: int) -> int:
    without, for_one = _apart(free, group)
    over = max(0, size - without)
    return over + max(0, over - for_one)


def _ties(free: Sequence[Run], sizes: Mapping[str, int]) -> Iterator[tuple[tuple[str, str], int, int]]:
    """For two groups: (the groups, the runs between their people that they cannot fill in turns, how many others)."""
    closed = [run for run in free if run.left and run.right]
    if not closed:
        return
    total = sum(run.length for run in free)
    known = sorted({*sizes, *(run.left for run in closed), *(run.right for run in closed)})
    for pair in combinations(known, 2):
        others = total - sum(sizes.get(group, 0) for group in pair)
        if others < len(closed):
            gaps = [run for run in closed if run.left in pair and run.right in pair]
            yield pair, sum((run.left == run.right) == (run.length % 2 == 0) for run in gaps), others
