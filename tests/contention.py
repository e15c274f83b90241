"""Several people at one row: deeds in threads of their own, started together. Only means something on PostgreSQL."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from portal.rules.findings import Refused

LONGEST_WAIT = 60  # seconds


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each deed gave, in their order; the code of its refusal where it was refused. Any other fault is raised:
    nobody may read one because somebody else pressed a button at the same moment."""
    start, outcomes, faults = threading.Barrier(len(deeds), timeout=LONGEST_WAIT), [None] * len(deeds), []

    def run(place: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait()
            outcomes[place] = deed()
        except Refused as refused:
            outcomes[place] = refused.findings[0].code
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return outcomes


def wait_for_a_waiter(*, unless: Callable[[], bool] = lambda: False) -> None:
    """Return once somebody in this database waits for a lock that another holds, or `unless` says so."""
    end = time.monotonic() + LONGEST_WAIT
    while not unless() and not _somebody_waits():
        assert time.monotonic() < end, "nobody ever waited"
        time.sleep(0.01)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Within one transaction PostgreSQL shows the activity as it was when first asked.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)
