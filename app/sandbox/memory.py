"""Files that lie in memory alone: what a task reads is sealed, what it writes is sealed after it.

They are memfds: they have no name and no place on a disk, and end with their last descriptor.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from typing_extensions import Buffer

CHUNK_BYTES = 1 << 20
SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


def new_memory(name: str) -> int:
    """Give the descriptor of an empty file in memory that can be sealed."""
    return os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def seal(descriptor: int) -> None:
    """Let nobody change the file from here on, whoever holds a descriptor of it.

    Raises:
        OSError: somebody still has it mapped for writing.
    """
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)


class InMemory:
    """A sealed file in memory; closed once, by whoever was given it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size_bytes = os.fstat(descriptor).st_size

    def chunks(self, first: int = 0) -> Iterator[bytes]:
        """Yield the bytes from `first` on; several may read at once, each from its own place."""
        while chunk := os.pread(self._descriptor, CHUNK_BYTES, first):
            yield chunk
            first += len(chunk)

    def reopened(self) -> int:
        """Give a new descriptor, for reading only, with a place of its own in the file."""
        return os.open(f"/proc/self/fd/{self._descriptor}", os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Forget the bytes; closing twice does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        with suppress(OSError):
            self.close()


class Input(InMemory):
    """A file that a task may read and nobody can change."""

    @classmethod
    def of(cls, chunks: Iterable[Buffer], size_bytes: int) -> Self:
        """Take the bytes into memory, all `size_bytes` of them, and seal them.

        Raises:
            ValueError: there are more bytes, or fewer, than were told.
        """
        descriptor = new_memory("input")
        try:
            taken = 0
            for chunk in chunks:
                left = memoryview(chunk).cast("B")
                taken += len(left)
                if taken > size_bytes:
                    raise ValueError(f"there are more than the {size_bytes} bytes that were told")
                while left:
                    left = left[os.write(descriptor, left) :]
            if taken < size_bytes:
                raise ValueError(f"there are {taken} bytes, and {size_bytes} were told")
            seal(descriptor)
            return cls(descriptor)
        except BaseException:
            os.close(descriptor)
            raise


class Output(InMemory):
    """A file that a task wrote; sealed, since the task has ended."""

    @classmethod
    def of(cls, descriptor: int) -> Self:
        """Seal what was written through `descriptor`, which belongs to the output from now on."""
        seal(descriptor)
        return cls(descriptor)
