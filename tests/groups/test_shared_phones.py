"""One phone in several rows of a roster is said before anybody is asked; it refuses nobody."""

from datetime import date

import pytest

from exams.filing.groups.rosters.shared_phones import LINES_TOLD, TOLD, shared_phones
from tests.factories import make_member, resident_id
from tests.filing.pages import log_in, text
from tests.groups.factories import make_filing
from tests.groups.sheets import stage, typed


def rows(*phones):
    return [(line, {"phone": phone}) for line, phone in enumerate(phones, 2)]


def test_however_it_is_typed_it_is_the_same_number_and_is_not_quoted():
    (sentence,) = shared_phones(rows("13900000001", "13900000002", "+86 139-0000-0001", "139 0000 0001"))
    assert sentence == "有 3 人填了同一个手机号（第 2、4、5 行），每人要用自己的手机号确认。"


def test_numbers_that_are_none_are_nobodys():
    assert shared_phones([*rows("13900000001", "无", "无", "", ""), (7, {})]) == []


def test_a_clerks_number_in_hundreds_of_rows_stays_one_short_sentence():
    (sentence,) = shared_phones(rows(*["13900000001"] * 500))
    assert sentence.startswith("有 500 人")
    assert sentence.count("、") == LINES_TOLD - 1


def test_many_shared_numbers_are_counted_the_most_shared_first():
    phones = [f"139000000{number:02d}" for number in range(TOLD + 2)]
    sentences = shared_phones(rows(*phones, *phones, phones[-1]))
    assert sentences[0].startswith("有 3 人")
    assert sentences[-1] == "还有 2 个手机号也各填在几行里。"
    assert len(sentences) == TOLD + 1


@pytest.mark.django_db
def test_the_preview_says_it_and_takes_the_rows_all_the_same(frozen_day):
    frozen_day(date(2026, 3, 10))
    filing = make_filing()
    people = [
        typed(name=name, document_number=resident_id(date(1988, 6, 1), serial=serial))
        for name, serial in (("王秀英", 101), ("李玉兰", 103))
    ]
    upload = stage(filing, people)
    reviewer = make_member(filing.institution, "reviewer", "沈老师").account
    page = log_in(reviewer).get(f"/institution/uploads/{upload.pk}/")
    assert upload.counts["refused"] == 0
    assert "有 2 人填了同一个手机号" in text(page)
    assert '<details class="disclosure" open>' in page.content.decode()
