"""The draw: fixed by its seed, recomputable by anyone, and not to be bent unnoticed."""

import json

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from exams.arrangement.draw import assign, problems, seed_hash

numbers = st.lists(st.integers(0, 10**6).map(lambda n: f"2026{n:07d}"), unique=True, min_size=1, max_size=60)


def published(seed, candidates, places):
    return {
        "candidates": candidates,
        "places": [list(place) for place in places],
        "seed_hash": seed_hash(seed),
        "seed": seed,
        "result": [[number, room, seat] for number, (room, seat) in assign(seed, candidates, places)],
    }


def rooms_for(count):
    return [("甲", number) for number in range(1, count + 1)]


@given(candidates=numbers, seed=st.text("0123456789abcdef", min_size=8, max_size=64))
def test_everyone_gets_exactly_one_place_whatever_the_order_of_the_list(candidates, seed):
    places = rooms_for(len(candidates))
    result = assign(seed, candidates, places)
    assert sorted(number for number, _ in result) == sorted(candidates)
    assert [place for _, place in result] == places
    assert assign(seed, list(reversed(candidates)), places) == result


@given(candidates=numbers, data=st.data())
def test_any_two_people_exchanged_in_the_result_are_noticed(candidates, data):
    candidates = sorted(candidates)
    draw = published("5eed", candidates, rooms_for(len(candidates)))
    assert problems(draw) == []
    if len(candidates) > 1:
        first, second = data.draw(
            st.lists(st.integers(0, len(candidates) - 1), min_size=2, max_size=2, unique=True)
        )
        rows = draw["result"]
        rows[first][0], rows[second][0] = rows[second][0], rows[first][0]
        assert problems(draw) == ["公布的结果与按种子重算的结果不符。"]


def test_another_seed_than_the_one_announced_is_noticed():
    draw = published("5eed", ["1", "2", "3"], rooms_for(3)) | {"seed_hash": seed_hash("other")}
    assert problems(draw) == ["种子与事先公布的摘要不符。"]


@pytest.mark.parametrize("broken", [{}, {"candidates": 1}, {"seed": "x", "candidates": [], "places": [1]}])
def test_a_broken_list_is_said_to_be_broken(broken):
    assert problems(broken) == ["公布的名单不完整，或格式不对。"]


def test_more_people_than_places_cannot_be_drawn():
    with pytest.raises(ValueError, match="more candidates"):
        assign("5eed", ["1", "2"], rooms_for(1))


def test_verify_draw_needs_only_the_file(tmp_path, capsys):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    draw = published("5eed", ["1", "2"], rooms_for(2))
    good.write_text(json.dumps(draw))
    call_command("verify_draw", str(good))
    assert "相符，共 2 人" in capsys.readouterr().out
    bad.write_text(json.dumps(draw | {"seed": "another"}))
    with pytest.raises(SystemExit):
        call_command("verify_draw", str(bad))
    assert "种子与事先公布的摘要不符" in capsys.readouterr().out
