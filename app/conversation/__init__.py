"""Conversation: comments and requests for information at a record or a part of it.

A thread has an audience of its own: never lower than what it stands at, never for more people, and
in the same state. It moves with its version in the transaction that moves the version, and is seen
by whoever sees both it and its place.
"""

from app.conversation.commands import Circle, Say, StartThread, ThreadKind
from app.conversation.due import AnswerDue, answers_due, answers_due_to_tell
from app.conversation.errors import AlreadySettled, MarkedHigher
from app.conversation.service import (
    open_thread,
    reopen,
    resolve,
    say,
    start,
    withdraw_message,
)
from app.conversation.showing import (
    about_to_start,
    asked_count,
    open_threads,
    thread,
    threads_beside,
    threads_of,
)
from app.conversation.views import MessageView, StartView, ThreadsView, ThreadView

__all__ = [
    "AlreadySettled",
    "AnswerDue",
    "Circle",
    "MarkedHigher",
    "MessageView",
    "Say",
    "StartThread",
    "StartView",
    "ThreadKind",
    "ThreadView",
    "ThreadsView",
    "about_to_start",
    "answers_due",
    "answers_due_to_tell",
    "asked_count",
    "open_thread",
    "open_threads",
    "reopen",
    "resolve",
    "say",
    "start",
    "thread",
    "threads_beside",
    "threads_of",
    "withdraw_message",
]
