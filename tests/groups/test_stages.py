"""Where a person of a group filing stands is derived from what was done, in one query."""

import pytest

from exams.filing.groups.queries import counts_by_stage, entries_of
from tests.groups.factories import STAGES, make_entry, make_filing, make_row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("stage", STAGES)
def test_an_entry_stands_where_its_last_step_put_it(stage):
    filing = make_filing()
    make_entry(filing, stage=stage)
    assert entries_of(filing).get().stage == stage
    assert counts_by_stage(filing) == {stage: 1}


def test_a_corrected_row_needs_confirmation_and_review_again():
    filing = make_filing()
    entry = make_entry(filing, stage="ready")
    entry.row = make_row(filing, phone="+8613900000002")
    entry.save()
    assert entries_of(filing).get().stage == "confirm"


def test_counting_takes_one_query(django_assert_num_queries):
    filing = make_filing()
    for stage in STAGES:
        make_entry(filing, stage=stage)
    with django_assert_num_queries(1):
        assert sum(counts_by_stage(filing).values()) == len(STAGES)
