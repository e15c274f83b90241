"""What every test may use: a clock to set, the choice of tests that touch a database, a watched browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from portal import clock
from portal.audit import triggers

pytest_plugins = ["tests.browser"]

DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "live_server",
    "django_db_setup",
    "django_db_serialized_rollback",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="only tests that touch a database")


def pytest_sessionstart() -> None:
    """Load every address, and with them the counter's pages, before a test module lists them."""
    import_module(settings.ROOT_URLCONF)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database-only"):
        kept = [item for item in items if _touches_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
    if connection.vendor != "postgresql":
        skip = pytest.mark.skip(reason="only means something on PostgreSQL: set TEST_DATABASE_URL")
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(skip)


def pytest_unconfigure(config: pytest.Config) -> None:
    # Each process of the run has its own folder; the one that started the others removes them all.
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["PORTAL_TEST_VAR"], ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _trail_may_be_emptied() -> Iterator[None]:
    """Tests that commit are followed by an emptying of all tables, which the trail's triggers refuse on SQLite."""
    empty = TransactionTestCase._fixture_teardown

    def empty_with_trail(case: TransactionTestCase) -> None:
        if connection.vendor != "sqlite":
            empty(case)
            return
        triggers.remove(connection)
        try:
            empty(case)
        finally:
            triggers.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_with_trail)
        yield


@pytest.fixture
def frozen_day() -> Iterator[Callable[[date | datetime], None]]:
    """`frozen_day(date(2026, 3, 2))`: for the rest of the test, in this thread, the clock starts from
    noon of that day in Shanghai, or from the aware moment given.
    """
    with ExitStack() as stack:

        def go_to(moment: date | datetime) -> None:
            if not isinstance(moment, datetime):
                moment = datetime(moment.year, moment.month, moment.day, 12, tzinfo=clock.SHANGHAI)
            stack.enter_context(clock.rehearse(moment))

        yield go_to


@pytest.fixture
def process_day() -> Iterator[Callable[[datetime | None], None]]:
    """For every thread, the live server's too: takes an aware moment, or None for the present."""
    yield clock.set_process_time
    clock.set_process_time(None)


@pytest.fixture(scope="session")
def project_root() -> Iterator[os.PathLike[str]]:
    """The repository's root folder."""
    return settings.BASE_DIR


def _touches_database(item: pytest.Item) -> bool:
    return bool(
        item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    )
