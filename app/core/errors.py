"""What may go wrong, in the words of the person who reads it; no error carries a secret.

Problem                what the caller can be told
  Invalid              the input cannot be accepted as it is; says what to do, field by field
  NotSignedIn          nobody is signed in, or the session or token has ended
  NotFound             no such thing, or none that the person may know of
    Refused            as NotFound to the outside; the journal remembers it as a denial
      TermsNotAccepted only terms of use are still to be accepted; the outside is told which
  Forbidden            the person knows of the thing, but this is not theirs to do
  Conflict             somebody else changed it meanwhile, or its state does not allow this
  TooLarge             more bytes than the limit
  TooMany              too many attempts; says when to try again
  Unavailable          a part that is needed (database, store, keys, journal) does not answer
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any


class Problem(Exception):
    """Something the person who asked can be told, in one sentence that says what to do."""

    title = "This did not work"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail


class Invalid(Problem):
    """The input cannot be accepted; `fields` says beside which field what is to be done."""

    title = "Some of this needs another look"

    def __init__(self, detail: str = "", *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.fields = dict(fields or {})


class NotSignedIn(Problem):
    """Nobody is signed in, or the session or token has ended."""

    title = "Sign in to continue"


class NotFound(Problem):
    """There is no such thing, or none that the person who asks may know of."""

    title = "Not found"


class Refused(NotFound):
    """To the outside like absence; `event` is what the journal must remember of it.

    `event` is a `core.journal.Event`; the unit of work's edge appends it in a transaction of its
    own, since the transaction of the refused act is rolled back.
    """

    def __init__(self, event: Any) -> None:
        super().__init__()
        self.event = event


class TermsNotAccepted(Refused):
    """Everything else is met: who accepts these terms of use (by slug) may read it.

    The only refusal that says that there is something: to whoever it was released or granted to.
    """

    title = "There are terms of use to accept first"

    def __init__(self, event: Any, slugs: Collection[str]) -> None:
        super().__init__(event)
        self.detail = "Read the terms of use and accept them; then open it again."
        self.slugs = tuple(sorted(slugs))


class Forbidden(Problem):
    """The person may know of the thing, but this act is not theirs."""

    title = "This is not yours to do"

    def __init__(self, detail: str = "", *, event: Any = None) -> None:
        super().__init__(detail)
        self.event = event


class Conflict(Problem):
    """Somebody else changed the thing meanwhile, or its state does not allow this."""

    title = "This has changed meanwhile"


class TooLarge(Problem):
    """More bytes, parts or characters were sent than the limit allows."""

    title = "This is too large"


class TooMany(Problem):
    """Too many attempts in too short a time; `retry_after` says how long to wait."""

    title = "Too many attempts"

    def __init__(self, detail: str = "", *, retry_after: timedelta) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(Problem):
    """The database, the store, the keys or the journal does not answer; nothing was done."""

    title = "Entente cannot do this right now"
