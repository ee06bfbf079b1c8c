"""Requests: asking for what is not released to one, and the answer of its originator.

Somebody asks for a record that its originator listed, or describes what they seek; the
originator's release authorities grant it to an end, return it with a question, or refuse it with a
reason. What answers a description is told to who holds it, and to nobody else.
"""

from app.requests.asking import answer, ask, withdraw
from app.requests.commands import AskAccess, GrantAccess, ListRecord, Say
from app.requests.deciding import grant, preview, refuse, return_with_question, stay_silent
from app.requests.errors import NotInThisStep
from app.requests.granted import access_page, end_grant
from app.requests.listing import list_record, listed, listing_by, listing_of, unlist
from app.requests.reading import requests_page, show, waiting_count
from app.requests.rules import RequestRules, end_of, load_rules
from app.requests.views import (
    AccessView,
    GrantLine,
    ListingView,
    MatchView,
    RequestLine,
    RequestsView,
    RequestView,
    SeekerLine,
    StepView,
)
from app.requests.worker import escalate, match_next

__all__ = [
    "AccessView",
    "AskAccess",
    "GrantAccess",
    "GrantLine",
    "ListRecord",
    "ListingView",
    "MatchView",
    "NotInThisStep",
    "RequestLine",
    "RequestRules",
    "RequestView",
    "RequestsView",
    "Say",
    "SeekerLine",
    "StepView",
    "access_page",
    "answer",
    "ask",
    "end_grant",
    "end_of",
    "escalate",
    "grant",
    "list_record",
    "listed",
    "listing_by",
    "listing_of",
    "load_rules",
    "match_next",
    "preview",
    "refuse",
    "requests_page",
    "return_with_question",
    "show",
    "stay_silent",
    "unlist",
    "waiting_count",
    "withdraw",
]
