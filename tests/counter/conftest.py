"""Staff at the counter, past the second factor unless a test is about it."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from tests import factories


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    """That it is demanded is shown by tests/access; here people are past it."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def offering(db, frozen_day):
    """Grade 4 of 社群健康助理员, on a Monday in October 2026."""
    frozen_day(date(2026, 10, 12))
    return factories.load_catalogue()


@pytest.fixture
def enter() -> Callable[..., Client]:
    """`enter("周敏", "exams.review_application")`: a browser logged in as new staff with these permissions, or all."""

    def come_in(name: str = "周敏", *permissions: str) -> Client:
        client = Client()
        client.staff = factories.make_staff(name, *permissions)
        client.force_login(client.staff)
        return client

    return come_in


@pytest.fixture
def desk(enter, offering) -> Client:
    """Somebody who may do everything."""
    return enter()
