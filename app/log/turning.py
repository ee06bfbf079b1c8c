"""Begins the log of a new year, once the final checkpoint of the old one is co-signed."""

from app.core.work import Work
from app.log import places
from app.log.beginning import NEW_YEAR, begin, year_of
from app.log.parts import LogParts
from app.log.places import Log
from app.log.published import best_checkpoint, cosigned, cosigners_at


def must_turn(work: Work) -> bool:
    """Tell whether the year of the newest log is over."""
    log = places.current_log(work.session)
    return log is not None and year_of(log) < work.now.year


def turn(work: Work, parts: LogParts) -> Log | None:
    """Begin the log of this year; None while the old one's final checkpoint is not yet met.

    The lock keeps the old log from growing meanwhile, so what was checked is what is final.
    """
    session = work.session
    if not places.be_the_one(session) or not must_turn(work):
        return None
    old = places.current_log(session)
    if old is None:
        return None
    policy = parts.policy()
    final = best_checkpoint(session, old.number, policy, least_size=old.size)
    if final is None or not policy.met_by(cosigners_at(session, final, policy)):
        return None
    told = {
        "previous_origin": old.origin,
        "previous_checkpoint": cosigned(session, final, policy),
    }
    after = places.last_place(session, old).transaction
    return begin(work, parts, old.number + 1, NEW_YEAR, after=after, told=told)
