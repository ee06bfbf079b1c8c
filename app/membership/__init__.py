"""Membership: how somebody's access ends, and how it is looked at again every quarter.

Whoever ends access reads none of what it opened: they see how much there is and how it is marked.
"""

from app.membership.commands import AnswerReview, EndAccess
from app.membership.lapsing import attend, coverage, reviews_ending
from app.membership.leaving import end_all, leaving_page, suspend
from app.membership.receipts import receipt
from app.membership.reviewing import access_review, answer_review, reviews_due
from app.membership.rules import ReviewRules, load_review_rules
from app.membership.views import (
    AccessReview,
    Coverage,
    Hanging,
    LeavingView,
    Reach,
    ReceiptLine,
    ReceiptView,
    ReviewEnding,
    UnderReview,
)

__all__ = [
    "AccessReview",
    "AnswerReview",
    "Coverage",
    "EndAccess",
    "Hanging",
    "LeavingView",
    "Reach",
    "ReceiptLine",
    "ReceiptView",
    "ReviewEnding",
    "ReviewRules",
    "UnderReview",
    "access_review",
    "answer_review",
    "attend",
    "coverage",
    "end_all",
    "leaving_page",
    "load_review_rules",
    "receipt",
    "reviews_due",
    "reviews_ending",
    "suspend",
]
