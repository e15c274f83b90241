"""Giving up everything a process does not need to turn bytes into bytes. Linux; see docs/adr/0022.

After `confine()` no file, socket or pipe can be opened, nothing written beyond the answer, no process started, and
memory and processor time are bounded. Modules must be imported before.
"""

import contextlib
import ctypes
import os
import resource
import signal

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
ANSWER_BYTES = 64 * 1024 * 1024

NOBODY = 65534
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def confine(
    *, memory_bytes: int = MEMORY_BYTES, cpu_seconds: int = CPU_SECONDS, answer_bytes: int = ANSWER_BYTES
) -> None:
    """Limit this process for good. What the host forbids (a network namespace) is skipped; the limits always hold."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        libc.unshare(CLONE_NEWNET)
        # Root could raise its limits again. A container may keep setuid from us: then only the limits remain.
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    else:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Set last: changing the user clears it. The child must not outlive a web worker that is killed.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # One second more before the kill: the signal before it tells the parent why.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    for what, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, answer_bytes),
        (resource.RLIMIT_NPROC, 0),
        # Descriptors 0, 1 and 2 stay open; a fourth, of whatever kind, is refused by the kernel.
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(what, (limit, limit))
