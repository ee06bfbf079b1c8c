"""Seccomp: the system calls that are left to a process that reads a file; all others fail.

They are listed, not the forbidden ones: a call that a kernel learns tomorrow is forbidden already.
A forbidden call fails with EPERM rather than ending the process, since libraries try for files
(fonts, catalogues, time zones) that they can do without.
"""

import errno
from typing import Any

# Reading and writing what is open; memory; the clock; chance; the end. No open, no socket, no
# clone or fork (and so no threads), no exec, no kill, no ptrace, no prctl, no seccomp, no ioctl.
ALLOWED = (
    "read", "pread64", "readv", "preadv", "write", "pwrite64", "writev", "lseek", "ftruncate",
    "fstat", "close", "dup", "fadvise64",
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "membarrier",
    "futex", "rseq", "set_robust_list", "sched_yield", "restart_syscall",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "getrandom", "getrusage", "times", "sysinfo", "uname", "sched_getaffinity",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    "exit", "exit_group",
)  # fmt: skip
FCNTL_COMMANDS = (1, 2, 3, 1030, 1034)  # of descriptors' flags, to read F_GETFL, dup, seals read
AT_EMPTY_PATH = 0x1000

_filters: list[Any] = []


def prepare() -> None:
    """Compile the list, once, before anything forks.

    Raises:
        RuntimeError, ImportError: libseccomp is not on this machine.
    """
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        try:
            number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        except ValueError:  # this architecture has no such call
            continue
        if number >= 0:
            rules.add_rule(pyseccomp.ALLOW, number)
    for command in FCNTL_COMMANDS:
        rules.add_rule(pyseccomp.ALLOW, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    # How the C library asks for the size of an open file.
    empty = pyseccomp.Arg(3, pyseccomp.MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)
    rules.add_rule(pyseccomp.ALLOW, "newfstatat", empty)
    _filters[:] = [rules]


def forbid_all_others() -> None:
    """Leave this process and all it could ever start the calls of the list."""
    _filters[0].load()
