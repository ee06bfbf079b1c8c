"""How many of the answers that stand now rest on each policy."""

from sqlalchemy import BigInteger, cast, func, select, true
from sqlalchemy.orm import Session

from app.access.models import VisibilitySetRow

FEWEST = 100


def standing_answers(session: Session, version: str) -> dict[str, int]:
    """Count the answers kept under a policy set that rest on each of its policies."""
    counted = func.jsonb_each_text(VisibilitySetRow.policy_counts).table_valued("key", "value")
    rows = session.execute(
        select(counted.c.key, func.sum(cast(counted.c.value, BigInteger)))
        .select_from(VisibilitySetRow)
        .join(counted, true())
        .where(VisibilitySetRow.policy_set == version)
        .group_by(counted.c.key)
    )
    return {name: int(count) for name, count in rows}


def shown_count(count: int) -> int:
    """Give a count as everybody may see it: its first digit, and none at all below a hundred.

    What is counted is neither records nor people, but answers about audiences, summed over
    everybody who asks: an audience is shared by drafts and records of many owners, stays when they
    are gone, and is counted once for each profile and act. Still, a count to the unit would move
    by itself when somebody keeps the first draft so marked, and whoever watched it would learn
    that there is one. Only many together move the first digit.
    """
    if count < FEWEST:
        return 0
    unit: int = 10 ** (len(str(count)) - 1)
    return count // unit * unit
