"""What may go wrong with records.

Conflict
  EditedMeanwhile      somebody else amended the draft first; carries the draft as it is now
  NotInThisState       the version is not (or no longer) in the state that the act needs
  TooManyFiles         as many files as may be are attached or under way
  OffsetElsewhere      what is sent does not begin where what arrived ends
  BeingSent            another request is sending this very file
Invalid, NotFound, Refused, Forbidden: as `app.core.errors` tells them.
"""

from app.core.errors import Conflict, Forbidden
from app.core.journal import Event
from app.records.views import DraftView


class EditedMeanwhile(Conflict, Forbidden):
    """Somebody else amended the draft first; nothing was written, and nothing is lost.

    `current` is the draft as it is now, for the caller to show beside what was typed. Its reader
    has read it thereby: this is a `Forbidden` too so that the unit of work keeps that event
    although the amendment is rolled back.
    """

    title = "Somebody else changed this draft meanwhile"

    def __init__(self, current: DraftView, event: Event) -> None:
        Forbidden.__init__(
            self, "Compare your text with the newer draft, then save again.", event=event
        )
        self.current = current


class NotInThisState(Conflict):
    """The version is not, or no longer, in the state that the act needs."""

    title = "This cannot be done in the state that the record is in"


class TooManyFiles(Conflict):
    """As many files as may be are attached, or are under way."""

    title = "There are too many files"


class OffsetElsewhere(Conflict):
    """What is sent does not begin where what arrived ends; the sender is to ask where that is."""

    title = "The upload has arrived up to another place"


class BeingSent(Conflict):
    """Another request is sending this very file, or was until a moment ago."""

    title = "This file is being sent already. Try again in a moment"
