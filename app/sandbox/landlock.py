"""Landlock: the kernel's own wall around files, ports and signals, where it has one.

A ruleset that handles every right and grants none: no file can be opened, made, moved or removed
(reading included), no TCP port bound or reached, no process outside signalled.

Source: Linux, Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
from contextlib import suppress

CREATE_RULESET, RESTRICT_SELF = 444, 446
ASK_VERSION = 1
# The rights to files, to TCP and the scopes, as the versions of the interface brought them.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
NETWORK_RIGHTS, SCOPES = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def forbid_everything() -> bool:
    """Leave this process no file, no port and nobody to signal; tells whether the kernel can."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)
    if version < 1:
        return False
    rules = _Ruleset((1 << FILE_RIGHTS[min(version, 5)]) - 1)
    size = 8
    if version >= 4:
        rules.handled_access_net, size = NETWORK_RIGHTS, 16
    if version >= 6:
        rules.scoped, size = SCOPES, 24
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    restricted: int = libc.syscall(RESTRICT_SELF, ruleset, 0)
    with suppress(OSError):
        os.close(ruleset)
    return restricted == 0
