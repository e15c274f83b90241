import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_limits(db) -> None:
    """The limits count in the cache, which no test's end rolls back where it is Redis."""
    cache.clear()
