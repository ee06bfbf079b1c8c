"""One thread that makes all calls of a PKCS#11 module in this process.

python-pkcs11 begins a module with C_Initialize(NULL), the promise that only one thread will call
it. So all callers hand their calls to this thread, one after the other, and wait for a bounded
time: a token that hangs makes keys unavailable, and never the portal.

Source: PKCS #11 v2.40, section 5.4 (C_Initialize).
"""

import os
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from traceback import clear_frames
from typing import Any, TypeVar

import pkcs11

T = TypeVar("T")
_Task = tuple[Future[Any], Callable[[], Any]]


class ModuleThread:
    """The thread of one module; after a fork the child has one of its own."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = Lock()
        self._process = 0
        self._tasks: SimpleQueue[_Task] = SimpleQueue()

    def ask(self, act: Callable[[], T], timeout_seconds: float) -> T:
        """Let the thread do `act`, and give what it gives or raise what it raises.

        Raises:
            concurrent.futures.TimeoutError: it did not come to an end in time. What was not begun
                by then is not done any more.
        """
        task: Future[T] = Future()
        with self._lock:
            if self._process != os.getpid():
                self._begin()
            self._tasks.put((task, act))
        try:
            return task.result(timeout_seconds)
        finally:
            task.cancel()

    def _begin(self) -> None:
        forked = self._process != 0
        tasks: SimpleQueue[_Task] = SimpleQueue()
        if forked:
            # The module must be begun anew in a child, and knows no session of its parent.
            tasks.put((Future(), lambda: pkcs11.lib(self._module).reinitialize()))
        Thread(target=_work, args=(tasks,), name="pkcs11", daemon=True).start()
        self._tasks, self._process = tasks, os.getpid()


def _work(tasks: SimpleQueue[_Task]) -> None:
    while True:
        task, act = tasks.get()
        if not task.set_running_or_notify_cancel():
            continue
        try:
            task.set_result(act())
        except BaseException as error:
            # What a broken search still holds is let go of here: no other thread may do that.
            clear_frames(error.__traceback__)
            task.set_exception(error)


_one_at_a_time = Lock()


def thread_of(module: str) -> ModuleThread:
    """Give the thread of a module: the same one to everybody in this process."""
    with _one_at_a_time:
        return _made(module)


@cache
def _made(module: str) -> ModuleThread:
    return ModuleThread(module)
