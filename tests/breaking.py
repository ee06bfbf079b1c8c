"""A way to the portal that breaks: a proxy of bytes that cuts connections when told to."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Breaking:
    """Forwards to a port, 0 to none; each of `cuts` ends a connection after so many bytes."""

    target: int
    cuts: list[int] = field(default_factory=list)
    port: int = 0
    broken: int = 0

    def serve(self, listening: socket.socket) -> None:
        """Take connections until the listening socket is closed."""
        with contextlib.suppress(OSError):
            while True:
                taken, _ = listening.accept()
                threading.Thread(target=self._forward, args=(taken,), daemon=True).start()

    def _forward(self, near: socket.socket) -> None:
        if not self.target:
            near.close()
            return
        with near, socket.create_connection(("127.0.0.1", self.target)) as far:
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            sent = 0
            with contextlib.suppress(OSError):
                while data := near.recv(65536):
                    sent += len(data)
                    if self.cuts and sent > self.cuts[0]:
                        far.sendall(data[: max(0, self.cuts.pop(0) - sent + len(data))])
                        self.broken += 1
                        break
                    far.sendall(data)
            for end in (far, near):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def breaking(target: int) -> Iterator[Breaking]:
    """Stand between a client and the server at this port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        between = Breaking(target, port=listening.getsockname()[1])
        thread = threading.Thread(target=between.serve, args=(listening,), daemon=True)
        thread.start()
        yield between
        # What closes a socket does not wake who waits on it.
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
