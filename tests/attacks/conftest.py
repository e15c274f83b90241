"""Attackers and clumsy hands: applicants ready to file, staff past the second factor."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests import factories
from tests.filing.conftest import offering, person  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    """That it is demanded is shown by tests/access."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def browser_of() -> Callable[..., Client]:
    """A browser logged in with the account; a fault answers with its page, as it would outside tests."""

    def come_in(account) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return come_in


@pytest.fixture
def clerk(browser_of, offering) -> Client:  # noqa: F811
    """Somebody who may do everything at the counter."""
    return browser_of(factories.make_staff("沈岚"))
