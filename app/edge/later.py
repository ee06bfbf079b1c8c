"""An answer that is made after the commit of the request's unit of work, before its first byte."""

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

AT_ONCE = 4


class Later(Response):
    """Makes the real answer in a thread when it is to be sent.

    What takes long or unseals a file has no place in a transaction that has written: such a one
    holds everybody's entries back. A problem while it is made is answered as any other.
    """

    # Each holds a whole file in memory: more at once wait, and no thread of other answers is taken.
    _places = CapacityLimiter(AT_ONCE)

    def __init__(self, make: Callable[[], Response]) -> None:
        super().__init__()
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the answer and send it."""
        made = await to_thread.run_sync(self._make, limiter=self._places)
        await made(scope, receive, send)
