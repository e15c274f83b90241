"""Several people at one row: deeds in threads of their own, started together. Only means something on PostgreSQL."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from portal.rules.findings import Refused


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each deed gave, in their order; the code of its refusal where it was refused. Any other fault is raised:
    nobody may read one because somebody else pressed a button at the same moment."""
    start, outcomes, faults = threading.Barrier(len(deeds), timeout=60), [None] * len(deeds), []

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


def somebody_waits() -> bool:
    """Whether somebody in this database waits for a lock that another holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        (waiting,) = cursor.fetchone()
    return bool(waiting)
