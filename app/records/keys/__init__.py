"""Keys of organisations, as far as rows tell: what each wraps, rotation, and destruction by two."""

from app.records.keys.destroying import Destroyed, Destruction, ask, withdraw
from app.records.keys.planning import Plan, office, plan_attachment, plan_key, plan_organisation
from app.records.keys.rotating import Damaged, Rotated, Rotation
from app.records.keys.status import KeyLine, KeysView, OrganisationLine, RequestLine, status

__all__ = [
    "Damaged",
    "Destroyed",
    "Destruction",
    "KeyLine",
    "KeysView",
    "OrganisationLine",
    "Plan",
    "RequestLine",
    "Rotated",
    "Rotation",
    "ask",
    "office",
    "plan_attachment",
    "plan_key",
    "plan_organisation",
    "status",
    "withdraw",
]
