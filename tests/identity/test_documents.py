from datetime import date, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from applicants.identity.documents import (
    EARLIEST_BIRTH,
    BadDocument,
    DocumentKind,
    Sex,
    agree,
    check_character,
    parse,
)
from applicants.identity.regions import PROVINCES, RESIDENCE_PERMITS
from tests.identity.cases import assert_sentence, cases

ON = date(2026, 11, 23)

PREFIXES = {
    DocumentKind.RESIDENT_ID: [f"{province}0101" for province in PROVINCES],
    DocumentKind.HMT_RESIDENCE: [f"{region}0000" for region in RESIDENCE_PERMITS],
    DocumentKind.FOREIGN_PERMANENT: [f"9{province}682" for province in PROVINCES],
}


@st.composite
def valid_numbers(draw):
    """A kind whose number carries MOD 11-2, and a number of it that is valid on ON."""
    kind = draw(st.sampled_from(list(PREFIXES)))
    born = draw(st.dates(EARLIEST_BIRTH, ON))
    first_17 = f"{draw(st.sampled_from(PREFIXES[kind]))}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return kind, first_17 + check_character(first_17), born


@pytest.mark.parametrize("case", cases("documents.toml"))
def test_typed_number(case):
    if "refused" in case:
        with pytest.raises(BadDocument) as refusal:
            parse(case["kind"], case["text"], on=ON)
        assert case["refused"] in refusal.value.sentence
        assert_sentence(refusal.value)
        return
    document = parse(case["kind"], case["text"], on=ON)
    assert document.number == case["number"]
    assert document.birth_date == case.get("birth_date")
    assert document.sex == case.get("sex")
    assert document.region == case.get("region")


@given(valid_numbers())
def test_valid_numbers_tell_their_birth_date(valid):
    kind, number, born = valid
    assert parse(kind, number, on=ON).birth_date == born


@given(valid_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
@example((DocumentKind.FOREIGN_PERMANENT, "932682198501010017", date(1985, 1, 1)), 17, "8")
def test_one_wrong_character_is_always_caught(valid, position, wrong):
    kind, number, _ = valid
    assume(number[position] != wrong)
    with pytest.raises(BadDocument):
        parse(kind, number[:position] + wrong + number[position + 1 :], on=ON)


@given(valid_numbers(), st.integers(0, 16))
def test_two_neighbours_swapped_are_always_caught(valid, position):
    kind, number, _ = valid
    assume(number[position] != number[position + 1])
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    with pytest.raises(BadDocument):
        parse(kind, swapped, on=ON)


@given(
    valid_numbers(),
    st.lists(st.tuples(st.integers(0, 18), st.sampled_from(" \t\u200b\u3000\ufeff")), max_size=5),
)
def test_reading_what_was_read_changes_nothing(valid, stray):
    kind, number, _ = valid
    typed = "".join(chr(ord(char) + 0xFEE0) for char in number.lower())
    for position, char in stray:
        typed = typed[:position] + char + typed[position:]
    document = parse(kind, typed, on=ON)
    assert document.number == number
    assert parse(kind, document.number, on=ON) == document


@given(st.sampled_from(list(DocumentKind)), st.text(max_size=60))
def test_whatever_is_typed_gets_a_document_or_a_sentence(kind, text):
    try:
        document = parse(kind, text, on=ON)
    except BadDocument as refusal:
        assert_sentence(refusal)
    else:
        assert document.number.isascii()
        assert parse(kind, document.number, on=ON) == document


def test_a_child_born_today_is_accepted_and_one_of_tomorrow_is_not():
    number = "31010120261123001"
    number += check_character(number)
    assert parse(DocumentKind.RESIDENT_ID, number, on=ON).birth_date == ON
    with pytest.raises(BadDocument, match="还没有到"):
        parse(DocumentKind.RESIDENT_ID, number, on=ON - timedelta(days=1))


def test_form_that_disagrees_with_the_number_names_both_fields():
    document = parse(DocumentKind.RESIDENT_ID, "310101199003071230", on=ON)
    assert agree(document, Sex.MALE, date(1990, 3, 7)) == []
    problems = agree(document, "female", date(1990, 7, 3))
    assert [problem.field for problem in problems] == ["sex", "birth_date"]
    assert "性别是男，与填写的女不一致" in problems[0].sentence
    assert "1990年3月7日，与填写的1990年7月3日不一致" in problems[1].sentence


def test_silent_documents_and_empty_fields_disagree_with_nothing():
    passport = parse(DocumentKind.PASSPORT, "EA1234567", on=ON)
    assert agree(passport, Sex.FEMALE, date(1990, 1, 1)) == []
    document = parse(DocumentKind.RESIDENT_ID, "310101199003071230", on=ON)
    assert agree(document, None, None) == []
