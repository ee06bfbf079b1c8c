"""Notices: what a person is told of, in the portal, by mail and as a feed.

Whoever has something to tell calls `tell` in the transaction of what happened. A notice holds
nothing that is marked: what it is about is looked up for its reader when it is read or sent.
"""

from app.notices.ceiling import Ceiling, load_ceiling
from app.notices.choices import (
    choose,
    issue_feed,
    knows_token,
    revoke_feed,
    settings,
    unsubscribe,
)
from app.notices.commands import Choose, Follow
from app.notices.feeds import feed
from app.notices.following import follow, leave
from app.notices.inbox import inbox, mark_all_read, open_notice, unread_count
from app.notices.kinds import Channel, Kind
from app.notices.leaving import end_for
from app.notices.matching import tell_followers
from app.notices.rhythm import Rhythm
from app.notices.sending import Post, mail_next, sweep
from app.notices.telling import settle, tell
from app.notices.views import (
    ChoiceView,
    FeedEntry,
    FeedView,
    NoticeView,
    SettingsView,
    SubscriptionView,
)

__all__ = [
    "Ceiling",
    "Channel",
    "ChoiceView",
    "Choose",
    "FeedEntry",
    "FeedView",
    "Follow",
    "Kind",
    "NoticeView",
    "Post",
    "Rhythm",
    "SettingsView",
    "SubscriptionView",
    "choose",
    "end_for",
    "feed",
    "follow",
    "inbox",
    "issue_feed",
    "knows_token",
    "leave",
    "load_ceiling",
    "mail_next",
    "mark_all_read",
    "open_notice",
    "revoke_feed",
    "settings",
    "settle",
    "sweep",
    "tell",
    "tell_followers",
    "unread_count",
    "unsubscribe",
]
