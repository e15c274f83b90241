import pytest
from hypothesis import given
from hypothesis import strategies as st

from applicants.identity.phones import BadPhone, parse_phone
from tests.identity.cases import assert_sentence, cases


@pytest.mark.parametrize("case", cases("phones.toml"))
def test_typed_phone(case):
    if "refused" in case:
        with pytest.raises(BadPhone) as refusal:
            parse_phone(case["text"])
        assert case["refused"] in refusal.value.sentence
        assert_sentence(refusal.value)
    else:
        assert parse_phone(case["text"]) == case["phone"]


@given(st.text(max_size=30) | st.from_regex(r"[+]?[0-9 ()-]{5,16}", fullmatch=True))
def test_whatever_is_typed_gets_a_stable_number_or_a_sentence(text):
    try:
        phone = parse_phone(text)
    except BadPhone as refusal:
        assert_sentence(refusal)
    else:
        assert parse_phone(phone) == phone
