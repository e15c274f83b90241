"""The evening of an exam day, with people enough for every hand."""

from tests.results.conftest import evening, team

__all__ = ["evening", "team"]
