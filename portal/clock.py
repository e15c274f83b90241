"""The only clock. Everything that is not a rule asks here, so that any date can be rehearsed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_shift: ContextVar[timedelta | None] = ContextVar("clock_shift", default=None)
_process_shift = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in Asia/Shanghai."""
    moment = datetime.now(SHANGHAI)  # noqa: TID251 - the one place that reads the machine's clock
    shift = _shift.get()
    return moment + (_process_shift if shift is None else shift)


def today() -> date:
    """The present day in Shanghai, which ends at 24:00 there whatever the machine's zone."""
    return now().date()


def local_day(moment: datetime) -> date:
    """The Shanghai day on which an aware moment lies."""
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """00:00 in Shanghai of that day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


@contextmanager
def rehearse(moment: datetime) -> Iterator[None]:
    """Let the block run as if it began at `moment` (aware); time goes on from there. For tests in one thread."""
    token = _shift.set(moment - datetime.now(SHANGHAI))  # noqa: TID251
    try:
        yield
    finally:
        _shift.reset(token)


def set_process_time(moment: datetime | None) -> None:
    """Move the clock of the whole process, all threads; None puts it back. For rehearsals and journeys."""
    global _process_shift
    _process_shift = timedelta(0) if moment is None else moment - datetime.now(SHANGHAI)  # noqa: TID251
