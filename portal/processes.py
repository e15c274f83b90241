"""Child processes that start clean and never outlive us: for the demo's parts and the tests' servers."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


def fresh_child(death_signal: signal.Signals) -> Callable[[], None]:
    """What a new process does before its program starts, as `preexec_fn` of subprocess.

    It gets default handlers and an empty mask even where ours were inherited as ignored, as by `nohup` or `&`;
    on Linux the kernel sends it `death_signal` when we are gone, however that came about.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        for number in _RESET:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # it ended before we had asked
                os._exit(1)

    return prepare
