"""Faults that pass by themselves or by an operator's hand: database or Redis away, or busy; no room on the disk.

They are nobody's mistake and no program's: the person reads 503 and when to come back, not 500.
"""

import errno
import sqlite3
import sys

from django.db import InterfaceError, OperationalError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})
"""Full, over quota, read-only, over the size limit, broken: nothing can be written here now."""
# SQLite calls a missing table operational as well; that one is a fault of ours.
SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def passes(fault: BaseException | None) -> bool:
    """Whether this fault, or what it was raised from, is one that passes."""
    seen = 0
    while fault is not None and seen < 10:
        if _passes(fault):
            return True
        fault, seen = fault.__cause__ or fault.__context__, seen + 1
    return False


def _passes(fault: BaseException) -> bool:
    if isinstance(fault, OperationalError):
        code = getattr(fault.__cause__, "sqlite_errorcode", None)
        return code is None or code & 0xFF in SQLITE_PASSING
    if isinstance(fault, OSError) and fault.errno in NO_ROOM:
        return True
    return isinstance(fault, InterfaceError) or _is_of_redis(fault)


def _is_of_redis(fault: BaseException) -> bool:
    """Redis counts the log-ins: where it is away, nobody may try on without being counted.

    Its library takes 17 MB and is not loaded for this: where nobody did, no fault is Redis's.
    """
    exceptions = sys.modules.get("redis.exceptions")
    return exceptions is not None and isinstance(fault, exceptions.ConnectionError | exceptions.TimeoutError)
