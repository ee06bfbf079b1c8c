"""Reviews: an auditor draws a random sample, marks it, and signs off what they found."""

from app.audit.reviews.commands import MarkItem, NewReview, SignOff
from app.audit.reviews.sampling import MAX_SAMPLE, sample
from app.audit.reviews.service import JWS_TYPE, begin, mark, review, reviews, sign_off
from app.audit.reviews.views import ItemView, ReviewLine, ReviewView

__all__ = [
    "JWS_TYPE",
    "MAX_SAMPLE",
    "ItemView",
    "MarkItem",
    "NewReview",
    "ReviewLine",
    "ReviewView",
    "SignOff",
    "begin",
    "mark",
    "review",
    "reviews",
    "sample",
    "sign_off",
]
