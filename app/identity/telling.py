"""What identity writes in the journal: who signed in, who was refused, and never with what."""

from app.core.errors import NotSignedIn, TooMany
from app.core.journal import Detail, Event
from app.core.work import Work
from app.identity.views import SignInRefused
from app.parties import Account


def tell(work: Work, account: Account, event: str, **details: Detail) -> None:
    """Write that a person did something about their own account."""
    work.record(
        Event(
            type=event,
            subject=f"person:{account.person}",
            actor=str(account.person),
            organisation=account.organisation,
            organisations=frozenset({account.organisation}),
            decision="allow",
            details=details,
        )
    )


def refuse(
    work: Work, account: Account | None, event: str, problem: NotSignedIn | TooMany
) -> SignInRefused:
    """Write that somebody was refused, and give the refusal to answer with.

    Whoever it was has not shown who they are: the account is what they tried, not the actor.
    """
    work.record(
        Event(
            type=event,
            subject=f"person:{account.person}" if account else "",
            organisations=frozenset({account.organisation}) if account else frozenset(),
            decision="deny",
            details={"reason": "too-many" if isinstance(problem, TooMany) else "wrong"},
        )
    )
    return SignInRefused(problem)
