"""What may go wrong in a conversation.

Invalid: a mention, an addressee, a marking or a quotation that cannot stand; says beside which
field what to do. Refused: nothing of it is in sight. Forbidden: in sight, but not theirs to do.
Conflict
  AlreadySettled       it was resolved, answered or taken back meanwhile
  MarkedHigher         what it stands at is marked higher than it is by now
"""

from app.core.errors import Conflict


class AlreadySettled(Conflict):
    """The conversation is not as it was when the person looked at it."""

    title = "This conversation has changed meanwhile"


class MarkedHigher(Conflict):
    """Nothing more is said under a marking that has become too low."""

    title = "What this stands at is marked higher now"
