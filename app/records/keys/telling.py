"""What a reader is told of an attachment whose key was destroyed: that it is gone, and when."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.records.keys import queries


def destroyed_words(session: Session, stored: Mapping[str, Any]) -> str:
    """Say when a file was destroyed; empty for one that was not.

    Args:
        stored: the file as its row keeps it.
    """
    if stored["sealed"]["wrapped_key"]:
        return ""
    at = queries.agreed_at(session, [stored["sealed"]["key_id"]])
    on = f" on {at.day} {at:%B %Y} at {at:%H:%M} UTC" if at else ""
    return f"This attachment was destroyed{on}, with the key that protected it. No copy opens."


def check_usable(session: Session, key_id: str) -> None:
    """Check that nobody has agreed to destroy a key by which something is to be wrapped.

    Raises:
        Conflict: two people did; what is wrapped by it will never open.
    """
    if key_id in queries.doomed_keys(session):
        raise Conflict(
            "The key for this file was destroyed while it was on its way. Send it again."
        )
