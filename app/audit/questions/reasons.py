"""Why something was refused, in words: from what the entry itself says."""

from collections.abc import Mapping
from typing import Final

from app.audit.questions.ground import Ground
from app.audit.questions.select import Logged

# What entries give as their reason, and the requirement that a procedure adds to the policies.
REASONS: Final[Mapping[str, str]] = {
    "OwnWork": "They submitted it or wrote a part of it: a second person decides.",
    "too-many": "There were too many attempts.",
    "wrong": "What was given to sign in with was wrong.",
}
NOT_THERE: Final = "There was no such thing."
OUT_OF_SIGHT: Final = "It was not for them: one of the requirements was not met."
NOT_THEIRS: Final = "Their roles did not include it."


def why(ground: Ground, entry: Logged) -> str:
    """Say why an entry is a refusal; the policies that decided are told as they now stand."""
    details = entry.told.get("details", {})
    known = ground.policies.policies
    said = [known[one].explain for one in entry.told.get("policies", ()) if one in known]
    if said:
        return " ".join(said)
    if details.get("reason") in REASONS:
        return REASONS[details["reason"]]
    if "exists" in details:
        return OUT_OF_SIGHT if details["exists"] else NOT_THERE
    return NOT_THEIRS
