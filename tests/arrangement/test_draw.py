"""The draw: fixed by its seed, recomputable by anyone, and not to be bent unnoticed."""

import json

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from exams.arrangement.apart import letters
from exams.arrangement.draw import Lists, assign, problems, seed_hash

numbers = st.lists(st.integers(0, 10**6).map(lambda n: f"2026{n:07d}"), unique=True, min_size=1, max_size=60)


def plain(candidates, places):
    return Lists(candidates, places, groups=None, seated={})


def published(seed, candidates, places):
    """As draws were published before institutions could be kept apart, and still are without that choice."""
    return {
        "candidates": candidates,
        "places": [list(place) for place in places],
        "seed_hash": seed_hash(seed),
        "seed": seed,
        "result": [[number, room, seat] for number, (room, seat) in assign(seed, plain(candidates, places))],
    }


def published_apart(seed, candidates, institutions, places, seated):
    groups = letters(candidates, institutions)
    lists = Lists(candidates, places, groups, seated)
    return {
        "candidates": candidates,
        "places": [list(place) for place in places],
        "groups": groups,
        "seated": [[*place, letter] for place, letter in seated.items()],
        "seed_hash": seed_hash(seed),
        "seed": seed,
        "result": [[number, room, seat] for number, (room, seat) in assign(seed, lists)],
    }


def rooms_for(count):
    return [("甲", number) for number in range(1, count + 1)]


@given(candidates=numbers, seed=st.text("0123456789abcdef", min_size=8, max_size=64))
def test_everyone_gets_exactly_one_place_whatever_the_order_of_the_list(candidates, seed):
    places = rooms_for(len(candidates))
    result = assign(seed, plain(candidates, places))
    assert sorted(number for number, _ in result) == sorted(candidates)
    assert [place for _, place in result] == places
    assert assign(seed, plain(list(reversed(candidates)), places)) == result


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
        assign("5eed", plain(["1", "2"], rooms_for(1)))


SIX = [f"2026000000{n}" for n in range(1, 7)]
INSTITUTIONS = {SIX[1]: "康宁", SIX[2]: "新华", SIX[4]: "康宁", SIX[5]: "新华"}


def apart_draw():
    places = [("甲", 2), ("甲", 3), ("甲", 4), ("甲", 5), ("乙", 1), ("乙", 2), ("乙", 3)]
    return published_apart("5eed", SIX, INSTITUTIONS, places, {("甲", 1): "A"})


def test_a_draw_that_keeps_institutions_apart_recomputes():
    assert problems(json.loads(json.dumps(apart_draw()))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"groups": {}}, "公布的结果与按种子重算的结果不符。"),
        ({"seated": []}, "公布的结果与按种子重算的结果不符。"),
        ({"groups": {SIX[1]: "B", SIX[2]: "A", SIX[4]: "B", SIX[5]: "A"}}, "机构代号没有按"),
        ({"groups": {"20269999999": "A"}}, "机构代号没有按"),
        ({"seated": [["甲", 2, "A"]]}, "名单或座位有重复"),
        ({"places": [["甲", n] for n in (3, 2, 4, 5, 6, 7)]}, "次序不对"),
        ({"groups": ["A"]}, "公布的名单不完整"),
    ],
)
def test_what_was_changed_about_the_groups_is_noticed(change, said):
    assert said in "".join(problems(apart_draw() | change))


def test_a_draw_published_with_groups_does_not_pass_without_them():
    draw = apart_draw()
    del draw["groups"]
    assert problems(draw) == ["公布的结果与按种子重算的结果不符。"]


def test_verify_draw_says_how_many_neighbours_of_one_institution_are_left(tmp_path, capsys):
    file = tmp_path / "apart.json"
    draw = published_apart("5eed", ["1", "2", "3"], {"1": "x", "2": "x", "3": "x"}, rooms_for(4), {})
    file.write_text(json.dumps(draw))
    call_command("verify_draw", str(file))
    assert "相符，共 3 人；同一机构相邻 1 对，按名单和座位最少 1 对" in capsys.readouterr().out


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
