"""What may be held together, and by whom: pure decisions about roles and clearances."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

from app.access import CONTENT_ROLES, OVERSIGHT_ROLES, Role
from app.core.errors import Invalid
from app.labels import Marking, SchemeId, Schemes, UnknownMarking

MAX_EMAIL_LENGTH: Final = 254
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f.]+")


def normal_email(text: str) -> str:
    """Give the one spelling of an e-mail address under which a person is known.

    Raises:
        ValueError: it does not look like an e-mail address.
    """
    email = text.strip().lower()
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise ValueError("Write an e-mail address, like name@example.org.")
    return email


def check_roles(roles: AbstractSet[Role], organisation_kind: str) -> None:
    """Check that one person of such an organisation may hold these roles together.

    Auditors belong to an authority: a partner's profile names its sponsor as its party, so an
    auditor there would review the sponsor's log.

    Raises:
        Invalid: they may not.
    """
    if roles & CONTENT_ROLES and roles & OVERSIGHT_ROLES:
        raise _unfit(
            "roles",
            "An auditor or system administrator sees no content, so cannot also be a reader, "
            "contributor or release authority.",
        )
    if Role.AUDITOR in roles and organisation_kind != "authority":
        raise _unfit("roles", "Only a person of an authority can be an auditor.")


def check_grant(
    before: AbstractSet[Role], after: AbstractSet[Role], organisation_kind: str
) -> None:
    """Check that an organisation administrator may change somebody's roles so.

    Whoever runs the machines is named by the operator's file, not by one of the organisations.

    Raises:
        Invalid: the roles do not go together, or one is not theirs to give.
    """
    check_roles(after, organisation_kind)
    if Role.SYSTEM_ADMINISTRATOR in after - before:
        raise _unfit("roles", "Only the operator of the portal makes a system administrator.")


def read_marking(schemes: Schemes, text: str, scheme: SchemeId, field: str) -> Marking:
    """Read a clearance or ceiling, which is a marking of the scheme its party thinks in.

    Raises:
        Invalid: it is no marking, or one of another scheme.
    """
    try:
        marking = schemes.parse(text)
    except UnknownMarking as error:
        raise _unfit(field, str(error)) from error
    if marking.scheme != scheme:
        title = schemes.scheme(scheme).title
        raise _unfit(field, f"Use a marking of the scheme {title}, not {schemes.text(marking)}.")
    return marking


def check_below(schemes: Schemes, clearance: Marking, ceiling: Marking) -> None:
    """Check that a clearance does not exceed what the agreement covers.

    Raises:
        Invalid: it does.
    """
    if ceiling.scheme != clearance.scheme or not schemes.dominates(ceiling, clearance):
        raise _unfit("clearance", f"The agreement covers no more than {schemes.text(ceiling)}.")


def _unfit(field: str, message: str) -> Invalid:
    return Invalid(message, fields={field: message})
