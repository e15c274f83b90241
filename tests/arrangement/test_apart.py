"""Keeping institutions apart: never more neighbours than the best of all seatings has, and the first of the best.

The best is found here by trying everything, which the code under test never does.
"""

import hashlib
from collections import Counter
from functools import cache
from itertools import combinations_with_replacement, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.arrangement.apart import (
    Run,
    Shortfall,
    fewest_pairs,
    letters,
    neighbours,
    places_used,
    runs,
    seat_apart,
    shortfalls,
)

GROUPS = ("A", "B", "C")


def tried_out(free, sizes):
    """The fewest pairs over all ways to fill the runs, place by place."""
    names = tuple(sorted(sizes))
    ends = [(run.left if at == 0 else None, run.right if at == run.length - 1 else "")
            for run in free for at in range(run.length)]  # fmt: skip

    @cache
    def best(place, before, left):
        if place == len(ends):
            return 0
        others = len(ends) - place - sum(left)
        at_left = before if ends[place][0] is None else ends[place][0]
        ways = [best(place + 1, "", left)] if others else []
        for index, name in enumerate(names):
            if left[index]:
                made = (name == at_left) + (name == ends[place][1])
                ways.append(
                    made + best(place + 1, name, (*left[:index], left[index] - 1, *left[index + 1 :]))
                )
        return min(ways)

    return best(0, "", tuple(sizes[name] for name in names))


def pairs_in(result, groups, seated):
    """Pairs with somebody of the result in them."""
    drawn = {place: groups.get(number) for number, place in result}
    return sum(
        (drawn.get((room, number + 1)) == group) + (seated.get((room, number + 1)) == group)
        + (seated.get((room, number - 1)) == group)
        for (room, number), group in drawn.items() if group
    )  # fmt: skip


def seating(ranks, order, places):
    return [(order[rank], place) for rank, place in zip(ranks, places, strict=False) if rank < len(order)]


@st.composite
def halls(draw, most_free=7, most_rooms=2):
    """Rooms with some places taken by one of the groups or by an individual: (free places, who sits already)."""
    places, seated = [], {}
    for room in ("甲", "乙")[: draw(st.integers(1, most_rooms))]:
        for number in range(1, draw(st.integers(1, 8)) + 1):
            kind = draw(st.sampled_from(("free", "free", "free", "", *GROUPS)))
            if kind == "free" and len(places) < most_free:
                places.append((room, number))
            elif kind in GROUPS:
                seated[room, number] = kind
    return places, seated


@st.composite
def cases(draw, most_free=7):
    """(order, groups, places, seated): no more people than places, of so few groups that it is tight."""
    places, seated = draw(halls(most_free))
    some = draw(st.sampled_from((("A",), ("A", "A", "B"), ("A", "B", ""), ("A", "B", "C", ""))))
    kinds = draw(st.lists(st.sampled_from(some), max_size=len(places)))
    order = [f"{index}" for index in range(len(kinds))]
    return order, {number: kind for number, kind in zip(order, kinds, strict=True) if kind}, places, seated


def sizes_of(order, groups):
    return Counter(groups[number] for number in order if number in groups)


@given(case=cases(most_free=10))
def test_the_fewest_pairs_are_those_of_the_best_of_all_seatings(case):
    order, groups, places, seated = case
    free, sizes = runs(places, seated), sizes_of(order, groups)
    assert fewest_pairs(free, sizes) == tried_out(free, sizes)


def test_the_fewest_pairs_in_every_hall_of_two_short_runs():
    """Not drawn by chance: every two runs of up to three places, whoever sits at their ends, and every size of groups."""
    shapes = [
        Run(length, left, right)
        for length in (1, 2, 3)
        for left, right in combinations_with_replacement(("", *GROUPS), 2)
    ]
    wrong = []
    for free in combinations_with_replacement(shapes, 2):
        room = sum(run.length for run in free)
        for sizes in product(range(room + 1), repeat=3):
            named = dict(zip(GROUPS, sizes, strict=True))
            if sum(sizes) <= room and fewest_pairs(free, named) != tried_out(free, named):
                wrong.append((free, named))
    assert wrong == []


ends = st.sampled_from(("", *GROUPS))


@given(
    free=st.lists(st.builds(Run, st.integers(1, 3), ends, ends), min_size=1, max_size=4),
    wanted=st.tuples(*[st.integers(0, 5)] * 3),
)
def test_the_fewest_pairs_between_people_who_sit_everywhere_already(free, wanted):
    room = sum(run.length for run in free)
    sizes = {}
    for group, size in zip(GROUPS, wanted, strict=True):
        sizes[group] = min(size, room - sum(sizes.values()))
    assert fewest_pairs(free, sizes) == tried_out(free, sizes)


@given(case=cases(most_free=10))
def test_the_seating_has_no_more_pairs_than_the_fewest(case):
    order, groups, places, seated = case
    result = seat_apart(order, groups, places, seated)
    assert sorted(number for number, _ in result) == sorted(order)
    taken = {place for _, place in result}
    assert [place for _, place in result] == [place for place in places if place in taken]
    assert pairs_in(result, groups, seated) == tried_out(runs(places, seated), sizes_of(order, groups))


@given(case=cases(most_free=6))
def test_it_is_the_first_of_the_best_seatings_by_the_order_drawn(case):
    order, groups, places, seated = case
    free, sizes = runs(places, seated), sizes_of(order, groups)
    used = next(
        count
        for count in range(len(order), len(places) + 1)
        if tried_out(runs(places[:count], seated), sizes) == tried_out(free, sizes)
    )
    nobody = len(order)
    seatings = set(permutations([*range(len(order)), *[nobody] * (used - len(order))]))
    best = min(seatings, key=lambda ranks: (pairs_in(seating(ranks, order, places), groups, seated), ranks))
    assert seat_apart(order, groups, places, seated) == seating(best, order, places)


def row(count, room="甲"):
    return [(room, number) for number in range(1, count + 1)]


def seated_row(kinds, places):
    """Seat people whose order drawn is the order of the letters; "-" is an individual. What comes out, "." empty."""
    order = [f"{index}" for index in range(len(kinds))]
    groups = {number: kind for number, kind in zip(order, kinds, strict=True) if kind != "-"}
    held = {place: groups.get(number, "-") for number, place in seat_apart(order, groups, places, {})}
    return "".join(held.get(place, ".") for place in places)


@pytest.mark.parametrize(
    ("drawn", "places", "sat"),
    [
        ("AB-AB", row(5), "AB-AB"),  # nothing to part: the order drawn stands
        ("AAB-", row(4), "ABA-"),
        ("BBAAA", row(5), "ABABA"),  # the larger group must begin
        ("AAAB", row(4), "AABA"),  # one pair cannot be helped
        ("AAA", row(7), "A.A.A.."),  # empty places part, no more of them than needed
        ("AAB-", row(9), "ABA-....."),  # no empty place where people part as well
        ("AA", [("甲", 1), ("甲", 3)], "AA"),  # 1 and 3 are no neighbours
        ("AA", [("甲", 8), ("乙", 9)], "AA"),  # nor are two rooms
        ("AAAA", row(3) + row(3, "乙"), "A.AA.A"),
    ],
)
def test_seatings_that_one_can_check_by_eye(drawn, places, sat):
    assert seated_row(drawn, places) == sat


def test_who_sits_already_is_a_neighbour_too():
    places = [("甲", 2), ("甲", 3)]
    assert seat_apart(["1", "2"], {"1": "A", "2": "B"}, places, {("甲", 1): "A"}) == [
        ("2", ("甲", 2)),
        ("1", ("甲", 3)),
    ]
    assert neighbours([("1", ("甲", 2))], {"1": "A"}, {("甲", 1): "A", ("甲", 4): "A", ("甲", 5): "A"}) == [
        (("甲", 1), ("甲", 2))
    ]


@given(kinds=st.lists(st.sampled_from("AB-"), min_size=2, max_size=8), data=st.data())
def test_exchanging_two_people_of_one_group_in_the_order_exchanges_their_seats_and_nothing_else(kinds, data):
    """Within a group nobody is better off: every order drawn is as likely, and so is every seat for each of them."""
    order = [f"{index}" for index in range(len(kinds))]
    groups = {number: kind for number, kind in zip(order, kinds, strict=True) if kind != "-"}
    one, other = data.draw(st.lists(st.sampled_from(order), min_size=2, max_size=2, unique=True))
    swap = {one: other, other: one}
    if groups.get(one) != groups.get(other):
        return
    exchanged = [swap.get(number, number) for number in order]
    places = row(len(order) + 1)
    first = seat_apart(order, groups, places, {})
    second = seat_apart(exchanged, groups, places, {})
    assert second == [(swap.get(number, number), place) for number, place in first]


@given(case=cases())
def test_what_the_groups_are_called_makes_no_difference(case):
    order, groups, places, seated = case
    other = {"A": "Z", "B": "A", "C": "Q"}
    renamed = seat_apart(
        order,
        {number: other[group] for number, group in groups.items()},
        places,
        {place: other[group] for place, group in seated.items()},
    )
    assert renamed == seat_apart(order, groups, places, seated)


def test_over_many_seeds_every_group_sits_everywhere():
    """30 people of three groups and none, 2,000 seeds: nobody is kept to the front or the back of the room."""
    numbers = [f"2026{n:07d}" for n in range(30)]
    groups = {number: "AABBC-"[n % 6] for n, number in enumerate(numbers) if n % 6 != 5}
    front = Counter()
    for seed in range(2000):
        order = sorted(numbers, key=lambda n, seed=seed: hashlib.sha256(f"{seed}:{n}".encode()).hexdigest())
        for number, (_, seat) in seat_apart(order, groups, row(30), {}):
            front[number] += seat <= 15
    assert all(0.44 < front[number] / 2000 < 0.56 for number in numbers)


def test_letters_come_in_the_order_of_the_list_and_run_on_after_z():
    assert letters(["1", "2", "3", "4"], {"2": "康宁", "3": "新华", "4": "康宁"}) == {
        "2": "A",
        "3": "B",
        "4": "A",
    }
    many = [f"{n:03d}" for n in range(704)]
    found = letters(many, {number: number for number in many})
    assert [found[many[n]] for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


@given(case=cases(most_free=10))
def test_the_neighbours_of_a_result_are_counted_as_they_sit(case):
    order, groups, places, seated = case
    as_drawn = list(zip(order, places, strict=False))
    assert len(neighbours(as_drawn, groups, seated)) == pairs_in(as_drawn, groups, seated)


def test_the_reasons_name_who_is_too_many_and_for_how_many_places():
    assert shortfalls(runs(row(6), {}), {"A": 4, "B": 2}) == [Shortfall(("A",), 4, 3)]
    assert shortfalls(runs(row(6), {}), {"A": 3, "B": 3}) == []
    between = {("甲", 1): "A", ("甲", 4): "A"}
    assert shortfalls(runs([("甲", 2), ("甲", 3)], between), {"A": 1, "B": 1}) == [Shortfall(("A",), 1, 0)]


@given(case=cases(most_free=10))
def test_there_is_a_reason_exactly_where_pairs_are_left(case):
    order, groups, places, seated = case
    free, sizes = runs(places, seated), sizes_of(order, groups)
    assert bool(shortfalls(free, sizes)) == (fewest_pairs(free, sizes) > 0)


def test_no_more_places_are_used_than_part_as_many():
    assert places_used(row(9), 4, {"A": 4}, {}) == 7
    assert places_used(row(9), 4, {"A": 2}, {}) == 4
    assert places_used(row(5), 4, {"A": 4}, {}) == 5


def test_places_out_of_order_are_refused():
    with pytest.raises(ValueError, match="not in order"):
        runs([("甲", 2), ("甲", 1)], {})
