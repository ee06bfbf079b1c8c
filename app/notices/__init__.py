"""Notices: what a person is told of, in the portal, by mail and as a feed.

Whoever has something to tell calls `tell` in the transaction of what happened. A notice holds
nothing that is marked: what it is about is looked up for its reader when it is read or sent.
"""

from app.notices.kinds import Channel, Kind
from app.notices.telling import tell

__all__ = ["Channel", "Kind", "tell"]
