"""Takes every right from the process that reads a file, and proves that they are gone.

Three walls, each of which holds alone: rlimits bound what it uses; Landlock and empty namespaces,
where the machine has them, leave it no file and no network; seccomp, without which nothing is read
at all, leaves it no system call but those that compute. What a process has given up it cannot get
back: none of these can be undone, not even by a child (which it cannot have).
"""

import ctypes
import errno
import os
import resource
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.sandbox import landlock, system_calls

NOBODY = 65534
NAMESPACES = 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000  # net, ipc, uts, cgroup
OWN_USERS = 0x10000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
SPARE_DESCRIPTORS = 16

libc = ctypes.CDLL(None, use_errno=True)


class Unconfined(Exception):
    """A right that should be gone is still there; nothing may be read."""


def give_up_rights() -> None:
    """Leave the machine's network behind where it lets us, and be nobody where we were root.

    Raises:
        Unconfined: this process has several threads, or stays root.
    """
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise Unconfined("a fork of several threads is not safe")
    system_calls.prepare()
    with suppress(OSError):  # where the machine's memory runs out, a child of ours goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    root = os.geteuid() == 0
    with suppress(OSError):
        _checked(libc.unshare(NAMESPACES if root else NAMESPACES | OWN_USERS))
    if root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        if os.geteuid() == 0:
            raise Unconfined("still root")


def confine(limits: Mapping[str, Any], *, keep: Sequence[int], parent: int) -> None:
    """Take everything from this process but computing, and the descriptors in `keep`.

    Args:
        parent: the template, with which this process ends.

    Raises:
        OSError, Unconfined: a wall that must stand cannot be raised.
    """
    _checked(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    if os.getppid() != parent:
        raise Unconfined("the template has died")
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    _close_all_but(keep)
    _limit(limits, descriptors=max(keep) + SPARE_DESCRIPTORS)
    _checked(libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    landlock.forbid_everything()
    system_calls.forbid_all_others()


def prove() -> None:
    """Try what must be impossible now.

    Raises:
        Unconfined: something of it was possible.
    """
    attempts: list[Callable[[], object]] = [
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
        lambda: os.close(os.open("/", os.O_RDONLY)),
        lambda: os.kill(os.getppid(), 0),
        lambda: os.close(os.memfd_create("more")),
        lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    ]
    for attempt in attempts:
        try:
            attempt()
        except OSError as error:
            if error.errno == errno.EPERM:
                continue
        except ValueError:  # how `resource` tells of EPERM
            continue
        raise Unconfined


def _limit(limits: Mapping[str, Any], *, descriptors: int) -> None:
    at_rest = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    cpu = int(limits["cpu_seconds"])
    hard = {
        resource.RLIMIT_AS: at_rest + int(limits["memory_bytes"]),
        # No real file can be opened for writing: this bounds each output in memory.
        resource.RLIMIT_FSIZE: int(limits["output_bytes"]),
        resource.RLIMIT_NOFILE: descriptors,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, most in hard.items():
        resource.setrlimit(which, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))


def _close_all_but(keep: Sequence[int]) -> None:
    after = 3  # 0, 1 and 2 lead to /dev/null
    for descriptor in sorted(keep):
        os.closerange(after, descriptor)
        after = descriptor + 1
    os.closerange(after, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
