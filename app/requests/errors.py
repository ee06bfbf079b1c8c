"""What may go wrong with a request.

Conflict
  NotInThisStep        it was answered, returned or withdrawn meanwhile
"""

from app.core.errors import Conflict


class NotInThisStep(Conflict):
    """The request is not in a state that allows this."""

    title = "This request has moved on"

    def __init__(self) -> None:
        super().__init__("Somebody answered or withdrew it meanwhile. Look at it again.")
