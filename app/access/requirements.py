"""The named requirements of the rule of reading, in the order in which people ask for them.

Each policy says by `@requirement` which one it states, so that an explanation can say of every
requirement whether it is met, also where Cedar denies without naming a reason.
"""

from app.access.facts import SEEING, Action

STANDING = "standing"
CONTENT_ROLE = "content-role"
AREA = "area"
CLEARANCE = "clearance"
STATE = "state"
RELEASABILITY = "releasability"
CAVEATS = "caveats"
NOT_BEFORE = "not-before"
TERMS = "terms"
ASSURANCE = "assurance"
PUBLIC = "public"
FORM = "form"
PROCEDURE = "procedure"
OFFICE = "office"

REQUIREMENTS = {
    STANDING: "Account and organisation are active, under an agreement in force",
    CONTENT_ROLE: "Holds a role that gives content",
    AREA: "The agreement covers the area of cooperation",
    CLEARANCE: "Clearance and agreement reach every marking",
    STATE: "The state of the version lets this organisation read it",
    RELEASABILITY: "It is released to this person",
    CAVEATS: "No caveat keeps this person out",
    NOT_BEFORE: "Its not-before time has passed",
    TERMS: "The terms of use are accepted as they stand",
    ASSURANCE: "Signed in surely enough for the marking",
    FORM: "The file may leave in this form",
    PUBLIC: "It is released to the public and marked so",
    PROCEDURE: "This step is for this person's role, organisation and the state of the version",
    OFFICE: "The office is this person's to hold",
}

_READING = (
    STANDING,
    CONTENT_ROLE,
    AREA,
    CLEARANCE,
    STATE,
    RELEASABILITY,
    CAVEATS,
    NOT_BEFORE,
    TERMS,
    ASSURANCE,
)
_PUBLIC_READING = (PUBLIC, CAVEATS, NOT_BEFORE, TERMS)
_WITHDRAWING = (STANDING, CONTENT_ROLE, AREA, CLEARANCE, PROCEDURE)
_PROCEDURE = (*_WITHDRAWING, ASSURANCE)


def requirements_of(action: Action, *, signed_in: bool) -> tuple[str, ...]:
    """Name what an action asks for, in the order in which to tell it."""
    if action is Action.WITHDRAW:
        return _WITHDRAWING
    if action not in SEEING:
        return _PROCEDURE
    reading = _READING if signed_in else _PUBLIC_READING
    return (*reading, FORM) if action in (Action.TAKE_ORIGINAL, Action.TAKE_UNMARKED) else reading
