import pytest
from hypothesis import given
from hypothesis import strategies as st

from applicants.identity.names import MAX_LENGTH, BadName, parse_name
from tests.identity.cases import assert_sentence, cases

# First and last characters of every block a Chinese name may come from.
CJK_EDGES = [
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B739),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
    (0x2EBF0, 0x2EE5D),
    (0x30000, 0x3134A),
    (0x31350, 0x323AF),
]


@pytest.mark.parametrize("case", cases("names.toml"))
def test_typed_name(case):
    if "refused" in case:
        with pytest.raises(BadName) as refusal:
            parse_name(case["text"])
        assert case["refused"] in refusal.value.sentence
        assert_sentence(refusal.value)
        return
    name = parse_name(case["text"])
    assert name.value == case["value"]
    if "noted" in case:
        assert any(case["noted"] in note for note in name.notes)
    else:
        assert name.notes == ()


@pytest.mark.parametrize("edges", CJK_EDGES, ids=lambda edges: f"U+{edges[0]:04X}")
def test_every_han_block_is_kept_as_it_is(edges):
    text = "".join(map(chr, edges))
    assert parse_name(text).value == text


def test_fifty_characters_fit_and_fifty_one_do_not():
    assert parse_name("𬀩" * MAX_LENGTH).value == "𬀩" * MAX_LENGTH
    with pytest.raises(BadName, match="最多 50 个字，现在是 51 个字"):
        parse_name("𬀩" * (MAX_LENGTH + 1))


@given(st.text(alphabet=st.characters(), max_size=60) | st.text(alphabet="张三·•. 'aé⼩\u200b", max_size=12))
def test_whatever_is_typed_gets_a_stable_name_or_a_sentence(text):
    try:
        name = parse_name(text)
    except BadName as refusal:
        assert_sentence(refusal)
    else:
        assert 0 < len(name.value) <= MAX_LENGTH
        assert "\0" not in name.value
        again = parse_name(name.value)
        assert (again.value, again.notes) == (name.value, ())
