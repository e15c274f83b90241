"""The evening of an exam day, and people enough for every hand."""

from datetime import timedelta

import pytest

from portal import clock
from tests import factories
from tests.conduct.procedure import Hands
from tests.results.world import EXAM_DAY


@pytest.fixture
def evening(db, frozen_day):
    """18:00 on the exam day; call it with another day or moment to go on."""
    frozen_day(clock.start_of(EXAM_DAY) + timedelta(hours=18))
    factories.load_catalogue()
    return frozen_day


@pytest.fixture
def hands(evening) -> Hands:
    return Hands()
