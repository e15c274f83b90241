"""A batch of people whose tickets are due, seen by other programs too."""

from collections.abc import Callable
from datetime import date

import pytest

from exams.filing.models import Application
from portal import clock
from tests import factories
from tests.tickets.conftest import at, give_photo

OPENING = clock.start_of(date(2026, 9, 29))
"""The day on which the tickets of `batch` open."""


@pytest.fixture
def batch(transactional_db, process_day) -> Callable[[int], list[Application]]:
    """`batch(40)`: that many seated in theory and practical on 12 October 2026, committed; the clock at OPENING."""

    def make(people: int) -> list[Application]:
        process_day(at(date(2026, 9, 10)))
        offering = factories.load_catalogue()
        day = date(2026, 10, 12)
        theory = factories.make_session(offering, "theory", at(day, 9), seats=people)
        practical = factories.make_session(offering, "practical", at(day, 13), seats=people)
        applications = []
        for number in range(1, people + 1):
            person = factories.make_person()
            give_photo(person)
            application = factories.make_application(person)
            factories.pay(application)
            for session in (theory, practical):
                factories.seat(application, session, number)
            applications.append(application)
        process_day(OPENING)
        return applications

    return make
